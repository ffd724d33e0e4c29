"""The typed parameters of a `performance` scenario: seeds, budgets and the load, as data."""

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from scorers.errors import InputError
from scorers.scenario import Scenario, describe_validation

MIB = 1024**2


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SeedParameters(_Frozen):
    """How the given database is filled: `fixtures/seed/*.sql` reads these numbers as settings named `seed.<name>`."""

    small: dict[str, int]
    """For comparing answers: the slow baseline must answer quickly here."""
    large: dict[str, int]
    """For counting and for load: a few hundred thousand rows."""


class Budget(_Frozen):
    """What a request may cost: `base + per_row * rows + per_counted * counted`.

    `rows` are what the answer lists, `counted` what it must count or add up; the workload's probe says both.
    """

    base: float = Field(gt=0)
    per_row: float = Field(default=0, ge=0)
    per_counted: float = Field(default=0, ge=0)

    def allows(self, rows: int, counted: int) -> float:
        """The most that is within the budget."""
        return self.base + self.per_row * rows + self.per_counted * counted


class EndpointParameters(_Frozen):
    """The limits of one endpoint; a limit that is None is not judged."""

    statements: Budget | None = None
    """SQL statements for one request; those inside functions count, transaction control and foreign key checks do not."""
    buffers: Budget | None = None
    """8 KiB buffers touched."""
    result_rows: Budget | None = None
    """Rows that the database hands to the service."""
    p95_ms: float | None = Field(default=None, gt=0)
    """The absolute target, judged only where calibration says that the machine is fast enough."""
    times_reference: float | None = Field(default=None, gt=1)
    """The p95 may be at most so many times the reference's, measured in the same slot."""
    times_baseline: float | None = Field(default=None, gt=1)
    """The baseline's p95 must be at least so many times the candidate's, measured in the same slot."""


class WriteParameters(_Frozen):
    """How much more a write may cost than in the baseline."""

    times_baseline: float = Field(default=3, gt=1)
    """Bytes of write-ahead log, in all, as a multiple of the baseline's."""


class MemoryParameters(_Frozen):
    """How much the service's memory may grow over a run, once it is warm."""

    limit_bytes: int = Field(default=512 * MIB, gt=0)
    warm_requests: int = Field(default=600, gt=0)
    requests: int = Field(default=1200, gt=0)
    growth_bytes: int = Field(default=8 * MIB, gt=0)


class LoadParameters(_Frozen):
    """The stated load."""

    user: str = "loadtests.users.requests:RequestListUser"
    """`module:Class` of the Locust user for services outside; the grader itself sends a list drawn by the workload."""
    rate_per_s: float = Field(gt=0)
    duration_s: float = Field(default=30, gt=0)
    """Of one round; there are at least two for each side."""
    warmup_s: float = Field(default=5, ge=0)
    max_rounds: int = Field(default=5, ge=2)
    baseline_rate_per_s: float = Field(default=1, gt=0)
    baseline_duration_s: float = Field(default=12, gt=0)
    """The slow baseline gets a rate that it can just serve, and only as long as it takes to know that it is slow."""
    served: float = Field(default=0.98, gt=0, le=1)
    """Share of the requests that must be answered without an error."""
    body_share: float = Field(default=0.15, gt=0)
    """How far the mean size of an endpoint's answers under load may be from the reference's."""
    machine_class: int = Field(default=12, gt=0)
    """The absolute targets are judged on machines of at least this class (see `archeval bench load`)."""


class PerformanceParameters(_Frozen):
    """The `parameters` of a `performance` scenario."""

    workload: str
    """Name of the module under `scorers.performance.workloads` that knows the contract."""
    seed: SeedParameters
    endpoints: dict[str, EndpointParameters] = Field(min_length=1)
    large_table_rows: int = Field(default=20_000, gt=0)
    """No request may read a table of so many rows from end to end."""
    page_growth: float = Field(default=1.5, gt=1)
    """A deep page may touch so many times the buffers of the first one (and a few more)."""
    writes: WriteParameters = WriteParameters()
    memory: MemoryParameters = MemoryParameters()
    load: LoadParameters
    given_programs: list[str] = []
    """The statements in `fixtures/other_programs.sql` that other programs go on using."""

    @model_validator(mode="after")
    def _consistent(self) -> "PerformanceParameters":
        if set(self.seed.small) != set(self.seed.large):
            raise ValueError("seed.small and seed.large must set the same numbers")
        return self


def load_parameters(scenario: Scenario) -> PerformanceParameters:
    """Type the scenario's parameters. Raises InputError naming file and key."""
    try:
        return PerformanceParameters.model_validate(scenario.file.parameters)
    except ValidationError as error:
        where = str(scenario.folder / "scenario.yaml")
        raise InputError(f"{where!r}: in parameters: {describe_validation(error)}") from error
