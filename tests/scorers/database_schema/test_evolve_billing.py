"""The model of evolve_billing, and the walk with the solutions that ship with it."""

import time
from pathlib import Path

import pytest

from scorers.database_schema.bench import open_bench
from scorers.database_schema.check_evolution import data_survives
from scorers.database_schema.check_files import files_complete
from scorers.database_schema.check_migrations import migrations_apply
from scorers.database_schema.oracles.evolve_billing.answers import Answer
from scorers.database_schema.oracles.evolve_billing.answers_given import GIVEN_ANSWERS
from scorers.database_schema.oracles.evolve_billing.answers_new import NEW_ANSWERS
from scorers.database_schema.oracles.evolve_billing.model import BillingModel, folded, status_of
from scorers.database_schema.oracles.evolve_billing.values import LARGEST_ID, TEXTS, YEAR_9999, moment
from scorers.database_schema.parameters import load_parameters
from scorers.database_schema.session import CallResult
from scorers.database_schema.values import Value
from scorers.families import GradeJob
from scorers.scenario import Scenario
from scorers.testbed.embedded import EmbeddedProvider

SCENARIO = Path(__file__).parents[3] / "datasets" / "database_schema" / "evolve_billing"


def does(model: BillingModel, query: str, **params: Value) -> Answer:
    """The model's answer, taken to be what the database answered."""
    answer = (GIVEN_ANSWERS | NEW_ANSWERS)[query](model, params)
    new_id = len(model.customers) + len(model.invoices) + 1
    result = CallResult(query, [{"id": new_id}] if answer.new_id else answer.rows)
    if not answer.refused_with:
        answer.take_effect(model, result)
    return answer


@pytest.fixture
def model() -> BillingModel:
    model = BillingModel()
    does(model, "create_customer", email="Ann@x.example", full_name=None, created_at=moment(0))
    does(model, "create_invoice", customer_id=1, number="A", total_cents=0, status=" Payed ", issued_at=moment(1))
    does(model, "open_invoice", customer_id=1, number="B", currency="USD", issued_at=moment(1))
    return model


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (None, "open"),
        ("  ", "open"),
        (" PENDING", "open"),
        ("Settled ", "paid"),
        ("CANCELLED", "void"),
        ("void\t", "review"),
        ("paid.", "review"),
        ("review", "review"),
    ],
)
def test_texts_map_to_statuses(text: str | None, status: str) -> None:
    assert status_of(text) == status


def test_every_status_is_among_the_texts_that_are_tried() -> None:
    assert {status_of(text) for text in TEXTS} == {"open", "paid", "void", "review"}


def test_only_ascii_letters_are_alike() -> None:
    assert folded("ANN@x") == folded("ann@X")
    assert folded("É@x") != folded("é@x")


def test_an_old_invoice_has_one_line_even_over_nothing(model: BillingModel) -> None:
    rows = does(model, "invoice_lines", invoice_id=2).rows
    assert rows == [{"position": 1, "description": "legacy", "quantity": 1, "unit_minor": 0, "amount_minor": 0}]
    assert does(model, "invoice_details", invoice_id=2).rows[0]["status"] == "paid"


def test_another_total_replaces_the_lines_and_the_same_one_does_not(model: BillingModel) -> None:
    does(model, "add_line", invoice_id=2, description="x", quantity=2, unit_minor=5)
    does(model, "set_total", invoice_id=2, total_cents=10)
    assert len(does(model, "invoice_lines", invoice_id=2).rows) == 2
    does(model, "set_total", invoice_id=2, total_cents=11)
    assert [row["amount_minor"] for row in does(model, "invoice_lines", invoice_id=2).rows] == [11]


def test_old_programs_see_and_touch_nothing_abroad(model: BillingModel) -> None:
    does(model, "add_line", invoice_id=3, description="x", quantity=1, unit_minor=5)
    assert does(model, "get_invoice", number="B").rows == []
    assert [row["number"] for row in does(model, "list_invoices", customer_id=1).rows] == ["A"]
    assert does(model, "sum_invoices", customer_id=1).rows == [{"total_cents": 0}]
    for query in ("delete_invoice", "set_total"):
        assert does(model, query, invoice_id=3, total_cents=1).rows == []
    assert model.invoices[3].total == 5
    taken = does(model, "create_invoice", customer_id=1, number="B", total_cents=1, status=None, issued_at=moment(1))
    assert taken.refused_with == ("23505",)


