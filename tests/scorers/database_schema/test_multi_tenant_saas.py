"""The project tracker's oracle: content with sound solutions, and not with defects of each kind."""

import re
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

import pytest

from scorers.database_schema.bench import SchemaBench, open_bench
from scorers.database_schema.check_files import files_complete
from scorers.database_schema.check_migrations import migrations_apply
from scorers.database_schema.oracle import Population
from scorers.database_schema.oracles.multi_tenant_saas.integrity import CASES
from scorers.database_schema.oracles.multi_tenant_saas.model import may_move, unknown_id
from scorers.database_schema.oracles.multi_tenant_saas.oracle import MultiTenantSaasOracle
from scorers.database_schema.parameters import ContractField, load_parameters
from scorers.database_schema.session import ContractSession
from scorers.database_schema.stateful import MachineRun, run_machine
from scorers.database_schema.violation import Violation
from scorers.families import GradeJob
from scorers.scenario import Scenario
from scorers.submission import Submission
from scorers.testbed.embedded import EmbeddedProvider

SCENARIO = Scenario.load(Path(__file__).parents[3] / "datasets" / "database_schema" / "multi_tenant_saas")
SOUND = ["reference", "surrogate_keys_functions"]


@contextmanager
def bench_of(submission: Submission) -> Generator[SchemaBench]:
    """The bench of a submission, migrations applied."""
    with EmbeddedProvider().open(cluster_bytes=SCENARIO.file.limits.cluster_bytes) as testbed:
        job = GradeJob(SCENARIO, submission, testbed, 0, time.monotonic() + 120)
        with open_bench(job) as bench:
            for check in (files_complete, migrations_apply):
                outcome = check.run(bench)
                assert outcome.status == "passed", outcome
            yield bench


@contextmanager
def session_of(bench: SchemaBench) -> Generator[ContractSession]:
    """A session on a fresh database."""
    with bench.database() as database, bench.session(database) as session:
        yield session


def run_a_little(bench: SchemaBench, *, examples: int = 6) -> MachineRun:
    """A short run of the state machine."""

    def open_session(stack: ExitStack) -> ContractSession:
        return stack.enter_context(session_of(bench))

    return run_machine(MultiTenantSaasOracle().machine(), open_session, seed_number=7, examples=examples, steps=20)


def broken_cases(bench: SchemaBench) -> set[str]:
    """Names of the integrity cases that do not hold."""
    broken: set[str] = set()
    for case in MultiTenantSaasOracle().integrity_cases():
        with session_of(bench) as session:
            try:
                case.run(session, Random(1))
            except Violation:
                broken.add(case.name)
    return broken


def ties(bench: SchemaBench) -> dict[str, bool]:
    """By cross-reference: whether it was let through."""
    oracle = MultiTenantSaasOracle()
    with session_of(bench) as session:
        own, other = oracle.new_tenant(Random(1)), oracle.new_tenant(Random(2))
        populations = {tenant: oracle.populate_tenant(session, Random(str(tenant)), tenant) for tenant in (own, other)}
        return {tie.name: bool(tie.run(session, own, other, populations).rows) for tie in oracle.cross_references()}


@pytest.fixture(scope="module", params=SOUND)
def sound(request: pytest.FixtureRequest) -> Generator[SchemaBench]:
    with bench_of(SCENARIO.solution(request.param)) as bench:
        yield bench


def test_a_sound_solution_agrees_with_the_model(sound: SchemaBench) -> None:
    found = run_a_little(sound)
    assert found.violation is None
    assert found.calls > 100


def test_a_sound_solution_keeps_every_clause(sound: SchemaBench) -> None:
    assert broken_cases(sound) == set()


def test_a_sound_solution_lets_no_tie_through(sound: SchemaBench) -> None:
    assert not any(ties(sound).values())


def test_reads_of_one_workspace_see_nothing_of_another(sound: SchemaBench) -> None:
    oracle = MultiTenantSaasOracle()
    with session_of(sound) as session:
        populations = {
            tenant: oracle.populate_tenant(session, Random(str(tenant)), tenant) for tenant in (uuid4(), uuid4())
        }
        (own, mine), (_, theirs) = populations.items()
        assert any(result.rows for result in oracle.reads_of_tenant(session, own, mine)[2:])
        assert not any(result.rows for result in oracle.reads_of_tenant(session, own, theirs)[2:])
        before = oracle.reads_of_tenant(session, own, mine)
        stranger = oracle.new_tenant(Random(3))
        oracle.register_tenant(session, Random(3), stranger)
        oracle.writes_of_tenant(session, stranger, mine)
        assert oracle.reads_of_tenant(session, own, mine) == before


