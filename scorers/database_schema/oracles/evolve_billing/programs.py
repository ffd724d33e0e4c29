"""What old and new programs do all day, for walks over the migrations."""

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import TypeVar

from scorers.database_schema.oracles.evolve_billing.caller import Caller
from scorers.database_schema.oracles.evolve_billing.model import (
    LARGEST_TOTAL,
    STATUSES,
    Customer,
    Invoice,
    folded,
)
from scorers.database_schema.oracles.evolve_billing.values import DESCRIPTIONS, NAMES, TEXTS, moment
from scorers.database_schema.session import ContractSession, Params

SEEDED_CUSTOMERS = 12
SEEDED_INVOICES = 120
MANY_CONFLICTS = 24
SAMPLE = 8
"""How many are looked up by key at every step; lists and sums cover all of them each time."""
ALIKE = ("{0}@x.example", "{1}@x.example", "{2}@X.Example")

T = TypeVar("T")


class OldProgram:
    """Knows the given queries only."""

    def __init__(self, caller: Caller, random: Random) -> None:
        self.caller = caller
        self.random = random
        self.gone: list[str] = []
        """Numbers of invoices that were removed."""
        self._count = 0

    def seed(self, session: ContractSession) -> None:
        """Nine years of billing: some addresses that are alike, every text a clerk can think of, a few large customers."""
        emails = [f"customer{number}@x.example" for number in range(SEEDED_CUSTOMERS)]
        for number in range(8):
            forms = (f"dup{number}", f"DUP{number}", f"Dup{number}")
            emails += [form.format(*forms) for form in ALIKE[: 2 + number % 2]]
        self.random.shuffle(emails)
        many: list[Params] = [
            {"email": email, "full_name": self.random.choice(NAMES), "created_at": moment(self.random.randrange(500))}
            for email in emails
        ]
        self.seed_customers(session, many)
        customers = list(self.caller.model.customers)
        weights = [40 if index < 3 else 1 for index in range(len(customers))]
        self.caller.ask_many(
            session,
            "create_invoice",
            [
                self.invoice(self.random.choices(customers, weights)[0], TEXTS[number % len(TEXTS)])
                for number in range(SEEDED_INVOICES)
            ],
        )

    def seed_customers(self, session: ContractSession, many: Sequence[Params]) -> None:
        """Create customers in the old schema, where addresses that are alike do not clash."""
        for params, result in zip(many, session.call_many("create_customer", many), strict=True):
            customer_id: int = result.row["id"]
            self.caller.model.customers[customer_id] = Customer(customer_id, **params)

    def invoice(self, customer_id: int, text: str | None) -> Params:
        """Parameters for one more invoice."""
        self._count += 1
        totals = (0, 1, 100, 12_345, LARGEST_TOTAL, self.random.randrange(1_000_000))
        return {
            "customer_id": customer_id,
            "number": f"R-{self._count} №",
            "total_cents": self.random.choice(totals),
            "status": text,
            "issued_at": moment(self.random.randrange(90)),
        }

    def work(self, session: ContractSession) -> None:
        """A morning at the office: writes of all kinds, also some that are refused."""
        ask = self.caller.ask
        self._create(session)
        for _ in range(2):
            invoice = self._some_invoice()
            ask(session, "set_total", invoice_id=invoice.id, total_cents=self.random.randrange(10**6, 10**8))
            ask(session, "set_status_text", invoice_id=self._some_invoice().id, status=self.random.choice(TEXTS))
        same = self._some_invoice()
        ask(session, "set_total", invoice_id=same.id, total_cents=same.total)
        doomed = self._some_invoice()
        ask(session, "delete_invoice", invoice_id=doomed.id)
        self.gone.append(doomed.number)
        self._be_refused(session)
        self._move(session)
        self._reach_abroad(session)

    def create_alike(self, session: ContractSession) -> None:
        """Perhaps create a customer whose address is alike to one that is held; on the way, both outcomes are right."""
        if self.random.random() < (0.2 if len(self.caller.model.conflicts()) < MANY_CONFLICTS else 0.9):
            return
        holders = [customer for customer in self.caller.model.customers.values() if customer.holds]
        lowest = self.caller.model.lowest_ids()
        target = self.random.choice([customer for customer in holders if customer.id in lowest])
        self._count += 1
        email = _recased(target.email, self._count)
        if self.caller.model.exact_owner(email) is not None:
            return
        params: Params = {"email": email, "full_name": "alike", "created_at": moment(self._count)}
        result = self.caller.ask_either(session, "create_customer", "23505", **params)
        if not result.refused:
            new_id: int = result.row["id"]
            self.caller.model.customers[new_id] = Customer(new_id, **params, holds=False)

    def sample(self, everything: list[T]) -> list[T]:
        """Some of `everything`, others each time."""
        return self.random.sample(everything, min(SAMPLE, len(everything)))

    def fresh_email(self) -> str:
        """An address that nobody had before."""
        self._count += 1
        return f"Fresh{self._count}@x.example"

    def _create(self, session: ContractSession) -> None:
        if self.random.random() < 0.2:
            email, at = self.fresh_email(), moment(self._count)
            self.caller.ask(session, "create_customer", email=email, full_name=None, created_at=at)
        for customer in (list(self.caller.model.customers)[-1], self._some_customer().id):
            params = self.invoice(customer, self.random.choice(TEXTS))
            self.caller.ask(session, "create_invoice", **params)

    def _be_refused(self, session: ContractSession) -> None:
        customer = self._some_customer()
        invoice = self._some_invoice()
        taken = self.invoice(customer.id, "open") | {"number": invoice.number}
        self.caller.ask(session, "create_invoice", **taken)
        self.caller.ask(session, "create_invoice", **self.invoice(1_000_000_007, "open"))
        self.caller.ask(session, "create_invoice", **self.invoice(customer.id, None) | {"total_cents": -1})
        self.caller.ask(session, "set_total", invoice_id=invoice.id, total_cents=-5)
        self.caller.ask(session, "create_customer", email=customer.email, full_name="", created_at=moment(1))

    def _move(self, session: ContractSession) -> None:
        """Somebody without a double, and the later one of two that are alike, get new addresses."""
        model = self.caller.model
        sizes = Counter(folded(customer.email) for customer in model.customers.values())
        single = [customer for customer in model.customers.values() if sizes[folded(customer.email)] == 1]
        later = [c for c in model.customers.values() if sizes[folded(c.email)] == 2 and c.id not in model.lowest_ids()]
        first_holds = [c for c in later if (holder := model.holder(c.email)) is not None and holder.id < c.id]
        movers = [self.random.choice(single), *self.random.sample(first_holds, min(1, len(first_holds)))]
        for customer in movers:
            self.caller.ask(session, "change_email", customer_id=customer.id, email=self.fresh_email())
        renamed = self.random.choice(single)
        self.caller.ask(session, "change_email", customer_id=renamed.id, email=renamed.email.swapcase())

    def _reach_abroad(self, session: ContractSession) -> None:
        for invoice in [invoice for invoice in self.caller.model.invoices.values() if not invoice.seen_by_old][:2]:
            self.caller.ask(session, "set_total", invoice_id=invoice.id, total_cents=7)
            self.caller.ask(session, "set_status_text", invoice_id=invoice.id, status="void")
            self.caller.ask(session, "delete_invoice", invoice_id=invoice.id)

    def _some_invoice(self) -> Invoice:
        return self.random.choice(self.caller.model.old_invoices())

    def _some_customer(self) -> Customer:
        return self.random.choice(list(self.caller.model.customers.values()))


