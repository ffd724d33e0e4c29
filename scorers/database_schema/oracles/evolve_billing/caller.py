"""Calls named queries and holds every answer against the model; for walks that hypothesis does not drive."""

from collections.abc import Sequence

from scorers.database_schema.oracles.evolve_billing.answers import AnswerMaker, came, difference
from scorers.database_schema.oracles.evolve_billing.answers_given import GIVEN_ANSWERS
from scorers.database_schema.oracles.evolve_billing.answers_new import NEW_ANSWERS
from scorers.database_schema.oracles.evolve_billing.model import BillingModel
from scorers.database_schema.session import CallResult, ContractSession, Params
from scorers.database_schema.values import Value
from scorers.database_schema.violation import Violation

_ANSWERS: dict[str, AnswerMaker] = GIVEN_ANSWERS | NEW_ANSWERS
_KEPT_CALLS = 40
_PER_TRANSACTION = 500


class Caller:
    """A caller of the given and the new queries with a model of what must come back."""

    def __init__(self, model: BillingModel) -> None:
        self.model = model
        self.calls: list[str] = []

    def ask(self, session: ContractSession, query: str, **params: Value) -> CallResult:
        """Call a query once. Raises Violation when the answer is not the model's."""
        answer = _ANSWERS[query](self.model, params)
        result = session.call(query, params)
        self._log(query, params)
        if answer.problem(result) is not None:
            self._fail(query, params, *difference(answer, result))
        answer.take_effect(self.model, result)
        return result

    def ask_many(self, session: ContractSession, query: str, many: Sequence[Params]) -> list[CallResult]:
        """Call a query that is not refused once for each of `many`, pipelined, and judge each answer in order."""
        results = session.call_many(query, many, per_transaction=_PER_TRANSACTION)
        for params, result in zip(many, results, strict=False):
            answer = _ANSWERS[query](self.model, params)
            if answer.problem(result) is not None:
                self._fail(query, params, *difference(answer, result))
            answer.take_effect(self.model, result)
        return results

    def ask_either(self, session: ContractSession, query: str, refusal: str, **params: Value) -> CallResult:
        """Call a query that may make something or be refused with `refusal`; the model is left to the caller."""
        result = session.call(query, params)
        self._log(query, params)
        if result.sqlstate != refusal and (result.refused or len(result.rows) != 1):
            wanted = f"one row with a new id, or a refusal with SQLSTATE {refusal}"
            self._fail(query, params, wanted, came(result))
        return result

    def fail(self, what: str, expected: str, actual: str) -> None:
        """Raise Violation with the calls before it."""
        raise Violation(what, expected=expected, actual=actual, steps=tuple(self.calls))

    def _fail(self, query: str, params: Params, expected: str, actual: str) -> None:
        self.fail(_shown_call(query, params), expected, actual)

    def _log(self, query: str, params: Params) -> None:
        self.calls.append(_shown_call(query, params))
        del self.calls[:-_KEPT_CALLS]


def _shown_call(query: str, params: Params) -> str:
    return f"{query}({', '.join(f'{name}={value!r}' for name, value in params.items())})"
