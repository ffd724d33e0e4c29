"""The checks that need only the named queries, each with schemas that pass and schemas with one defect."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from scorers.checks import Check, Outcome
from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.check_contract import concurrency, integrity, right
from scorers.database_schema.check_cost import query_cost, query_growth
from scorers.database_schema.check_secrets import secrets
from scorers.database_schema.stateful import MachineRun
from scorers.database_schema.violation import Violation
from scorers.errors import HarnessFault
from tests.scorers.database_schema.tiny import QUERIES, UP, bench_for, tiny_scenario

FUNCTION = """
CREATE FUNCTION notes_by(who text, many int) RETURNS TABLE (id bigint, stars bigint) LANGUAGE plpgsql STABLE AS $$
BEGIN RETURN QUERY SELECT n.id, n.stars FROM note n WHERE n.author = who ORDER BY n.stars DESC, n.id LIMIT many; END $$;
"""
THROUGH_FUNCTION = QUERIES.replace(
    "SELECT id, stars FROM note WHERE author = :author ORDER BY stars DESC, id LIMIT :size",
    "SELECT id, stars FROM notes_by(:author, :size)",
)
NO_INDEX = UP.replace("CREATE INDEX note_author ON note (author, stars DESC, id);", "")
RACE = """
CREATE FUNCTION take(n bigint) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
DECLARE have bigint;
BEGIN
  SELECT stars INTO have FROM note WHERE id = n;
  IF have > 0 THEN
    PERFORM pg_sleep(0.02);
    RETURN QUERY UPDATE note SET stars = have - 1 WHERE id = n RETURNING stars;
  END IF;