class NewProgram:
    """Knows the new queries, too."""

    def __init__(self, caller: Caller, random: Random, old: OldProgram) -> None:
        self.caller = caller
        self.random = random
        self.old = old

    def work(self, session: ContractSession) -> None:
        """Itemised invoices, lines on old ones, statuses; nothing that the old schema could not hold."""
        for lines in (0, 1, 3):
            self._bill(session, "EUR", lines)
        for invoice in self._roomy(2):
            self._add_line(session, invoice.id)
        for status in STATUSES:
            invoice = self.random.choice(self.caller.model.old_invoices())
            self.caller.ask(session, "set_status", invoice_id=invoice.id, status=status)

    def bill_abroad(self, session: ContractSession) -> None:
        """Invoices that are not in euros."""
        for currency, lines in (("USD", 2), ("JPY", 0), ("GBP", 1), ("USD", 3)):
            invoice_id = self._bill(session, currency, lines)
        self.caller.ask(session, "set_status", invoice_id=invoice_id, status="paid")

    def work_on_addresses(self, session: ContractSession) -> None:
        """Clear up one conflict in every way there is."""
        model = self.caller.model
        ask = self.caller.ask
        held = [c for c in model.conflicts() if (holder := model.holder(c.email)) is not None and holder.id != c.id]
        if not held:
            return
        doubled = self.random.choice(held)
        holder = model.holder(doubled.email)
        if holder is None:
            return
        ask(session, "change_email", customer_id=doubled.id, email=doubled.email)
        ask(session, "create_customer", email=_recased(holder.email, 5), full_name=None, created_at=moment(3))
        ask(session, "create_customer", email=doubled.email, full_name=None, created_at=moment(3))
        ask(session, "change_email", customer_id=holder.id, email=self.old.fresh_email())
        ask(session, "customer_by_email", email=doubled.email)
        ask(session, "email_conflicts", after_id=0, page_size=100)
        if self.random.random() < 0.5:
            ask(session, "change_email", customer_id=doubled.id, email=doubled.email)

    def _bill(self, session: ContractSession, currency: str, lines: int) -> int:
        customer = self.random.choice(list(self.caller.model.customers))
        params = self.old.invoice(customer, None)
        del params["total_cents"], params["status"]
        invoice_id: int = self.caller.ask(session, "open_invoice", currency=currency, **params).rows[0]["id"]
        for _ in range(lines):
            self._add_line(session, invoice_id)
        return invoice_id

    def _add_line(self, session: ContractSession, invoice_id: int) -> None:
        self.caller.ask(
            session,
            "add_line",
            invoice_id=invoice_id,
            description=self.random.choice(DESCRIPTIONS),
            quantity=self.random.randrange(1, 9),
            unit_minor=self.random.choice([0, 1, 333, 99_999]),
        )

    def _roomy(self, count: int) -> list[Invoice]:
        roomy = [invoice for invoice in self.caller.model.old_invoices() if invoice.total < LARGEST_TOTAL // 2]
        return self.random.sample(roomy, min(count, len(roomy)))


def _recased(email: str, number: int) -> str:
    """`email` in other capitals, depending on `number`."""
    return "".join(
        character.upper() if number >> (index % 5) & 1 else character.lower() for index, character in enumerate(email)
    )
