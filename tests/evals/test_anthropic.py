"""The whole path through the real `anthropic` client, against a loopback server."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from inspect_ai.log import EvalLog, read_eval_log
from inspect_ai.model import Model, get_model

from evals.ingest import records_of
from evals.persona import load_persona
from tests.evals.conftest import Evaluate
from tests.evals.messages_server import SNAPSHOT, MessagesServer, Reply, serving
from tests.evals.world import PROMPT

ANSWER = "Here you are.\n\n```sql path=answer.sql\nSELECT 42;\n```\n"
MODEL = "anthropic/claude-opus-4-7"


@pytest.fixture
def claude(monkeypatch: pytest.MonkeyPatch) -> Callable[[MessagesServer], Model]:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "a-key-of-nobody")
    return lambda server: get_model(MODEL, base_url=server.url, memoize=False)


def records_in(log: EvalLog) -> tuple[str | None, str, float | None]:
    whole = read_eval_log(log.location, resolve_attachments="full")
    records = records_of(whole, written_at=datetime.now(UTC))
    (sample,) = records.samples
    return records.run.model_snapshot, sample.outcome, sample.score


def test_an_answer_is_asked_for_and_graded(evaluate: Evaluate, claude: Callable[[MessagesServer], Model]) -> None:
    with serving(Reply(ANSWER)) as server:
        log = evaluate(claude(server))
    (request,) = server.requests
    system = request["system"]
    sent = system if isinstance(system, str) else "".join(part["text"] for part in system)
    assert sent.strip() == load_persona().text.strip()
    assert PROMPT.strip() in str(request["messages"][0]["content"]).replace("\\n", "\n")
    assert [message["role"] for message in request["messages"]] == ["user"]
    assert request["model"] == "claude-opus-4-7"
    assert request["max_tokens"] >= 32_000
    assert server.keys[0].removeprefix("Bearer ") == "a-key-of-nobody"
    assert records_in(log) == (SNAPSHOT, "graded", 1.0)
    (sample,) = log.samples or []
    (usage,) = sample.model_usage.values()
    assert (usage.input_tokens, usage.output_tokens) == (120, 34)


def test_the_key_is_not_in_the_log(
    evaluate: Evaluate, claude: Callable[[MessagesServer], Model], tmp_path: Path
) -> None:
    with serving(Reply(ANSWER)) as server:
        log = evaluate(claude(server))
    assert "a-key-of-nobody" not in read_eval_log(log.location, resolve_attachments="full").model_dump_json()


def test_an_overloaded_provider_is_asked_again(evaluate: Evaluate, claude: Callable[[MessagesServer], Model]) -> None:
    with serving(Reply(status=529), Reply(ANSWER)) as server:
        log = evaluate(claude(server))
    assert len(server.requests) == 2
    assert records_in(log) == (SNAPSHOT, "graded", 1.0)


def test_a_refused_request_is_an_error_and_no_score(
    evaluate: Evaluate, claude: Callable[[MessagesServer], Model]
) -> None:
    with serving(Reply("invalid x-api-key", status=401)) as server:
        log = evaluate(claude(server))
    assert records_in(log) == (None, "error", None)


@pytest.mark.parametrize(
    ("stop_reason", "outcome"), [("max_tokens", "truncated"), ("refusal", "refused"), ("end_turn", "graded")]
)
def test_stop_reasons(
    evaluate: Evaluate, claude: Callable[[MessagesServer], Model], stop_reason: str, outcome: str
) -> None:
    with serving(Reply(ANSWER, stop_reason=stop_reason)) as server:
        log = evaluate(claude(server))
    assert records_in(log)[1:] == (outcome, 1.0 if outcome == "graded" else 0.0)
