"""The clauses of the contract, each tried by itself on an empty database at head."""

from collections.abc import Callable
from random import Random

from scorers.database_schema.oracle import IntegrityCase
from scorers.database_schema.oracles.evolve_billing.caller import Caller
from scorers.database_schema.oracles.evolve_billing.model import LARGEST_TOTAL, BillingModel
from scorers.database_schema.oracles.evolve_billing.values import TEXTS, moment
from scorers.database_schema.session import ContractSession, Params
from scorers.database_schema.values import Value


class Desk:
    """One customer and one caller on an empty database."""

    def __init__(self, session: ContractSession) -> None:
        self.session = session
        self.caller = Caller(BillingModel())
        self.customer = self.id_of("create_customer", email="Ann@x.example", full_name=None, created_at=moment(0))
        self._count = 0

    def ask(self, query: str, **params: Value) -> None:
        """Call and judge."""
        self.caller.ask(self.session, query, **params)

    def id_of(self, query: str, **params: Value) -> int:
        """Call a query that makes something; its id."""
        new_id: int = self.caller.ask(self.session, query, **params).rows[0]["id"]
        return new_id

    def bill(self, **changed: Value) -> int:
        """An old program's invoice."""
        return self.id_of("create_invoice", **self.old_invoice(**changed))

    def open(self, currency: str = "EUR", **changed: Value) -> int:
        """A new program's invoice."""
        return self.id_of("open_invoice", **self.new_invoice(currency, **changed))

    def old_invoice(self, **changed: Value) -> Params:
        """Parameters of `create_invoice`."""
        self._count += 1
        plain: Params = {
            "customer_id": self.customer,
            "number": f"A{self._count}",
            "total_cents": 500,
            "status": "open",
            "issued_at": moment(self._count),
        }
        return plain | changed

    def new_invoice(self, currency: str, **changed: Value) -> Params:
        """Parameters of `open_invoice`."""
        self._count += 1
        plain: Params = {
            "customer_id": self.customer,
            "number": f"A{self._count}",
            "currency": currency,
            "issued_at": moment(self._count),
        }
        return plain | changed

    def add(self, invoice: int, unit: int, *, quantity: int = 1, what: str = "seat") -> None:
        """A line."""
        self.ask("add_line", invoice_id=invoice, description=what, quantity=quantity, unit_minor=unit)

    def look(self, invoice: int) -> None:
        """See that old and new programs find the invoice as the model has it."""
        for query in ("invoice_details", "invoice_lines"):
            self.ask(query, invoice_id=invoice)
        for query in ("list_invoices", "sum_invoices", "balances"):
            self.ask(query, customer_id=self.customer)


Attempt = Callable[[Desk], None]


def _negative_amounts(desk: Desk) -> None:
    invoice = desk.bill()
    desk.ask("create_invoice", **desk.old_invoice(total_cents=-1))
    desk.ask("set_total", invoice_id=invoice, total_cents=-1)
    desk.add(invoice, -1)
    desk.add(invoice, 5, quantity=0)
    desk.add(invoice, 5, quantity=-3)
    desk.look(invoice)


def _exact_amounts(desk: Desk) -> None:
    for currency in ("EUR", "JPY"):
        invoice = desk.open(currency)
        desk.add(invoice, 16_777_217, quantity=3)
        desk.add(invoice, 1, quantity=7)
        desk.add(invoice, LARGEST_TOTAL - 16_777_217 * 3 - 7)
        desk.look(invoice)


def _too_much(desk: Desk) -> None:
    for currency in ("EUR", "USD"):
        invoice = desk.open(currency)
        desk.add(invoice, LARGEST_TOTAL)
        desk.add(invoice, 1)
        desk.add(invoice, 9_000_000_000_000_000_000, quantity=2_000_000_000)
        desk.look(invoice)
    invoice = desk.bill(total_cents=LARGEST_TOTAL)
    desk.add(invoice, 1)
    desk.look(invoice)


def _empty_description(desk: Desk) -> None:
    invoice = desk.open()
    desk.add(invoice, 5, what="")
    desk.look(invoice)


def _orphans(desk: Desk) -> None:
    nobody = desk.customer + 1_000_000
    desk.ask("create_invoice", **desk.old_invoice(customer_id=nobody))
    for currency in ("EUR", "USD"):
        desk.ask("open_invoice", **desk.new_invoice(currency, customer_id=nobody))
    desk.add(nobody, 5)
    desk.ask("invoice_lines", invoice_id=nobody)


