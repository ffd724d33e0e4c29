"""The family `database_schema`: model the data of an application on a real PostgreSQL."""

from scorers.database_schema.bench import SchemaBench, open_bench
from scorers.database_schema.check_files import files_complete
from scorers.database_schema.oracles.registry import oracle_named
from scorers.database_schema.parameters import load_parameters
from scorers.families import Family
from scorers.scenario import Scenario


def validate(scenario: Scenario) -> None:
    """Raise InputError when the scenario's parameters or its oracle's name are wrong."""
    oracle_named(load_parameters(scenario).oracle)


FAMILY: Family[SchemaBench] = Family(
    name="database_schema",
    title="Database schema",
    checks=(files_complete,),
    open_bench=open_bench,
    validate=validate,
)
