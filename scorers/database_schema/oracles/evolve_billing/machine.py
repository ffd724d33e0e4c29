"""The state machine that compares the given and the new queries, interleaved at head, with the model."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from scorers.database_schema.oracles.evolve_billing.answers import AnswerMaker, difference
from scorers.database_schema.oracles.evolve_billing.answers_given import GIVEN_ANSWERS
from scorers.database_schema.oracles.evolve_billing.answers_new import NEW_ANSWERS
from scorers.database_schema.oracles.evolve_billing.model import CURRENCIES, LARGEST_TOTAL, STATUSES, BillingModel
from scorers.database_schema.oracles.evolve_billing.values import (
    DESCRIPTIONS,
    LARGEST_ID,
    NAMES,
    TEXTS,
    YEAR_1970,
    YEAR_9999,
    moment,
)
from scorers.database_schema.session import CallResult, Params
from scorers.database_schema.stateful import ContractMachine

ANSWERS: dict[str, AnswerMaker] = GIVEN_ANSWERS | NEW_ANSWERS
TEXTS_AT_ONCE = 6

_picks = st.integers(0, 10_000)
_emails = st.sampled_from([f"{name}@x.example" for name in ("ann", "Ann", "aNN", "bob", "BOB", "cid", "dora")])
_numbers = st.integers(1, 30).map(lambda number: f"R-{number}")
_totals = st.sampled_from([0, 1, 99, 100, 100, 12_345, LARGEST_TOTAL])
_units = st.sampled_from([0, 1, 5, 33, 999, 16_777_217, 20_000_001, LARGEST_TOTAL, 2**40])
_moments = st.integers(0, 5).map(moment)
_sizes = st.integers(1, 4)


def _has_customers(machine: Any) -> bool:
    return machine.idle or bool(machine.model.customers)


def _has_invoices(machine: Any) -> bool:
    return machine.idle or bool(machine.model.invoices)


class BillingMachine(ContractMachine):
    """Old and new programs at work on one database."""

    def __init__(self) -> None:
        super().__init__()
        self.model = BillingModel()

    def ask(self, query: str, **params: Any) -> CallResult:
        """Call a query and see that the answer is the model's."""
        answer = ANSWERS[query](self.model, params)
        result = self.call(query, params)
        if answer.problem(result) is not None:
            self.fail(query, *difference(answer, result))
        answer.take_effect(self.model, result)
        return result

    @initialize()
    def first_customers(self) -> None:
        """There is nobody to bill in an empty database."""
        if not self.idle:
            for number, name in enumerate(("First@x.example", "second@x.example")):
                self.ask("create_customer", email=name, full_name=None, created_at=moment(number))

    @rule(email=_emails, name=st.sampled_from(NAMES), at=_moments)
    def create_customer(self, email: str, name: str | None, at: Any) -> None:
        """An old program takes on a customer; addresses often clash."""
        if not self.idle:
            self.ask("create_customer", email=email, full_name=name, created_at=at)
            self.ask("customer_by_email", email=email.swapcase())

    @precondition(_has_customers)
    @rule(pick=_picks, email=_emails)
    def change_email(self, pick: int, email: str) -> None:
        """A customer moves, perhaps only to other letters' case."""
        if not self.idle:
            customer_id = self._customer(pick)
            self.ask("change_email", customer_id=customer_id, email=email)
            self.ask("get_customer", customer_id=customer_id)
            self.ask("customer_by_email", email=email.upper())

    @precondition(_has_customers)
    @rule(pick=_picks, number=_numbers, total=_totals, text=st.sampled_from(TEXTS), at=_moments)
    def create_invoice(self, pick: int, number: str, total: int, text: str | None, at: Any) -> None:
        """An old program bills a total."""
        if not self.idle:
            customer = self._customer(pick)
            result = self.ask(
                "create_invoice", customer_id=customer, number=number, total_cents=total, status=text, issued_at=at
            )
            self._look_at_new(result)

    @precondition(_has_customers)
    @rule(
        pick=_picks, number=_numbers, currency=st.sampled_from([*CURRENCIES, "EUR", "EUR", "eur", "CHF"]), at=_moments
    )
    def open_invoice(self, pick: int, number: str, currency: str, at: Any) -> None:
        """A new program opens an invoice."""
        if not self.idle and not (currency not in CURRENCIES and self.model.numbered(number)):
            customer = self._customer(pick)
            result = self.ask("open_invoice", customer_id=customer, number=number, currency=currency, issued_at=at)
            self._look_at_new(result)

    @precondition(_has_invoices)
    @rule(pick=_picks, what=st.sampled_from(DESCRIPTIONS), quantity=st.sampled_from([1, 1, 2, 3, 70_000]), unit=_units)
    def add_line(self, pick: int, what: str, quantity: int, unit: int) -> None:
        """A new program adds a line, sometimes one that is too much."""
        if not self.idle:
            invoice = self._invoice(pick)
            self.ask("add_line", invoice_id=invoice, description=what, quantity=quantity, unit_minor=unit)
            self._look_at(invoice)

    @precondition(_has_invoices)
    @rule(pick=_picks, total=_totals, same=st.booleans())
    def set_total(self, pick: int, total: int, *, same: bool) -> None:
        """An old program corrects a total, at times to what it is already."""
        if not self.idle:
            invoice = self._invoice(pick)
            wanted = self.model.invoices[invoice].total if same else total
            self.ask("set_total", invoice_id=invoice, total_cents=wanted)
            self._look_at(invoice)

    @precondition(_has_invoices)
    @rule(pick=_picks, start=st.integers(0, len(TEXTS) - 1))
    def set_status_text(self, pick: int, start: int) -> None:
        """Clerks type what they like."""
        if not self.idle:
            invoice = self._invoice(pick)
            for text in (*TEXTS, *TEXTS)[start : start + TEXTS_AT_ONCE]:
                self.ask("set_status_text", invoice_id=invoice, status=text)
                self.ask("invoice_details", invoice_id=invoice)
            self._look_at(invoice)

    @precondition(_has_invoices)
    @rule(pick=_picks)
    def fill_up(self, pick: int) -> None:
        """The largest total there is, and then one more."""
        if self.idle:
            return
        invoice = self._invoice(pick)
        room = LARGEST_TOTAL - self.model.invoices[invoice].total
        for unit in (room, 1):
            self.ask("add_line", invoice_id=invoice, description="rest", quantity=1, unit_minor=unit)
        self._look_at(invoice)

    @precondition(_has_invoices)
    @rule(pick=_picks, owner=_picks, currency=st.sampled_from(CURRENCIES))
    def reuse_number(self, pick: int, owner: int, currency: str) -> None:
        """A number that an invoice in this or another currency has."""
        if self.idle:
            return
        taken: Params = {
            "customer_id": self._customer(owner),
            "number": self.model.invoices[self._invoice(pick)].number,
            "issued_at": moment(1),
        }
        self.ask("create_invoice", total_cents=1, status=None, **taken)
        self.ask("open_invoice", currency=currency, **taken)

    @precondition(_has_invoices)
    @rule(pick=_picks, status=st.sampled_from([*STATUSES, *STATUSES, "Paid", "pending"]))
    def set_status(self, pick: int, status: str) -> None:
        """A new program sets a status."""
        if not self.idle:
            invoice = self._invoice(pick)
            self.ask("set_status", invoice_id=invoice, status=status)
            self._look_at(invoice)

    @precondition(_has_invoices)
    @rule(pick=_picks, query=st.sampled_from(["delete_invoice", "remove_invoice"]))
    def drop_invoice(self, pick: int, query: str) -> None:
        """An old or a new program removes an invoice."""
        if not self.idle:
            invoice = self._invoice(pick)
            self.ask(query, invoice_id=invoice)
            self._look_at(invoice)

    @precondition(_has_customers)
    @rule(pick=_picks, size=_sizes)
    def read_customer(self, pick: int, size: int) -> None:
        """All reads of one customer, the pages to their end."""
        if not self.idle:
            self._read_customer(self._customer(pick), size)

    @rule(status=st.sampled_from(STATUSES), size=_sizes)
    def read_status(self, status: str, size: int) -> None:
        """The invoices of one status, the pages to their end."""
        if not self.idle:
            self._read_status(status, size)

    @rule(email=_emails)
    def read_addresses(self, email: str) -> None:
        """Who has the address; nobody can be in conflict in a database that began empty."""
        if not self.idle:
            self.ask("find_customer", email=email)
            self.ask("customer_by_email", email=email)
            self.ask("email_conflicts", after_id=0, page_size=10)

    @rule(number=_numbers)
    def refer_to_nothing(self, number: str) -> None:
        """Ids that nobody was given."""
        if self.idle:
            return
        nothing: Params = {"invoice_id": 1_000_000_007}
        self.ask("get_invoice", number=number)
        self.ask("get_customer", customer_id=nothing["invoice_id"])
        for query in ("invoice_lines", "invoice_details", "remove_invoice", "delete_invoice"):
            self.ask(query, **nothing)
        self.ask("set_status", status="paid", **nothing)
        self.ask("set_total", total_cents=5, **nothing)
        self.ask("add_line", description="x", quantity=1, unit_minor=1, **nothing)

    def survey(self) -> None:
        """Every customer and every status, in the smallest pages, so that each tie is a page's end."""
        for customer in self.model.customers:
            self._read_customer(customer, 1)
        for status in STATUSES:
            self._read_status(status, 1)

    def _read_customer(self, customer: int, size: int) -> None:
        self.ask("list_invoices", customer_id=customer)
        self.ask("sum_invoices", customer_id=customer)
        self.ask("balances", customer_id=customer)
        at: dict[str, Any] = {"before_issued_at": YEAR_9999, "before_id": LARGEST_ID}
        while rows := self.ask("invoices_page", customer_id=customer, page_size=size, **at).rows:
            at = {"before_issued_at": rows[-1]["issued_at"], "before_id": rows[-1]["id"]}

    def _read_status(self, status: str, size: int) -> None:
        at: dict[str, Any] = {"after_issued_at": YEAR_1970, "after_id": 0}
        while rows := self.ask("invoices_with_status", status=status, page_size=size, **at).rows:
            at = {"after_issued_at": rows[-1]["issued_at"], "after_id": rows[-1]["id"]}

    def _look_at_new(self, result: CallResult) -> None:
        if result.refused:
            return
        invoice: int = result.rows[0]["id"]
        self._look_at(invoice)
        customer = self.model.invoices[invoice].customer_id
        self.ask("invoices_page", customer_id=customer, before_issued_at=YEAR_9999, before_id=LARGEST_ID, page_size=99)

    def _look_at(self, invoice: int) -> None:
        self.ask("invoice_details", invoice_id=invoice)
        self.ask("invoice_lines", invoice_id=invoice)
        if invoice in self.model.invoices:
            self.ask("get_invoice", number=self.model.invoices[invoice].number)

    def _customer(self, pick: int) -> int:
        known = list(self.model.customers)
        return known[pick % len(known)]

    def _invoice(self, pick: int) -> int:
        known = list(self.model.invoices)
        return known[pick % len(known)]
