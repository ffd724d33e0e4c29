"""The family `database_schema`: model the data of an application on a real PostgreSQL."""

from scorers.database_schema.bench import SchemaBench, open_bench
from scorers.database_schema.check_advice import ADVICE_CHECKS
from scorers.database_schema.check_contract import concurrency, integrity, right
from scorers.database_schema.check_cost import query_cost, query_growth
from scorers.database_schema.check_evolution import data_survives
from scorers.database_schema.check_files import files_complete
from scorers.database_schema.check_migrations import migrations_apply, migrations_rebuild, migrations_step_down
from scorers.database_schema.check_secrets import secrets
from scorers.database_schema.check_settings import settings_untouched
from scorers.database_schema.oracles.registry import oracle_named
from scorers.database_schema.parameters import load_parameters
from scorers.database_schema.tenancy.checks import (
    tenancy_direct,
    tenancy_queries,
    tenancy_references,
    tenancy_unset,
)
from scorers.families import Family
from scorers.scenario import Scenario


def validate(scenario: Scenario) -> None:
    """Raise InputError when the scenario's parameters or its oracle's name are wrong."""
    oracle_named(load_parameters(scenario).oracle)


FAMILY: Family[SchemaBench] = Family(
    name="database_schema",
    title="Database schema",
    checks=(
        files_complete,
        migrations_apply,
        settings_untouched,
        migrations_step_down,
        migrations_rebuild,
        data_survives,
        right,
        tenancy_queries,
        tenancy_direct,
        tenancy_unset,
        tenancy_references,
        integrity,
        concurrency,
        query_cost,
        query_growth,
        secrets,
        *ADVICE_CHECKS,
    ),
    open_bench=open_bench,
    validate=validate,
)
