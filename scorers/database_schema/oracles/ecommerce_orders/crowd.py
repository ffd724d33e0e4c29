"""Parallel callers: sessions that call named queries at the same moment."""

import threading
from collections.abc import Callable, Sequence

from scorers.database_schema.oracles.ecommerce_orders.model import RULE
from scorers.database_schema.session import CallResult, ContractSession, Params
from scorers.database_schema.violation import Violation

Sessions = Callable[[], ContractSession]
Call = tuple[str, Params]
WAIT_S = 30.0
"""How long a parallel caller waits for the others to be ready."""


class Crowd:
    """Sessions that call at the same moment, each in a thread of its own."""

    def __init__(self, sessions: Sessions, size: int) -> None:
        self.sessions = [sessions() for _ in range(size)]
        for session in self.sessions:
            session.connection("app_user")

    @property
    def first(self) -> ContractSession:
        """A session for what is done alone."""
        return self.sessions[0]

    def at_once(self, calls: Sequence[Call]) -> list[CallResult]:
        """Make the calls at the same moment; return their results in order. Raises what a caller's thread raised."""
        barrier = threading.Barrier(len(calls))
        results: dict[int, CallResult] = {}
        errors: list[Exception] = []

        def caller(number: int, call: Call) -> None:
            try:
                barrier.wait(WAIT_S)
                results[number] = self.sessions[number].call(*call)
            except Exception as error:  # noqa: BLE001  (raised again below, in the thread that can handle it)
                errors.append(error)

        threads = [threading.Thread(target=caller, args=item, daemon=True) for item in enumerate(calls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
        return [results[number] for number in range(len(calls))]


def accepted(calls: Sequence[Call], results: Sequence[CallResult], sqlstates: Sequence[str] = RULE) -> list[CallResult]:
    """The calls that were not refused; Violation for any refused with a SQLSTATE that the contract does not state."""
    for call, result in zip(calls, results, strict=True):
        if result.refused and result.sqlstate not in sqlstates:
            expected = f"success, or a refusal with {' or '.join(sqlstates)}"
            raise Violation(call[0], expected=expected, actual=f"error {result.sqlstate} {result.message}")
    return [result for result in results if not result.refused]
