"""Check: does the data, and do the programs that use it, survive the way up and the way back?"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from scorers.checks import Outcome, check, failed, not_applicable, passed
from scorers.database_schema.bench import MigrationFailure, SchemaBench
from scorers.database_schema.evolution import EvolutionStory, EvolvingOracle
from scorers.database_schema.migrations import Migration
from scorers.database_schema.session import ContractSession
from scorers.database_schema.values import ShapeError
from scorers.database_schema.violation import Violation
from scorers.evidence import Evidence

_Act = Callable[[ContractSession], None]

MAX_TURNS = 6
"""How many times a roll-back is turned round half-way, at depths spread over the steps."""


class Broken(Exception):
    """The walk ended early: `message` for the report's line, `evidence` for the reader."""

    def __init__(self, message: str, evidence: list[Evidence]) -> None:
        super().__init__(message)
        self.message = message
        self.evidence = evidence


@check(
    id="data_survives",
    title="Old programs and the data survive the migration, there and back",
    spec_lines=(
        "capability.zero_downtime_migrations",
        "deliverable.migration_plan",
        "evolution.rollback_tested",
        "metric.schema_stability",
    ),
    weight=4,
    gate=True,
    requires=("migrations_apply",),
)
def data_survives(bench: SchemaBench) -> Outcome:
    """With data in the tables, do old programs read and write what they did at every step, up and down?

    Old programs seed the existing schema and keep writing between the steps, which are taken up, part of the way down
    and up again, down with data that the old schema cannot hold, all the way down, and up once more. At head the new
    queries must see old data as the contract maps it, and after a roll-back what its rule says.

    Why: migrations are tried on empty databases and run on full ones, under programs that nobody stops.
    Source: the scenario's contract; "Evolutionary Database Design" (expand, migrate, contract); squawk's rules.
    Fails: a backfill that leaves out rows which an old program inserts while it runs.
    """
    oracle = bench.oracle
    if not isinstance(oracle, EvolvingOracle):
        return not_applicable("the scenario starts from an empty database")
    with bench.database(migrated=False) as database:
        walk = Walk(bench, database, oracle.story(bench.random("evolution")))
        try:
            walk.go()
        except Broken as broken:
            return failed(broken.message, evidence=broken.evidence)
    return passed(f"{walk.steps_taken} steps up and down with data and old programs at work: {'; '.join(walk.log)}")