END $$;
"""
THROUGH_RACE = QUERIES[: QUERIES.index("UPDATE note")] + "SELECT * FROM take(:id) AS stars;"


def test_the_reference_passes_everything(tmp_path: Path) -> None:
    with bench_for(tiny_scenario(tmp_path)) as bench:
        for check in (right, integrity, concurrency, query_cost, query_growth, secrets):
            outcome = check.run(bench)
            assert outcome.status == "passed", (check.id, outcome)


def test_an_alternate_with_functions_passes(tmp_path: Path) -> None:
    with bench_for(tiny_scenario(tmp_path), up=UP + FUNCTION, queries=THROUGH_FUNCTION) as bench:
        for check in (right, query_cost, query_growth):
            assert check.run(bench).status == "passed", check.id


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("WHERE author = :author", "WHERE false", "no rows"),
        ("ORDER BY stars DESC, id LIMIT", "ORDER BY stars DESC, id DESC LIMIT", "rows"),
        ("SELECT id, stars FROM", "SELECT stars, id FROM", "columns"),
        ("SELECT id, stars FROM", "SELECT id, stars::float8 AS stars FROM", "float"),
        ("AND stars > 0", "", "23514"),
        ("FROM note WHERE author", "FROM nowhere WHERE author", "42P01"),
        ("RETURNING id;", ";", "columns"),
    ],
)
def test_wrong_answers_are_caught_with_the_calls_that_show_it(tmp_path: Path, old: str, new: str, said: str) -> None:
    with bench_for(tiny_scenario(tmp_path), queries=QUERIES.replace(old, new)) as bench:
        outcome = right.run(bench)
    assert outcome.status == "failed"
    assert said in outcome.evidence[0].body
    assert "calls, oldest first" in outcome.evidence[0].body


@pytest.mark.parametrize("check", [right, integrity, concurrency, query_cost], ids=lambda check: check.id)
@pytest.mark.parametrize("late", ["PERFORM pg_sleep(100)", "RAISE 'too slow' USING ERRCODE = 'query_canceled'"])
def test_a_late_query_is_a_fault_to_be_tried_again(tmp_path: Path, check: Check[SchemaBench], late: str) -> None:
    scenario = tiny_scenario(tmp_path)
    short = scenario.file.model_copy(update={"limits": scenario.file.limits.model_copy(update={"statement_s": 1.0})})
    up = f"""{UP}
        CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {late}; RETURN NEW; END$$;
        CREATE TRIGGER late BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION late();
    """
    with (
        bench_for(scenario.model_copy(update={"file": short}), up=up) as bench,
        pytest.raises(HarnessFault, match="query '") as caught,
    ):
        check.run(bench)
    assert (caught.value.kind, caught.value.attributable) == ("deadline", True)


def test_of_several_contradictions_the_shortest_is_kept() -> None:
    run = MachineRun(lambda stack: stack.enter_context(nullcontext()))  # pyright: ignore[reportArgumentType]
    for steps in (("a", "b", "c"), ("a", "b"), ("a", "b", "c", "d")):
        run.note(Violation("it", expected="x", actual="y", steps=steps))
    assert run.violation is not None
    assert run.violation.steps == ("a", "b")


@pytest.mark.parametrize("seed", range(4))
def test_every_seed_finds_the_defect(tmp_path: Path, seed: int) -> None:
    queries = QUERIES.replace("WHERE author = :author", "WHERE author >= :author")
    with bench_for(tiny_scenario(tmp_path), queries=queries, seed=seed) as bench:
        assert right.run(bench).status == "failed"


def test_missing_constraints_cost_their_share(tmp_path: Path) -> None:
    with bench_for(tiny_scenario(tmp_path), up=UP.replace("CHECK (stars >= 0)", "")) as bench:
        outcome = integrity.run(bench)
    assert (outcome.status, outcome.score) == ("failed", 0.5)
    assert "checks" in outcome.message


def test_inexact_numbers_are_seen(tmp_path: Path) -> None:
    up = UP.replace("stars bigint", "stars double precision")
    queries = QUERIES.replace("SELECT id, stars FROM", "SELECT id, stars::bigint AS stars FROM")
    with bench_for(tiny_scenario(tmp_path), up=up, queries=queries) as bench:
        outcome = integrity.run(bench)
    assert "9007199254740992" in outcome.evidence[0].body


def test_a_race_has_two_winners(tmp_path: Path) -> None:
    with bench_for(tiny_scenario(tmp_path), up=UP + RACE, queries=THROUGH_RACE) as bench:
        assert right.run(bench).status == "passed"
        outcome = concurrency.run(bench)
    assert outcome.status == "failed"
    assert "winners" in outcome.evidence[0].body


@pytest.mark.parametrize("queries", [QUERIES, THROUGH_FUNCTION])
def test_a_missing_index_is_counted_also_inside_a_function(tmp_path: Path, queries: str) -> None:
    with bench_for(tiny_scenario(tmp_path), up=NO_INDEX + FUNCTION, queries=queries) as bench:
        costs = query_cost.run(bench)
        growth = query_growth.run(bench)
    assert costs.status == "failed"
    assert costs.measurements[0].on_target is False
    assert "Plan" in costs.evidence[1].title
    assert growth.status == "failed"


@pytest.mark.parametrize(
    "hiding",
    [
        "SET enable_seqscan = off",
        "SET track_functions = 'none'",
        "SET statement_timeout = 0",
    ],
)
def test_settings_of_a_function_do_not_hide_its_cost(tmp_path: Path, hiding: str) -> None:
    function = FUNCTION.replace("STABLE AS", f"STABLE {hiding} AS") if "track" not in hiding else FUNCTION
    with bench_for(tiny_scenario(tmp_path), up=NO_INDEX + function, queries=THROUGH_FUNCTION) as bench:
        assert query_cost.run(bench).status == "failed"


def test_less_rows_on_a_full_database_are_no_cheap_call(tmp_path: Path) -> None:
    up = UP + FUNCTION.replace(
        "LIMIT many",
        "LIMIT CASE WHEN (SELECT count(*) FROM note) > 999 THEN 0 ELSE many END",
    )
    with bench_for(tiny_scenario(tmp_path), up=up, queries=THROUGH_FUNCTION) as bench:
        outcome = query_cost.run(bench)
    assert outcome.status == "failed"
    assert "at least 10 rows" in outcome.evidence[0].body


@pytest.mark.parametrize(
    "kept",
    [
        "convert_to(:token, 'UTF8')",
        "convert_to(encode(convert_to(:token, 'UTF8'), 'base64'), 'UTF8')",
        "convert_to(reverse(:token), 'UTF8')",
    ],
)
def test_readable_secrets_are_found(tmp_path: Path, kept: str) -> None:
    queries = QUERIES.replace("sha256(convert_to(:token, 'UTF8'))", kept)
    with bench_for(tiny_scenario(tmp_path), queries=queries) as bench:
        outcome: Outcome = secrets.run(bench)
    assert outcome.status == "failed"
    assert "token_hash" in outcome.evidence[0].body
