"""The typed parameters of a `database_schema` scenario: the contract of its named queries, as data."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from scorers.errors import InputError
from scorers.scenario import Scenario, describe_validation

ValueType = Literal["id", "uuid", "text", "int", "bigint", "numeric", "boolean", "timestamptz", "date", "jsonb"]
"""`id` is opaque: the submission chooses uuid or an integer type, and the caller hands back what it was given."""

Isolation = Literal["read committed", "repeatable read", "serializable"]


class ContractField(BaseModel):
    """A parameter or a result column: its name, type, and whether it may be NULL."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    type: ValueType
    nullable: bool = False


class CostBudget(BaseModel):
    """How much one warm call may touch: `base + per_row * rows returned`, in 8 KiB buffers and in tuples read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_buffers: float = Field(gt=0)
    buffers_per_row: float = Field(default=0, ge=0)
    base_tuples: float = Field(default=200, gt=0)
    tuples_per_row: float = Field(default=10, ge=0)
    may_grow: bool = False
    """Whether the cost may grow with the number of rows stored (beyond an index level)."""


class QueryContract(BaseModel):
    """What the contract fixes about one named query."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    role: Literal["app_user", "app_owner"] = "app_user"
    tenant: bool = False
    """Whether the caller sets the tenant (the scenario's `tenant_setting`) for the transaction."""
    kind: Literal["read", "write"]
    params: list[ContractField] = []
    columns: list[ContractField] = []
    """Result columns in order; empty for a query whose result rows nobody reads."""
    refuses: dict[str, list[str]] = {}
    """Case (for example `duplicate_slug`) to the SQLSTATEs it may be refused with, as the prompt states them."""
    isolation: Isolation = "read committed"
    retries: list[str] = []
    """SQLSTATEs on which the caller repeats the whole transaction."""
    cost: CostBudget | None = None


class SchemaParameters(BaseModel):
    """The `parameters` of a `database_schema` scenario."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    oracle: str
    """Name of the model of the contract, see `scorers.database_schema.oracles`."""
    tenant_setting: str | None = None
    """The custom setting that carries the tenant's id, such as `app.tenant_id`; None without tenants."""
    queries: list[QueryContract] = Field(min_length=1)
    """What the submission's `queries.sql` must hold."""
    given_queries: list[QueryContract] = []
    """The queries in `fixtures/queries.sql`, which other programs go on using; names differ from `queries`."""

    @model_validator(mode="after")
    def _consistent(self) -> "SchemaParameters":
        names = [query.name for query in (*self.queries, *self.given_queries)]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"queries declared twice: {doubled}")
        if self.tenant_setting is None and any(query.tenant for query in (*self.queries, *self.given_queries)):
            raise ValueError("a query sets the tenant, but there is no tenant_setting")
        return self

    def query(self, name: str) -> QueryContract:
        """The contract of the query `name`. Raises KeyError."""
        for query in (*self.queries, *self.given_queries):
            if query.name == name:
                return query
        raise KeyError(f"the contract has no query {name!r}")


def load_parameters(scenario: Scenario) -> SchemaParameters:
    """Type the scenario's parameters. Raises InputError naming file and key."""
    try:
        return SchemaParameters.model_validate(scenario.file.parameters)
    except ValidationError as error:
        where = str(scenario.folder / "scenario.yaml")
        raise InputError(f"{where!r}: in parameters: {describe_validation(error)}") from error