@dataclass
class Walk:
    """One database led through all migrations; `height` is the number of the submission's steps that are up."""

    bench: SchemaBench
    database: str
    story: EvolutionStory
    height: int = 0
    steps_taken: int = 0
    log: list[str] = field(default_factory=list[str])
    _place: str = "before the first step"

    def go(self) -> None:
        """The whole way. Raises Broken at the first thing that is wrong."""
        for step in self.bench.base:
            self._must(self._migrate(step, "up"))
        with self.bench.session(self.database) as session:
            self._in_use(session, self.story.seed, "seed")
            self._in_use(session, self.story.verify_old, "old reads")
            self._up(session)
            self._at_head(session, from_bottom=True)
            self._turn_round(session)
            self._meet_obstacle(session)
            self._down(session, to=0)
            self._up(session)
            self._at_head(session, from_bottom=True)

    def _turn_round(self, session: ContractSession) -> None:
        for depth in turning_depths(len(self.bench.migrations)):
            self._down(session, to=self.height - depth)
            self._up(session)
            self._at_head(session, from_bottom=False)

    def _meet_obstacle(self, session: ContractSession) -> None:
        if not self.story.rollback_refusals:
            return
        self._in_use(session, self.story.store_obstacle, "storing what a roll-back would lose")
        refusal: MigrationFailure | None = None
        while refusal is None and self.height:
            refusal = self._migrate(self.bench.migrations[self.height - 1], "down")
            if refusal is None:
                self._arrived(session, self.height - 1, "down")
        if refusal is None:
            expected = " or ".join(sorted(self.story.rollback_refusals))
            raise Broken(
                "the roll-back went through although it loses data",
                [Evidence(title="Expected", body=f"a down migration that is refused with {expected}")],
            )
        if refusal.sqlstate not in self.story.rollback_refusals:
            self._must(refusal)
        self.log.append(f"refused at {refusal.label}")
        self._place = f"after {refusal.label} down was refused"
        self._in_use(session, self.story.verify_old, "old reads")
        self._in_use(session, self.story.write_old, "old writes")
        self._up(session)
        self._at_head(session, from_bottom=False)
        self._in_use(session, self.story.remove_obstacle, "removing what a roll-back would lose")

    def _at_head(self, session: ContractSession, *, from_bottom: bool) -> None:
        self._place += ", at head"
        self._in_use(session, lambda opened: self.story.arrive(opened, from_bottom=from_bottom), "what is found there")
        self._in_use(session, self.story.write_new, "new writes")
        self._in_use(session, self.story.verify_new, "new reads")
        self._in_use(session, self.story.verify_old, "old reads")

    def _up(self, session: ContractSession) -> None:
        while self.height < len(self.bench.migrations):
            self._must(self._migrate(self.bench.migrations[self.height], "up"))
            self._arrived(session, self.height + 1, "up")
        self.log.append("up to head")

    def _down(self, session: ContractSession, *, to: int) -> None:
        while self.height > to:
            self._must(self._migrate(self.bench.migrations[self.height - 1], "down"))
            self._arrived(session, self.height - 1, "down")
        self.log.append(f"down to {self.bench.migrations[to - 1].label if to else 'the start'}")

    def _arrived(self, session: ContractSession, height: int, direction: str) -> None:
        step = self.bench.migrations[max(height, self.height) - 1]
        self.height = height
        self._place = f"after {step.label} {direction}"
        self._in_use(session, self.story.verify_old, "old reads")
        self._in_use(session, self.story.write_old, "old writes")

    def _migrate(self, step: Migration, direction: str) -> MigrationFailure | None:
        self.steps_taken += 1
        return self.bench.migrate(self.database, step, direction)

    def _must(self, failure: MigrationFailure | None) -> None:
        if failure is None:
            return
        body = f"{failure.sqlstate} {failure.message}\n{failure.statement}".rstrip()
        raise Broken(
            f"{failure.label} does not go {failure.direction} with data in the database",
            [
                Evidence(title=f"{failure.label} {failure.direction}", body=body, kind="log"),
                Evidence(title="The way there", body="; ".join([*self.log, self._place])),
            ],
        )

    def _in_use(self, session: ContractSession, act: _Act, what: str) -> None:
        with self._explained(what):
            act(session)

    @contextmanager
    def _explained(self, what: str) -> Generator[None]:
        where = f"{self._place}: {what}"
        try:
            yield
        except Violation as violation:
            evidence = [
                Evidence(title="Where", body="; ".join([*self.log, where])),
                Evidence(title="Call", body=violation.what, kind="sql"),
                Evidence(title="Expected", body=violation.expected),
                Evidence(title="Found", body=violation.actual),
            ]
            if violation.steps:
                evidence.append(Evidence(title="Calls before", body="\n".join(violation.steps[-30:]), kind="log"))
            raise Broken(f"{where} is not as the contract says", evidence) from violation
        except ShapeError as error:
            evidence = [
                Evidence(title="Where", body="; ".join([*self.log, where])),
                Evidence(title="Error", body=str(error)),
            ]
            raise Broken(f"{where} is not as the contract says", evidence) from error


def turning_depths(steps: int) -> list[int]:
    """At which depths below head a roll-back is turned round: at most MAX_TURNS, spread, never the bottom."""
    depths = range(1, steps)
    if len(depths) <= MAX_TURNS:
        return list(depths)
    return sorted({depths[round(index * (len(depths) - 1) / (MAX_TURNS - 1))] for index in range(MAX_TURNS)})
