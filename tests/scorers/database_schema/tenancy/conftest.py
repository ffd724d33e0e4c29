"""One server for all schemas of a test process, and the gates' verdicts on a schema."""

import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from scorers.checks import Outcome
from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.migrations import Migration
from scorers.database_schema.named_queries import parse_queries
from scorers.database_schema.oracle import Oracle
from scorers.database_schema.parameters import load_parameters
from scorers.database_schema.tenancy.checks import (
    tenancy_direct,
    tenancy_queries,
    tenancy_references,
    tenancy_unset,
)
from scorers.families import GradeJob
from scorers.scenario import Scenario
from scorers.submission import Submission
from scorers.testbed.embedded import EmbeddedProvider
from scorers.testbed.protocol import Testbed
from tests.scorers.database_schema.tenancy.notes import PARAMETERS, QUERIES, NotesOracle
from tests.scorers.test_scenario import folder_with

GATES = {check.id: check for check in (tenancy_queries, tenancy_direct, tenancy_unset, tenancy_references)}

Judge = Callable[..., dict[str, Outcome]]


@pytest.fixture(scope="session")
def testbed() -> Generator[Testbed]:
    with EmbeddedProvider().open(cluster_bytes=1_000_000_000) as opened:
        yield opened


@pytest.fixture(scope="session")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    root: Path = tmp_path_factory.mktemp("datasets")
    return Scenario.load(folder_with(root, parameters=PARAMETERS))


@pytest.fixture
def judge(testbed: Testbed, scenario: Scenario) -> Judge:
    """Migrate a fresh database and ask the gates named (or all) about it."""

    def outcomes(
        up: str,
        queries: str = QUERIES,
        *,
        gates: tuple[str, ...] = tuple(GATES),
        oracle: Oracle | None = None,
        seconds: float = 120,
    ) -> dict[str, Outcome]:
        job = GradeJob(scenario, Submission(files={"queries.sql": queries}), testbed, 0, time.monotonic() + seconds)
        bench = SchemaBench(job, load_parameters(scenario), oracle or NotesOracle(), [], {})
        found, problems = parse_queries(queries)
        assert not problems
        bench.queries = found
        bench.template = bench.postgres.create_database()
        try:
            failure = bench.migrate(bench.template, Migration(1, "init", up, "SELECT 1"), "up")
            assert failure is None, failure
            return {gate: GATES[gate].run(bench) for gate in gates}
        finally:
            bench.postgres.drop_database(bench.template)

    return outcomes
