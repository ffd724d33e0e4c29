"""The oracle of `multi_tenant_saas`: workspaces that share one database and must not notice."""

from collections.abc import Sequence
from random import Random
from uuid import UUID

from scorers.database_schema.oracle import (
    ConcurrencyTrial,
    CrossReference,
    IntegrityCase,
    Population,
    TenantOracle,
)
from scorers.database_schema.oracles.multi_tenant_saas import concurrency, integrity, tenancy
from scorers.database_schema.oracles.multi_tenant_saas.machine import TrackerMachine
from scorers.database_schema.oracles.multi_tenant_saas.population import populate
from scorers.database_schema.session import CallResult, ContractSession
from scorers.database_schema.stateful import ContractMachine
from scorers.database_schema.values import Value


class MultiTenantSaasOracle(TenantOracle):
    """Projects, tasks, members, comments and an audit trail, for many workspaces."""

    name = "multi_tenant_saas"

    def machine(self) -> type[ContractMachine]:
        """See Oracle.machine."""
        return TrackerMachine

    def populate(self, session: ContractSession, random: Random, rows: int, population: Population) -> None:
        """See Oracle.populate: tasks, comments and audit entries."""
        populate(session, random, rows, population)

    def integrity_cases(self) -> Sequence[IntegrityCase]:
        """See Oracle.integrity_cases."""
        return integrity.integrity_cases()

    def concurrency_trials(self) -> Sequence[ConcurrencyTrial]:
        """See Oracle.concurrency_trials."""
        return concurrency.concurrency_trials()

    def new_tenant(self, random: Random) -> Value:
        """See TenantOracle.new_tenant."""
        return UUID(int=random.getrandbits(128), version=4)

    def register_tenant(self, session: ContractSession, random: Random, tenant: Value) -> None:
        """See TenantOracle.register_tenant."""
        tenancy.register(session, tenant, f"Workspace {random.getrandbits(32):08x}")

    def populate_tenant(self, session: ContractSession, random: Random, tenant: Value) -> Population:
        """See TenantOracle.populate_tenant."""
        return tenancy.populate(session, random, tenant)

    def reads_of_tenant(self, session: ContractSession, tenant: Value, population: Population) -> list[CallResult]:
        """See TenantOracle.reads_of_tenant."""
        return tenancy.reads(session, tenant, population)

    def writes_of_tenant(self, session: ContractSession, tenant: Value, population: Population) -> list[CallResult]:
        """See TenantOracle.writes_of_tenant."""
        return tenancy.writes(session, tenant, population)

    def cross_references(self) -> Sequence[CrossReference]:
        """See TenantOracle.cross_references."""
        return tenancy.CROSS_REFERENCES
