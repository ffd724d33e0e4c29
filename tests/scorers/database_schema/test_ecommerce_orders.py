"""The web shop's scenario: prompt and contract in step, the model by itself, and oracle against real submissions."""

import re
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.check_contract import right
from scorers.database_schema.family import FAMILY
from scorers.database_schema.oracle import IntegrityCase, Population
from scorers.database_schema.oracles.ecommerce_orders.crowd import Crowd, accepted
from scorers.database_schema.oracles.ecommerce_orders.model import Shop, Variant, missing_id
from scorers.database_schema.oracles.ecommerce_orders.oracle import EcommerceOrders
from scorers.database_schema.oracles.ecommerce_orders.races import trials
from scorers.database_schema.oracles.ecommerce_orders.shopkeeping import add, checkout_params, stock_of, stocked
from scorers.database_schema.parameters import ContractField, load_parameters
from scorers.database_schema.session import CallResult
from scorers.database_schema.violation import Violation
from scorers.families import GradeJob
from scorers.scenario import Scenario
from scorers.spec import load_spec
from scorers.submission import Submission
from scorers.testbed.embedded import EmbeddedProvider

ROOT = Path(__file__).parents[3] / "datasets"
SCENARIO = Scenario.load(ROOT / "database_schema" / "ecommerce_orders")
ANN, BOB = UUID(int=1), UUID(int=2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@contextmanager
def bench_of(submission: Submission) -> Generator[SchemaBench]:
    """A bench with the submission's migrations applied."""
    with EmbeddedProvider().open(cluster_bytes=1_000_000_000) as testbed:
        job = GradeJob(SCENARIO, submission, testbed, 0, time.monotonic() + 300)
        with FAMILY.open_bench(job) as bench:
            for check in FAMILY.checks[:2]:
                assert check.run(bench).status == "passed"
            yield bench


def test_prompt_and_contract_say_the_same() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `([^`]*)` \| `([^`]*)` \|$", SCENARIO.prompt, re.MULTILINE)
    contracts = {query.name: query for query in load_parameters(SCENARIO).queries}
    assert [name for name, *_ in rows] == list(contracts)
    for name, params, columns in rows:
        assert params == ", ".join(map(shown, contracts[name].params))
        assert columns == ", ".join(map(shown, contracts[name].columns))
        assert contracts[name].retries == (["40001", "40P01"] if contracts[name].kind == "write" else [])


def shown(field: ContractField) -> str:
    return f"{field.name} {field.type}{'?' if field.nullable else ''}"


def test_spec_lines_exist() -> None:
    assert set(SCENARIO.file.spec_lines) <= {line.id for line in load_spec(ROOT / "persona" / "spec.yaml").lines}


def a_shop() -> Shop:
    shop = Shop()
    for number, (sku, price) in enumerate([("b", 5), ("A", 5), ("c", 2)]):
        shop.variants[number] = Variant(number, 9, 8, "T", sku, "", price, "EUR", on_hand=2)
    return shop


def test_the_model_sorts_by_price_and_then_by_sku_in_any_case() -> None:
    shop = a_shop()
    assert [row["sku"] for row in shop.catalogue(8, "EUR", None, None)] == ["c", "A", "b"]
    assert [row["sku"] for row in shop.catalogue(8, "EUR", 5, 5)] == ["A", "b"]
    assert shop.catalogue(8, "JPY", None, None) == []


def test_the_model_reserves_all_or_nothing_and_keeps_agreed_prices() -> None:
    shop = a_shop()
    assert shop.checkout_refusals(ANN) == ["23514"]
    shop.carts[ANN] = {0: 2, 1: 1}
    assert shop.checkout_refusals(ANN) == []
    order = shop.check_out(ANN, "k", NOON, 77)
    shop.variants[0].price = 1000
    assert (order.total, shop.variants[0].available, shop.variants[1].available) == (15, 0, 1)
    shop.carts[BOB] = {0: 1, 2: 1}
    assert shop.checkout_refusals(BOB) == ["23514"]
    shop.leave(order, "cancelled")
    assert shop.checkout_refusals(BOB) == []
    assert shop.report(date(2026, 3, 2), date(2026, 3, 2)) == []


def test_a_missing_id_has_the_type_of_the_known_ones() -> None:
    assert missing_id(5) != 5
    known = UUID(int=5)
    assert isinstance(missing_id(known), UUID)
    assert missing_id(known) != known


@pytest.mark.parametrize("name", ["reference", "cte_uuidv7"])
def test_sound_solutions_agree_with_the_model_and_withstand_every_attempt(name: str) -> None:
    oracle = EcommerceOrders()
    with bench_of(SCENARIO.solution(name)) as bench:
        outcome = right.run(bench)
        assert outcome.status == "passed", outcome
        calls = [int(line.split()[0]) for line in outcome.evidence[0].body.splitlines()]
        assert len(calls) == len(load_parameters(SCENARIO).queries)
        assert min(calls) >= 8
        for case in oracle.integrity_cases():
            run_case(bench, case)


def run_case(bench: SchemaBench, case: IntegrityCase) -> None:
    with bench.database() as database, bench.session(database) as session:
        case.run(session, Random(0))


def test_the_model_finds_a_defect() -> None:
    with bench_of(SCENARIO.mutant("page_skips_ties")[1]) as bench:
        outcome = right.run(bench)
    assert outcome.status == "failed"
    assert "list_catalog" in outcome.message


def test_direct_writes_are_noticed() -> None:
    case = next(case for case in EcommerceOrders().integrity_cases() if "direct" in case.name)
    with (
        bench_of(SCENARIO.mutant("stock_open_to_direct_writes")[1]) as bench,
        pytest.raises(Violation, match="nothing negative") as caught,
    ):
        run_case(bench, case)
    assert caught.value.steps[0].startswith("UPDATE")


def test_the_last_item_is_sold_once() -> None:
    trial = next(trial for trial in trials() if "last" in trial.name)
    with bench_of(SCENARIO.solution("reference")) as bench, bench.database() as database:
        trial.run(lambda: bench.session(database), Random(1))
        crowd = Crowd(lambda: bench.session(database), 3)
        variant = stocked(crowd.first, stock=1)
        for customer in (ANN, BOB):
            add(crowd.first, customer, variant)
        calls = [("place_order", checkout_params(customer, "k")) for customer in (ANN, BOB)]
        assert len(accepted(calls, crowd.at_once(calls))) == 1
        assert stock_of(crowd.first) == (1, 1, 0)
        for session in crowd.sessions:
            session.close()


def test_overselling_is_noticed() -> None:
    trial = next(trial for trial in trials() if "last" in trial.name)
    with (
        bench_of(SCENARIO.solution("naive")) as bench,
        bench.database() as database,
        pytest.raises(Violation, match=r"buyers|stock"),
    ):
        trial.run(lambda: bench.session(database), Random(1))


def test_refusals_the_contract_does_not_state_are_violations() -> None:
    calls = [("place_order", checkout_params(ANN, "k"))]
    with pytest.raises(Violation, match="55P03"):
        accepted(calls, [CallResult("place_order", sqlstate="55P03")])
    assert accepted(calls, [CallResult("place_order", sqlstate="23514")]) == []


def test_the_population_grows_as_asked_and_fills_its_pages() -> None:
    oracle = EcommerceOrders()
    population = Population()
    with (
        bench_of(SCENARIO.solution("reference")) as bench,
        bench.database() as database,
        bench.session(database) as session,
    ):
        for rows in (200, 800):
            oracle.populate(session, Random(0), rows, population)
        assert population.rows == 1000
        for probe in population.probes:
            result = session.call(probe.query, probe.measured)
            assert len(result.rows) >= probe.min_rows, probe.label
        budgeted = {query.name for query in load_parameters(SCENARIO).queries if query.cost}
    assert {probe.query for probe in population.probes} == budgeted
