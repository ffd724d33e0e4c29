"""The bench of the `performance` checks: what is graded, the databases, and the services that run on them."""

from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import cast

from scorers.database_schema.bench import SchemaBench, base_migrations
from scorers.database_schema.migrations import FOLDER, Migration, parse_migrations
from scorers.database_schema.named_queries import NamedQuery, parse_queries
from scorers.database_schema.oracle import Oracle
from scorers.database_schema.parameters import SchemaParameters
from scorers.families import GradeJob
from scorers.performance.counting import Counts
from scorers.performance.databases import Databases, Scale
from scorers.performance.measured import LoadRecord
from scorers.performance.parameters import PerformanceParameters, load_parameters
from scorers.performance.sides import RunningSide, Who, open_side
from scorers.performance.workload import Workload
from scorers.performance.workloads.registry import workload_of
from scorers.scenario import Scenario
from scorers.submission import Submission
from scorers.testbed.sandbox.limits import ServiceLimits

PARTNER_FOLDER = "partner"
DESIGN = "DESIGN.md"
OTHER_PROGRAMS = "other_programs.sql"


@dataclass
class PerformanceBench:
    """What the checks share. Checks that build something leave it here for those that require them."""

    job: GradeJob
    parameters: PerformanceParameters
    workload: Workload
    schema: SchemaBench
    """What the checks on migrations work on; they are those of `database_schema`."""
    databases: Databases
    programs: dict[str, NamedQuery]
    """Statements that other programs go on using."""
    given: dict[str, str]
    """The files of the slow service."""
    counts: Counts | None = None
    """What the probes cost; set by the check on statements."""
    load: "LoadRecord | None" = None
    """What was measured under load; set by the check that the load is served."""

    @property
    def submission(self) -> Submission:
        """The files handed in."""
        return self.job.submission

    @property
    def scenario(self) -> Scenario:
        """What they are an answer to."""
        return self.job.scenario

    def random(self, purpose: str) -> Random:
        """A generator that depends on the grade's seed and `purpose` only."""
        return Random(f"{self.job.seed}/{purpose}")

    def files_of(self, who: Who) -> dict[str, str]:
        """The files of a side's service: the given ones, with what a solution changed laid over them."""
        if who == "baseline":
            return dict(self.given)
        files = self.submission.files if who == "candidate" else self.reference.files
        return self.given | service_files(files)

    @cached_property
    def reference(self) -> Submission:
        """The scenario's reference solution."""
        return self.scenario.solution("reference")

    @cached_property
    def ships(self) -> bool:
        """Whether the submission ships with the scenario, so that it may run where no sandbox can be had."""
        scenario = self.scenario
        shipped = [scenario.solution(name) for name in scenario.solution_names()]
        shipped += [scenario.mutant(name)[1] for name in scenario.mutant_names()]
        shipped += [scenario.cheat(name)[1] for name in scenario.cheat_names()]
        return self.submission.content_hash in {one.content_hash for one in shipped}

    def template(self, scale: Scale, who: Who) -> str:
        """The seeded database that a side starts from. Raises MigrationFailed."""
        return self.databases.template(scale, who, self.migrations_of(who))

    def migrations_of(self, who: Who) -> list[Migration]:
        """The migrations that a side adds to the scenario's own."""
        if who == "candidate":
            return self.schema.migrations
        return parse_migrations(self.reference.files)[0] if who == "reference" else []

    @contextmanager
    def side(self, who: Who, scale: Scale, *, limits: ServiceLimits | None = None) -> Generator[RunningSide]:
        """A side's service, running on a fresh clone of its database. Raises ServiceFailure for the candidate's."""
        with ExitStack() as stack:
            database = stack.enter_context(self.databases.clone(self.template(scale, who)))
            running = stack.enter_context(
                open_side(
                    who,
                    self.schema.postgres,
                    database,
                    self.files_of(who),
                    limits=limits or self.limits,
                    programs=self.programs,
                    trusted=who != "candidate" or self.ships,
                    job=self.job,
                    partner=given_partner(self.scenario),
                )
            )
            self.job.surroundings.update(running.pod.description)
            yield running

    @property
    def limits(self) -> ServiceLimits:
        """What a service may use, as the prompt states it."""
        return ServiceLimits(memory_bytes=self.parameters.memory.limit_bytes)


@contextmanager
def open_bench(job: GradeJob) -> Generator[PerformanceBench]:
    """Set up the bench of one grade; its databases go with the testbed."""
    parameters = load_parameters(job.scenario)
    schema = _schema_bench(job)
    fixtures = job.scenario.folder / "fixtures"
    databases = Databases(schema, fixtures / "seed", {"small": parameters.seed.small, "large": parameters.seed.large})
    yield PerformanceBench(
        job,
        parameters,
        workload_of(parameters),
        schema,
        databases,
        given_programs(job.scenario),
        job.scenario.given_service(),
    )


def given_partner(scenario: Scenario) -> dict[str, str] | None:
    """The files of the service that the slow one calls, None when it calls none."""
    folder = scenario.folder / "fixtures" / PARTNER_FOLDER
    return Submission.from_directory(folder).files if folder.is_dir() else None


def given_programs(scenario: Scenario) -> dict[str, NamedQuery]:
    """The statements of the other programs. Raises ValueError when the file is malformed."""
    path: Path = scenario.folder / "fixtures" / OTHER_PROGRAMS
    queries, problems = parse_queries(path.read_text(encoding="utf-8"))
    if problems:
        raise ValueError(f"scenario {scenario.id!r}: the other programs' statements are malformed: {problems}")
    return queries


def service_files(files: Mapping[str, str]) -> dict[str, str]:
    """What of a submission belongs to its service."""
    return {path: text for path, text in files.items() if not path.startswith(FOLDER) and path != DESIGN}


def _schema_bench(job: GradeJob) -> SchemaBench:
    """A bench for the checks on migrations, which ask nothing of a contract's queries or its oracle."""
    return SchemaBench(
        job,
        parameters=SchemaParameters.model_construct(oracle="", queries=[], tenant_setting=None, given_queries=[]),
        oracle=cast("Oracle", None),
        base=base_migrations(job),
        given={},
    )
