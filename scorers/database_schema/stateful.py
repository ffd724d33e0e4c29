"""Runs an oracle's state machine against a submission's database and finds the shortest contradiction.

hypothesis picks the sequences, seeded. Each example gets a database of its own. What goes wrong is kept here and not
read from hypothesis's report: a submission whose answers vary from run to run would make it speak of flakiness.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, ClassVar, NoReturn

import psycopg
from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.errors import HypothesisException
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from scorers.database_schema.session import CallResult, ContractSession, Params
from scorers.database_schema.values import ShapeError, Value
from scorers.database_schema.violation import Violation
from scorers.errors import HarnessFault

SHRINK_EXAMPLES = 60
"""How many further examples may be spent on a shorter contradiction once there is one."""

SHRINK_S = 6.0
"""And for how long: an answer that takes its whole deadline is not worth sixty of them. The verdict stands either way."""

SessionOpener = Callable[[ExitStack], ContractSession]
"""Opens a session on a fresh database and registers on the stack what cleans up after it."""


class MachineRun:
    """One run of a machine: where its examples get their databases, and what was found."""

    def __init__(self, open_session: SessionOpener) -> None:
        self.open_session = open_session
        self.examples = 0
        self.calls = 0
        self.calls_by_query: dict[str, int] = {}
        self.violation: Violation | None = None
        self.abort: Exception | None = None
        self._examples_at_violation = 0
        self._violation_at_s = 0.0

    def begin(self) -> None:
        """Count an example."""
        self.examples += 1

    @property
    def idle(self) -> bool:
        """Whether further examples should do nothing: the testbed broke, or shrinking has had its share."""
        if self.violation is None:
            return self.abort is not None
        tried = self.examples - self._examples_at_violation
        return self.abort is not None or tried > SHRINK_EXAMPLES or time.monotonic() - self._violation_at_s > SHRINK_S

    def note(self, violation: Violation) -> None:
        """Keep the violation with the fewest steps."""
        if self.violation is None:
            self._examples_at_violation = self.examples
            self._violation_at_s = time.monotonic()
        if self.violation is None or len(violation.steps) <= len(self.violation.steps):
            self.violation = violation


class ContractMachine(RuleBasedStateMachine):
    """Base of the oracles' state machines.

    Rules call named queries through `call` (any outcome) or `expect_*`, and keep a model beside. Rules must not touch
    `self.session` when `self.idle`. Everything random comes from hypothesis.
    """

    run: ClassVar[MachineRun]

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self.steps: list[str] = []
        self._contradicted = False
        self.run.begin()
        self.idle = self.run.idle
        if not self.idle:
            self.session = self._guarded(lambda: self.run.open_session(self._stack))

    def teardown(self) -> None:
        """Take a last look at everything, unless a contradiction was found already, and drop the example's database."""
        try:
            if not (self.idle or self._contradicted):
                self.survey()
        finally:
            self._guarded(self._stack.close)

    def survey(self) -> None:
        """Compare what all reads say at the end of a sequence; an oracle whose rules read only in part overrides it."""

    def call(self, query: str, params: Params | None = None, *, tenant: Value = None) -> CallResult:
        """Call a named query. A result of the wrong shape, or none in time, is a violation."""
        shown = ", ".join(f"{name}={value!r}" for name, value in (params or {}).items())
        self.steps.append(f"{query}({shown})" + (f" as tenant {tenant}" if tenant is not None else ""))
        self.run.calls += 1
        self.run.calls_by_query[query] = self.run.calls_by_query.get(query, 0) + 1
        return self._guarded(lambda: self._answered(query, params, tenant))

    def expect_rows(
        self, query: str, params: Params | None, expected: list[dict[str, Value]], *, tenant: Value = None
    ) -> list[dict[str, Value]]:
        """Call a query that must return exactly the rows `expected`, in order (values compared as normalised)."""
        result = self.call(query, params, tenant=tenant)
        if result.refused:
            self.fail(query, f"rows {expected!r}", f"error {result.sqlstate} {result.message}")
        if result.rows != expected:
            self.fail(query, _shown(expected), _shown(result.rows))
        return result.rows

    def expect_row(self, query: str, params: Params | None, *, tenant: Value = None) -> dict[str, Value]:
        """Call a query that must succeed with one row, and return it."""
        result = self.call(query, params, tenant=tenant)
        if result.refused:
            self.fail(query, "one row", f"error {result.sqlstate} {result.message}")
        if len(result.rows) != 1:
            self.fail(query, "one row", f"{len(result.rows)} rows")
        return result.rows[0]

    def expect_success(self, query: str, params: Params | None, *, tenant: Value = None) -> CallResult:
        """Call a query that must not be refused."""
        result = self.call(query, params, tenant=tenant)
        if result.refused:
            self.fail(query, "success", f"error {result.sqlstate} {result.message}")
        return result

    def expect_refusal(
        self, query: str, params: Params | None, sqlstates: list[str], *, tenant: Value = None
    ) -> CallResult:
        """Call a query that must be refused with one of `sqlstates`."""
        result = self.call(query, params, tenant=tenant)
        if result.sqlstate not in sqlstates:
            actual = f"error {result.sqlstate} {result.message}" if result.refused else _shown(result.rows)
            self.fail(query, f"a refusal with SQLSTATE {' or '.join(sqlstates)}", actual)
        return result

    def fail(self, what: str, expected: str, actual: str) -> NoReturn:
        """Report a broken contract at this point of the sequence. Always raises Violation."""
        violation = Violation(what, expected=expected, actual=actual, steps=tuple(self.steps))
        self._contradicted = True
        self.run.note(violation)
        raise violation

    def _answered(self, query: str, params: Params | None, tenant: Value) -> CallResult:
        try:
            return self.session.call(query, params, tenant=tenant)
        except ShapeError as error:
            self.fail(query, "a result of the contract's shape", str(error))

    def _guarded(self, action: Callable[[], Any]) -> Any:
        """Run `action`; if the testbed breaks, remember why, so that it is not taken for a contradiction."""
        try:
            return action()
        except (HarnessFault, psycopg.Error, OSError) as error:
            self.run.abort = self.run.abort or error
            self.idle = True
            raise


def _shown(rows: list[dict[str, Value]]) -> str:
    return "no rows" if not rows else f"{len(rows)} rows: " + "; ".join(repr(row) for row in rows[:20])


def run_machine(
    machine: type[ContractMachine], open_session: SessionOpener, *, seed_number: int, examples: int, steps: int
) -> MachineRun:
    """Run `examples` sequences of up to `steps` rules. Returns what was found; raises what broke the testbed."""
    run = MachineRun(open_session)
    bound = seed(seed_number)(type(machine.__name__, (machine,), {"run": run}))
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=False,
        print_blob=False,
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    try:
        run_state_machine_as_test(bound, settings=chosen)
    except (Violation, HypothesisException, BaseExceptionGroup):
        if run.violation is None and run.abort is None:
            raise
    except (HarnessFault, psycopg.Error, OSError) as error:
        run.abort = run.abort or error
    if run.abort is not None:
        raise run.abort
    return run