def test_ties_in_time_are_broken_by_id(model: BillingModel) -> None:
    page = {"customer_id": 1, "page_size": 9, "before_issued_at": YEAR_9999, "before_id": LARGEST_ID}
    assert [row["id"] for row in does(model, "invoices_page", **page).rows] == [3, 2]
    page |= {"before_issued_at": moment(1), "before_id": 3}
    assert [row["id"] for row in does(model, "invoices_page", **page).rows] == [2]


def test_the_lowest_id_holds_and_a_change_ends_the_conflict(model: BillingModel) -> None:
    does(model, "create_customer", email="bob@x.example", full_name=None, created_at=moment(0))
    late = max(model.customers)
    model.customers[late].email = "ANN@x.example"
    model.resolve_addresses()
    assert [row["id"] for row in does(model, "email_conflicts", after_id=0, page_size=9).rows] == [late]
    assert does(model, "change_email", customer_id=late, email="ANN@x.example").refused_with == ("23505",)
    does(model, "change_email", customer_id=1, email="cid@x.example")
    assert does(model, "customer_by_email", email="ann@x.example").rows == []
    assert does(model, "change_email", customer_id=late, email="ANN@x.example").rows == [{"id": late}]
    assert does(model, "customer_by_email", email="ann@x.example").rows[0]["id"] == late


def test_wrong_answers_are_told_from_right_ones() -> None:
    assert Answer([{"id": 1}]).problem(CallResult("q", [{"id": 1}])) is None
    assert Answer([{"id": 1}]).problem(CallResult("q", [{"id": 2}])) is not None
    assert Answer([{"id": 1}]).problem(CallResult("q", sqlstate="23505")) is not None
    assert Answer(refused_with=("23505", "23514")).problem(CallResult("q", sqlstate="23514")) is None
    assert Answer(refused_with=("23505",)).problem(CallResult("q", [{"id": 2}])) is not None
    assert Answer(new_id=True, known_ids=frozenset({4})).problem(CallResult("q", [{"id": 5}])) is None
    assert Answer(new_id=True, known_ids=frozenset({4})).problem(CallResult("q", [{"id": 4}])) is not None


def test_prompt_prints_what_old_programs_call_and_names_every_query() -> None:
    scenario = Scenario.load(SCENARIO)
    parameters = load_parameters(scenario)
    assert scenario.fixture("queries.sql").strip() in scenario.prompt
    for name in ("0001_customers", "0002_invoices"):
        assert scenario.fixture(f"migrations/{name}.up.sql").strip() in scenario.prompt
    for query in parameters.queries:
        row = next(line for line in scenario.prompt.splitlines() if line.startswith(f"| `{query.name}` |"))
        _, _, params, columns, _ = row.split("|")
        assert params.strip() == ", ".join(f"{field.name} {field.type}" for field in query.params)
        told = [f"{f.name} {f.type}" + (" (may be NULL)" if f.nullable else "") for f in query.columns]
        assert columns.strip() == ", ".join(told)


@pytest.mark.parametrize(
    ("solution", "status"), [("reference", "passed"), ("filtering_view", "passed"), ("naive", "failed")]
)
def test_the_walk_with_the_solutions(solution: str, status: str) -> None:
    scenario = Scenario.load(SCENARIO)
    with EmbeddedProvider().open(cluster_bytes=1_000_000_000) as testbed:
        job = GradeJob(scenario, scenario.solution(solution), testbed, 0, time.monotonic() + 240)
        with open_bench(job) as bench:
            outcomes = [check.run(bench) for check in (files_complete, migrations_apply, data_survives)]
    assert [outcome.status for outcome in outcomes] == ["passed", "passed", status]
