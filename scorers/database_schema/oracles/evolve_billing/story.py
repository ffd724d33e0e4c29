"""The life of one billing database over the migrations. See EvolutionStory."""

from itertools import groupby
from random import Random
from typing import Any

from scorers.database_schema.evolution import EvolutionStory
from scorers.database_schema.oracles.evolve_billing.answers import shown
from scorers.database_schema.oracles.evolve_billing.answers_new import line_rows
from scorers.database_schema.oracles.evolve_billing.caller import Caller
from scorers.database_schema.oracles.evolve_billing.model import (
    STATUSES,
    BillingModel,
    Customer,
    folded,
    legacy_lines,
)
from scorers.database_schema.oracles.evolve_billing.programs import SAMPLE, NewProgram, OldProgram
from scorers.database_schema.oracles.evolve_billing.values import LARGEST_ID, YEAR_1970, YEAR_9999
from scorers.database_schema.session import ContractSession, Params

REFUSAL = "55000"
STATUS_PAGE = 60
CONFLICT_PAGE = 4


class BillingStory(EvolutionStory):
    """Old programs that never stop, and new ones whenever all migrations are up."""

    def __init__(self, random: Random) -> None:
        self.model = BillingModel()
        self.caller = Caller(self.model)
        self.old = OldProgram(self.caller, random)
        self.new = NewProgram(self.caller, random, self.old)

    @property
    def rollback_refusals(self) -> frozenset[str]:
        """See EvolutionStory."""
        return frozenset({REFUSAL})

    def seed(self, session: ContractSession) -> None:
        """See EvolutionStory."""
        self.old.seed(session)

    def write_old(self, session: ContractSession) -> None:
        """See EvolutionStory."""
        self.old.work(session)
        self.old.create_alike(session)

    def write_new(self, session: ContractSession) -> None:
        """See EvolutionStory."""
        self.new.work(session)
        self.old.work(session)
        self.new.work_on_addresses(session)

    def store_obstacle(self, session: ContractSession) -> None:
        """See EvolutionStory."""
        self.new.bill_abroad(session)
        self.verify_old(session)
        self.verify_new(session)

    def remove_obstacle(self, session: ContractSession) -> None:
        """See EvolutionStory."""
        for invoice in [invoice for invoice in self.model.invoices.values() if not invoice.seen_by_old]:
            self.caller.ask(session, "remove_invoice", invoice_id=invoice.id)
            self.old.gone.append(invoice.number)
        self.verify_old(session)

    def verify_old(self, session: ContractSession) -> None:
        """See EvolutionStory."""
        customers: list[Params] = [{"customer_id": customer_id} for customer_id in self.model.customers]
        self.caller.ask_many(session, "list_invoices", customers)
        some = self.old.sample(customers)
        for query in ("get_customer", "sum_invoices"):
            self.caller.ask_many(session, query, some)
        emails = self.old.sample([customer.email for customer in self.model.customers.values()])
        self.caller.ask_many(session, "find_customer", [{"email": email} for email in emails])
        abroad = [invoice.number for invoice in self.model.invoices.values() if not invoice.seen_by_old]
        numbers = self.old.sample([invoice.number for invoice in self.model.invoices.values()])
        numbers += [*abroad, *self.old.gone[-SAMPLE:]]
        self.caller.ask_many(session, "get_invoice", [{"number": number} for number in numbers])

    def verify_new(self, session: ContractSession) -> None:
        """See EvolutionStory."""
        invoices: list[Params] = [{"invoice_id": invoice_id} for invoice_id in self.model.invoices]
        self.caller.ask_many(session, "invoice_details", invoices)
        self.caller.ask_many(session, "invoice_lines", invoices)
        customers: list[Params] = [{"customer_id": customer_id} for customer_id in self.model.customers]
        self.caller.ask_many(session, "balances", customers)
        first: Params = {"before_issued_at": YEAR_9999, "before_id": LARGEST_ID, "page_size": 1000}
        self.caller.ask_many(session, "invoices_page", [first | customer for customer in customers])
        for status in STATUSES:
            self._read_status(session, status)
        self._read_addresses(session)

    def arrive(self, session: ContractSession, *, from_bottom: bool) -> None:
        """See EvolutionStory."""
        if from_bottom:
            self.model.forget_lines()
            self.model.resolve_addresses()
        else:
            self._find_lines(session)
            self._find_conflicts(session)
        self.verify_new(session)

    def _read_status(self, session: ContractSession, status: str) -> None:
        at: dict[str, Any] = {"after_issued_at": YEAR_1970, "after_id": 0}
        while rows := self.caller.ask(session, "invoices_with_status", status=status, page_size=STATUS_PAGE, **at).rows:
            at = {"after_issued_at": rows[-1]["issued_at"], "after_id": rows[-1]["id"]}

    def _read_addresses(self, session: ContractSession) -> None:
        after = 0
        while rows := self.caller.ask(session, "email_conflicts", after_id=after, page_size=CONFLICT_PAGE).rows:
            after = rows[-1]["id"]
        emails = sorted({folded(customer.email) for customer in self.model.customers.values()})
        asked: list[Params] = [
            {"email": email.swapcase() if number % 2 else email} for number, email in enumerate(emails)
        ]
        self.caller.ask_many(session, "customer_by_email", asked)

    def _find_lines(self, session: ContractSession) -> None:
        """Where lines may have been kept or not, take over what is found."""
        invoices = self.model.old_invoices()
        results = session.call_many("invoice_lines", [{"invoice_id": invoice.id} for invoice in invoices])
        for invoice, result in zip(invoices, results, strict=False):
            collapsed = legacy_lines(invoice.total)
            if result.rows == line_rows(collapsed):
                invoice.lines = collapsed
            elif result.refused or result.rows != line_rows(invoice.lines):
                kept, lost = shown(line_rows(invoice.lines)), shown(line_rows(collapsed))
                found = f"error {result.sqlstate} {result.message}" if result.refused else shown(result.rows)
                self.caller.fail(f"invoice_lines(invoice_id={invoice.id})", f"{kept}; or {lost}", found)

    def _find_conflicts(self, session: ContractSession) -> None:
        """Where conflicts may have been kept or found anew, take over what is found, one address at a time."""
        result = session.call("email_conflicts", {"after_id": 0, "page_size": 100_000})
        if result.refused:
            self.caller.fail("email_conflicts", "rows", f"error {result.sqlstate} {result.message}")
        found = {row["id"] for row in result.rows}
        lowest = self.model.lowest_ids()
        for address, group in _alike(self.model):
            here = {customer.id for customer in group} & found
            kept = {customer.id for customer in group if not customer.holds}
            anew = {customer.id for customer in group} - lowest
            if here not in (kept, anew):
                expected = f"in conflict over {address!r}: customers {sorted(kept)}; or {sorted(anew)}"
                self.caller.fail("email_conflicts", expected, f"customers {sorted(here)}")
            for customer in group:
                customer.holds = customer.id not in here


def _alike(model: BillingModel) -> list[tuple[str, list[Customer]]]:
    customers = sorted(model.customers.values(), key=lambda customer: (folded(customer.email), customer.id))
    return [
        (address, list(group)) for address, group in groupby(customers, key=lambda customer: folded(customer.email))
    ]
