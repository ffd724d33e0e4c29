"""Calls of the named queries that are watched one by one, under the tenant that the check chooses."""

from collections.abc import Callable, Sequence

from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.session import CallResult, ContractSession, Params
from scorers.database_schema.tenancy.attacker import Setting
from scorers.database_schema.values import Value

After = Callable[[str, Params, CallResult], None]
"""Called after each call with the query's name, its parameters and what came of it."""

_NOT_CALLED = "0A000"
"""What a query that is called without a tenant anyway is answered with: such calls say nothing about tenants."""


class WatchedSession(ContractSession):
    """A session that calls only queries whose callers set a tenant.

    With `setting`, that replaces the tenant in every call, also by none at all.
    """

    def __init__(self, bench: SchemaBench, database: str, after: After, *, setting: Setting | None = None) -> None:
        super().__init__(
            bench.postgres,
            database,
            bench.parameters,
            bench.given | bench.queries,
            statement_s=bench.statement_s,
            deadline_at_s=bench.job.deadline_at_s,
        )
        self._contracts = bench.parameters
        self._after = after
        self._setting = setting

    def call(self, name: str, params: Params | None = None, *, tenant: Value = None) -> CallResult:
        """See ContractSession."""
        if not self._contracts.query(name).tenant:
            return CallResult(name, sqlstate=_NOT_CALLED, message="not called: it needs no tenant")
        result = super().call(name, params, tenant=tenant if self._setting is None else self._setting.value)
        self._after(name, params or {}, result)
        return result

    def call_many(
        self,
        name: str,
        many: Sequence[Params],
        *,
        tenant: Value = None,
        per_transaction: int = 100,  # noqa: ARG002
    ) -> list[CallResult]:
        """See ContractSession; each call is made in a transaction of its own, so that it can be watched."""
        return [self.call(name, params, tenant=tenant) for params in many]