def test_population_answers_its_probes(sound: SchemaBench) -> None:
    population = Population()
    with session_of(sound) as session:
        for rows in (700, 400):
            MultiTenantSaasOracle().populate(session, Random(5), rows, population)
        assert population.rows > 1000
        labels = [probe.label for probe in population.probes]
        assert len(set(labels)) == len(labels)
        for probe in population.probes:
            for params in (probe.warm, probe.measured):
                result = session.call(probe.query, params, tenant=probe.tenant)
                assert len(result.rows) >= probe.min_rows, (probe.label, result)


def test_every_query_with_a_budget_has_a_probe(sound: SchemaBench) -> None:
    population = Population()
    with session_of(sound) as session:
        MultiTenantSaasOracle().populate(session, Random(5), 300, population)
    budgeted = {query.name for query in sound.parameters.queries if query.cost}
    assert {probe.query for probe in population.probes} == budgeted


@pytest.mark.parametrize(
    ("mutant", "query"),
    [
        ("page_forgets_ties", "list_project_tasks"),
        ("overview_loses_empty", "workspace_overview"),
        ("times_rounded", "get_task"),
        ("any_move", "update_task"),
    ],
)
def test_the_machine_finds_a_defect(mutant: str, query: str) -> None:
    with bench_of(SCENARIO.mutant(mutant)[1]) as bench:
        violation = run_a_little(bench, examples=15).violation
    assert violation is not None
    assert violation.what == query or mutant == "times_rounded"
    assert violation.steps


@pytest.mark.parametrize(
    ("mutant", "case"),
    [
        ("titles_may_be_null", "nulls"),
        ("loose_key_pattern", "malformed texts"),
        ("any_role", "ranges"),
        ("no_assignee_key", "orphans"),
        ("done_without_time", "impossible states"),
        ("comments_outlive_task", "deletes"),
        ("audit_can_be_changed", "append-only audit"),
        ("audit_can_be_truncated", "append-only audit"),
    ],
)
def test_an_integrity_case_finds_its_defect_only(mutant: str, case: str) -> None:
    assert case in CASES
    with bench_of(SCENARIO.mutant(mutant)[1]) as bench:
        assert broken_cases(bench) == {case}


def test_duplicates_are_found() -> None:
    with bench_of(SCENARIO.mutant("address_free_after_deactivation")[1]) as bench:
        assert broken_cases(bench) == {"duplicates"}


def test_a_tie_is_noticed() -> None:
    with bench_of(SCENARIO.mutant("assignee_of_anyone")[1]) as bench:
        through = {name for name, let_through in ties(bench).items() if let_through}
    assert through == {
        "a task assigned to another workspace's member",
        "a task handed over to another workspace's member",
    }


@pytest.mark.parametrize(
    ("mutant", "trial"),
    [
        ("highest_plus_one", "task numbers"),
        ("address_checked_by_trigger", "one address"),
        ("move_from_stale_status", "opposite moves"),
    ],
)
def test_a_race_is_lost_by_its_defect_only(mutant: str, trial: str) -> None:
    broken: set[str] = set()
    with bench_of(SCENARIO.mutant(mutant)[1]) as bench:
        for one in MultiTenantSaasOracle().concurrency_trials():
            for number in range(one.rounds):
                with ExitStack() as stack:
                    database = stack.enter_context(bench.database())
                    try:
                        one.run(lambda s=stack, d=database: s.enter_context(bench.session(d)), Random(number))
                    except Violation:
                        broken.add(one.name)
    assert broken == {trial}


def test_prompt_and_contract_agree() -> None:
    queries = load_parameters(SCENARIO).queries
    lines = [line for line in SCENARIO.prompt.splitlines() if re.match(r"\| `\w+` \|", line)]
    stated = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    contract = [[f"`{query.name}`", _fields(query.params), _fields(query.columns)] for query in queries]
    assert [row[:3] for row in stated] == contract
    for sqlstate in {state for query in queries for states in query.refuses.values() for state in states}:
        assert sqlstate in SCENARIO.prompt


def test_moves_and_unknown_ids() -> None:
    assert may_move("todo", "todo")
    assert may_move("in_progress", "done")
    assert not may_move("todo", "done")
    assert isinstance(unknown_id(5), int)
    assert isinstance(unknown_id(uuid4()), UUID)
    assert unknown_id(5, 1) != unknown_id(5, 2)


def _fields(fields: list[ContractField]) -> str:
    return ", ".join(f"{field.name} {field.type}{'?' if field.nullable else ''}" for field in fields)
