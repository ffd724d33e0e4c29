"""The contract of `evolve_billing` as a model: what is stored, and what it means to old and to new programs."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

LARGEST_TOTAL = 2_147_483_647
"""In minor units, in every currency; old programs read totals as four-byte integers."""

HOME_CURRENCY = "EUR"
CURRENCIES = ("EUR", "GBP", "JPY", "USD")
STATUSES = ("open", "paid", "void", "review")
LEGACY = "legacy"

_STATUS_BY_TEXT = {
    **dict.fromkeys(("", "open", "pending", "unpaid"), "open"),
    **dict.fromkeys(("paid", "payed", "settled"), "paid"),
    **dict.fromkeys(("void", "voided", "canceled", "cancelled"), "void"),
}
_SMALL = {ord(capital): ord(capital) + 32 for capital in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def status_of(text: str | None) -> str:
    """The status that a text of the old programs maps to."""
    return _STATUS_BY_TEXT.get((text or "").strip(" ").translate(_SMALL), "review")


def folded(email: str) -> str:
    """What addresses that are alike have in common."""
    return email.translate(_SMALL)


@dataclass(frozen=True)
class Line:
    """One line of an invoice."""

    description: str
    quantity: int
    unit_minor: int

    @property
    def amount_minor(self) -> int:
        """Quantity times price."""
        return self.quantity * self.unit_minor


@dataclass
class Invoice:
    """An invoice; `text` is the status as old programs read it, if they see the invoice at all."""

    id: int
    customer_id: int
    number: str
    currency: str
    issued_at: datetime
    text: str | None
    lines: list[Line] = field(default_factory=list[Line])

    @property
    def total(self) -> int:
        """The sum of the lines, in minor units."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def status(self) -> str:
        """One of the four."""
        return status_of(self.text)

    @property
    def seen_by_old(self) -> bool:
        """Whether the given queries see it."""
        return self.currency == HOME_CURRENCY


@dataclass
class Customer:
    """A customer; `holds` says whether the address is theirs, otherwise they have an address conflict."""

    id: int
    email: str
    full_name: str | None
    created_at: datetime
    holds: bool = True


def legacy_lines(total: int) -> list[Line]:
    """The lines of an invoice of which an old program set the total."""
    return [Line(LEGACY, 1, total)]


class BillingModel:
    """All that is stored. Changes come through the answers in `answers_given` and `answers_new`."""

    def __init__(self) -> None:
        self.customers: dict[int, Customer] = {}
        self.invoices: dict[int, Invoice] = {}
        self._by_customer: defaultdict[int, dict[int, Invoice]] = defaultdict(dict)
        self._by_number: dict[str, Invoice] = {}

    def add_invoice(self, invoice: Invoice) -> None:
        """Store a new invoice."""
        self.invoices[invoice.id] = invoice
        self._by_customer[invoice.customer_id][invoice.id] = invoice
        self._by_number[invoice.number] = invoice

    def drop_invoice(self, invoice_id: int) -> None:
        """Remove an invoice with its lines."""
        invoice = self.invoices.pop(invoice_id)
        del self._by_customer[invoice.customer_id][invoice_id]
        del self._by_number[invoice.number]

    def old_invoices(self) -> list[Invoice]:
        """What the given queries can see, by id."""
        return [invoice for _, invoice in sorted(self.invoices.items()) if invoice.seen_by_old]

    def invoices_of(self, customer_id: int) -> list[Invoice]:
        """The customer's invoices in all currencies, oldest first."""
        return sorted(self._by_customer[customer_id].values(), key=lambda invoice: (invoice.issued_at, invoice.id))

    def numbered(self, number: str) -> Invoice | None:
        """The invoice with this number, in whatever currency."""
        return self._by_number.get(number)

    def exact_owner(self, email: str) -> Customer | None:
        """The customer with exactly this address."""
        return next((customer for customer in self.customers.values() if customer.email == email), None)

    def holder(self, email: str) -> Customer | None:
        """The customer who holds an address alike to `email`."""
        alike = folded(email)
        return next((c for c in self.customers.values() if c.holds and folded(c.email) == alike), None)

    def address_taken(self, email: str, *, by_other_than: int | None = None) -> bool:
        """Whether at head a customer other than the one named may not have the address."""
        owners = (self.exact_owner(email), self.holder(email))
        return any(owner is not None and owner.id != by_other_than for owner in owners)

    def conflicts(self) -> list[Customer]:
        """The customers with an address conflict, by id."""
        return [customer for _, customer in sorted(self.customers.items()) if not customer.holds]

    def lowest_ids(self) -> set[int]:
        """The customers who hold their address when the rule of the lowest id is applied anew."""
        lowest: dict[str, int] = {}
        for customer_id, customer in sorted(self.customers.items()):
            lowest.setdefault(folded(customer.email), customer_id)
        return set(lowest.values())

    def resolve_addresses(self) -> None:
        """Apply the rule of the lowest id anew."""
        lowest = self.lowest_ids()
        for customer in self.customers.values():
            customer.holds = customer.id in lowest

    def forget_lines(self) -> None:
        """What a complete roll-back does to lines: each invoice in euros keeps its total only."""
        for invoice in self.old_invoices():
            invoice.lines = legacy_lines(invoice.total)