def _numbers(desk: Desk) -> None:
    for number, invoice in (("home", desk.bill(number="home")), ("abroad", desk.open("USD", number="abroad"))):
        desk.ask("create_invoice", **desk.old_invoice(number=number))
        for currency in ("EUR", "USD"):
            desk.ask("open_invoice", **desk.new_invoice(currency, number=number))
        desk.ask("remove_invoice", invoice_id=invoice)
        desk.look(desk.bill(number=number))


def _currencies(desk: Desk) -> None:
    for currency in ("CHF", "eur", "", "EURO", "E", "€", " EUR"):
        desk.ask("open_invoice", **desk.new_invoice(currency))
    for currency in ("EUR", "USD", "GBP", "JPY"):
        desk.look(desk.open(currency))


def _statuses(desk: Desk) -> None:
    for invoice in (desk.bill(status="??"), desk.open("GBP")):
        for status in ("Paid", "", "open ", "cancelled", "deleted"):
            desk.ask("set_status", invoice_id=invoice, status=status)
        for status in ("review", "paid", "open", "void"):
            desk.ask("set_status", invoice_id=invoice, status=status)
            desk.look(invoice)


def _status_texts(desk: Desk) -> None:
    invoice = desk.bill()
    for text in TEXTS:
        desk.ask("set_status_text", invoice_id=invoice, status=text)
        desk.look(invoice)
        desk.look(desk.bill(status=text))
    desk.ask("set_status_text", invoice_id=invoice, status="Payed ")
    desk.ask("set_status", invoice_id=invoice, status="paid")
    desk.look(invoice)


def _totals_and_lines(desk: Desk) -> None:
    invoice = desk.bill(total_cents=0)
    desk.add(invoice, 250, quantity=2)
    desk.look(invoice)
    desk.ask("set_total", invoice_id=invoice, total_cents=500)
    desk.look(invoice)
    desk.ask("set_total", invoice_id=invoice, total_cents=501)
    desk.look(invoice)
    desk.add(invoice, 9)
    desk.look(invoice)
    empty = desk.open()
    desk.ask("set_total", invoice_id=empty, total_cents=0)
    desk.look(empty)
    desk.ask("set_total", invoice_id=empty, total_cents=1)
    desk.look(empty)


def _removal(desk: Desk) -> None:
    for query in ("delete_invoice", "remove_invoice"):
        for invoice in (desk.bill(), desk.open(), desk.open("USD")):
            desk.add(invoice, 3)
            desk.ask(query, invoice_id=invoice)
            desk.look(invoice)


def _abroad(desk: Desk) -> None:
    invoice = desk.open("USD", number="abroad")
    desk.add(invoice, 700)
    desk.bill()
    desk.ask("get_invoice", number="abroad")
    desk.ask("set_total", invoice_id=invoice, total_cents=1)
    desk.ask("set_status_text", invoice_id=invoice, status="void")
    desk.ask("delete_invoice", invoice_id=invoice)
    desk.look(invoice)


def _addresses(desk: Desk) -> None:
    for email in ("ann@x.example", "ANN@X.EXAMPLE", "Ann@x.example"):
        desk.ask("create_customer", email=email, full_name="other", created_at=moment(1))
    bob = desk.id_of("create_customer", email="bob@x.example", full_name=None, created_at=moment(2))
    desk.ask("change_email", customer_id=bob, email="aNN@x.example")
    desk.ask("change_email", customer_id=bob, email="BOB@x.example")
    desk.ask("change_email", customer_id=desk.customer, email="cid@x.example")
    desk.ask("change_email", customer_id=bob, email="aNN@x.example")
    for email in ("ANN@x.example", "Bob@x.example", "CID@x.example"):
        desk.ask("customer_by_email", email=email)
    desk.ask("email_conflicts", after_id=0, page_size=10)


_CASES: dict[str, dict[str, Attempt]] = {
    "amounts": {"negative amounts": _negative_amounts, "exact amounts": _exact_amounts, "too much": _too_much},
    "descriptions": {"empty description": _empty_description},
    "references": {"nobody's invoices": _orphans},
    "numbers": {"a number in two currencies": _numbers},
    "currencies": {"unknown currencies": _currencies, "hidden from old programs": _abroad},
    "statuses": {"unknown statuses": _statuses, "texts of clerks": _status_texts},
    "lines": {"totals and lines": _totals_and_lines, "removal": _removal},
    "addresses": {"addresses that are alike": _addresses},
}


def cases() -> list[IntegrityCase]:
    """All clauses."""
    return [
        IntegrityCase(name, group, _runner(attempt))
        for group, attempts in _CASES.items()
        for name, attempt in attempts.items()
    ]


def _runner(attempt: Attempt) -> Callable[[ContractSession, Random], None]:
    def run(session: ContractSession, _: Random) -> None:
        attempt(Desk(session))

    return run
