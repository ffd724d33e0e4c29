"""Filling a database at head through old and new programs, and the probes whose cost is then measured."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from scorers.database_schema.oracle import Population, Probe
from scorers.database_schema.oracles.evolve_billing.model import CURRENCIES
from scorers.database_schema.oracles.evolve_billing.values import FIRST_DAY, LARGEST_ID, YEAR_1970, YEAR_9999
from scorers.database_schema.session import ContractSession, Params

PAGE = 20
DAYS = 30
SMALL_INVOICES = 12
"""What the customers have whose reads are measured: as many at each size."""

_TEXTS = ["paid"] * 14 + ["Payed", " open", None, "void", "CANCELLED", "unpaid"]


def populate(session: ContractSession, random: Random, rows: int, population: Population) -> None:
    """See Oracle.populate: two large customers have half of the invoices, the others a few each."""
    start = population.rows
    customers = _add_customers(session, random, max(20, rows // 20), start)
    if not population.ids:
        population.ids = {"customer": [], "large": customers[:2], "small": customers[2:5], "few": [], "invoice": []}
    spread = customers[5:]
    population.ids["customer"] += spread
    weights = [*([len(spread) / 2] * 2), *([1.0] * len(spread))]
    owners = random.choices([*population.ids["large"], *spread], weights, k=rows * 7 // 20)
    if not start:
        owners += [small for small in population.ids["small"] for _ in range(SMALL_INVOICES)]
        random.shuffle(owners)
    old = [_old_invoice(random, owner, start + number) for number, owner in enumerate(owners) if number % 3]
    new = [_new_invoice(random, owner, start + number) for number, owner in enumerate(owners) if not number % 3]
    _many(session, "create_invoice", old)
    opened = [row["id"] for row in _many(session, "open_invoice", new)]
    lines = [_line(random, invoice) for invoice in opened for _ in range(3)]
    _many(session, "add_line", lines)
    population.ids["invoice"] += opened
    population.rows += len(customers) + 2 * len(old) + len(new) + len(lines)
    population.probes = _probes(population, last_number=old[-1]["number"], start=start)


def _many(session: ContractSession, query: str, many: list[Params]) -> list[dict[str, Any]]:
    return [result.row for result in session.call_many(query, many, per_transaction=500)]


def _add_customers(session: ContractSession, random: Random, count: int, start: int) -> list[int]:
    many: list[Params] = [
        {
            "email": f"Person{start + number}@Mail.example",
            "full_name": "P" * random.randrange(5, 30),
            "created_at": _when(random),
        }
        for number in range(count)
    ]
    return [row["id"] for row in _many(session, "create_customer", many)]


def _old_invoice(random: Random, customer: int, number: int) -> Params:
    text = "??" if number % 40 == 1 else random.choice(_TEXTS)
    return {
        "customer_id": customer,
        "number": f"O-{number}",
        "total_cents": random.randrange(100_000),
        "status": text,
        "issued_at": _when(random),
    }


def _new_invoice(random: Random, customer: int, number: int) -> Params:
    currency = random.choice(["EUR", "EUR", *CURRENCIES])
    return {"customer_id": customer, "number": f"N-{number}", "currency": currency, "issued_at": _when(random)}


def _line(random: Random, invoice: int) -> Params:
    unit = random.randrange(10_000)
    return {"invoice_id": invoice, "description": "work", "quantity": random.randrange(1, 9), "unit_minor": unit}


def _when(random: Random) -> datetime:
    return FIRST_DAY + timedelta(minutes=random.randrange(DAYS * 24 * 60))


def _probes(population: Population, *, last_number: str, start: int) -> list[Probe]:
    """The same probes at each size. What is warmed up with is as large as what is measured."""
    first, second = population.ids["large"]
    warm, measured, _ = population.ids["small"]
    newest: Params = {"before_issued_at": YEAR_9999, "before_id": LARGEST_ID, "page_size": PAGE}
    deep: Params = {"before_issued_at": FIRST_DAY + timedelta(days=DAYS // 3), "before_id": 1, "page_size": PAGE}
    oldest: Params = {"after_issued_at": YEAR_1970, "after_id": 0, "page_size": PAGE}
    later: Params = {"after_issued_at": FIRST_DAY + timedelta(days=DAYS * 2 // 3), "after_id": 1, "page_size": PAGE}
    invoice_id = population.ids["invoice"][-1]
    email = f"Person{start + 7}@Mail.example"
    probes = [
        ("invoices_page", "first page of a large customer", first, newest),
        ("invoices_page", "deep page of a large customer", first, deep),
    ]
    return [
        *(
            Probe(
                query, f"{query}, {label}", {"customer_id": second, **at}, {"customer_id": owner, **at}, min_rows=PAGE
            )
            for query, label, owner, at in probes
        ),
        *_status_probes(oldest, later),
        *(
            _probe(query, "one customer", {"customer_id": warm}, {"customer_id": measured}, min_rows=rows)
            for query, rows in (("balances", 1), ("list_invoices", 4), ("get_customer", 1))
        ),
        *(
            _probe(query, "one invoice", {"invoice_id": population.ids["invoice"][0]}, {"invoice_id": invoice_id})
            for query in ("invoice_details", "invoice_lines")
        ),
        _probe("get_invoice", "by number", {"number": "O-1"}, {"number": last_number}),
        _probe("find_customer", "by address", {"email": "Person6@Mail.example"}, {"email": email}),
        _probe("customer_by_email", "by address", {"email": "person6@mail.example"}, {"email": email.upper()}),
    ]


def _status_probes(oldest: Params, later: Params) -> list[Probe]:
    return [
        Probe(
            "invoices_with_status",
            f"invoices_with_status, {label} of {status!r}",
            {"status": "void", **at},
            {"status": status, **at},
            min_rows=rows,
        )
        for status, rows in (("paid", PAGE), ("open", PAGE), ("review", 5))
        for label, at in (("first page", oldest), ("deep page", later))
    ]


def _probe(query: str, label: str, warm: Params, measured: Params, *, min_rows: int = 1) -> Probe:
    return Probe(query, f"{query}, {label}", warm, measured, min_rows=min_rows)
