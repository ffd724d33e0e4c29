"""As many plausible records as one likes: every answer has files and evidence of its own."""

import random
from collections.abc import Iterator
from datetime import timedelta

from reports.records import LogRecords, RunRecord, SampleRecord
from scorers.evidence import Evidence
from scorers.results import CheckResult, Grade
from tests.reports.demo import PERSONA_HASH, STARTED

CHECKS = 20
SCENARIOS = 10
EPOCHS = 5
MODELS = ("provider/large", "provider/small")
_WORDS = [
    "tenant",
    "project",
    "task",
    "invoice",
    "order",
    "customer",
    "payment",
    "ledger",
    "event",
    "outbox",
    "session",
    "token",
    "quota",
    "region",
    "shard",
    "index",
    "select",
    "from",
    "where",
    "join",
    "group",
    "order",
    "limit",
    "insert",
    "update",
    "delete",
    "returning",
    "constraint",
    "references",
    "unique",
    "check",
    "not",
    "null",
    "default",
    "bigint",
    "text",
    "uuid",
    "timestamptz",
    "numeric",
    "boolean",
    "create",
    "table",
    "alter",
    "add",
    "column",
    "policy",
    "using",
    "trigger",
]


def large_logs(checks: int, *, seed: int = 1) -> Iterator[LogRecords]:
    """Logs with `checks` check results in all: a night has ten scenarios, five epochs and two models."""
    per_log = CHECKS * SCENARIOS * EPOCHS
    for number in range(-(-checks // per_log)):
        yield _log(number, random.Random(seed * 1000 + number))


def _log(number: int, chance: random.Random) -> LogRecords:
    night, model = divmod(number, len(MODELS))
    run = RunRecord(
        run_id=f"night-{night}",
        eval_id=f"eval-{number}",
        task_id=f"task-{number}",
        log_location=f"logs/{number}.eval",
        created_at=STARTED + timedelta(days=night),
        model=MODELS[model],
        persona_name="backend_architect",
        persona_hash=PERSONA_HASH,
        suite="full",
        family="caching",
        status="success",
        archeval_version="0.1.0",
    )
    samples = [_sample(run, number, epoch, chance) for number in range(SCENARIOS) for epoch in range(1, EPOCHS + 1)]
    return LogRecords(run=run, samples=samples)


def _sample(run: RunRecord, scenario: int, epoch: int, chance: random.Random) -> SampleRecord:
    scenario_id = f"scenario_{scenario}"
    grade = Grade(
        scenario_id=scenario_id,
        scenario_version="1-A",
        family=run.family,
        submission_hash=f"{chance.getrandbits(256):064x}",
        checks=[_check(index, chance) for index in range(CHECKS)],
    )
    return SampleRecord(
        eval_id=run.eval_id,
        sample_uuid=f"{chance.getrandbits(128):032x}",
        scenario_id=scenario_id,
        scenario_version="1-A",
        scenario_title=f"The scenario number {scenario}",
        family=run.family,
        epoch=epoch,
        grade=grade,
        outcome="graded",
        prompt=f"Do what is asked in {scenario_id}. " * 200,
        files={f"migrations/{index:04}_step.sql": _text(chance, 400) for index in range(4)},
        completion_excerpt=_text(chance, 30),
        input_tokens=3000,
        output_tokens=9000,
        total_cost_usd=0.1,
        generation_s=60,
        grading_s=5,
    )


def _check(index: int, chance: random.Random) -> CheckResult:
    passed = chance.random() < 0.7
    return CheckResult(
        check_id=f"check_{index}",
        title=f"Does the property number {index} hold under all that the contract allows?",
        status="passed" if passed else "failed",
        score=float(passed),
        weight=1,
        gate=index < 5,
        spec_lines=["metric.latency"],
        message="As asked." if passed else f"Not so: {_text(chance, 12)}",
        evidence=[] if passed else [Evidence(title="What was seen", body=_text(chance, 90), kind="log")],
    )


def _text(chance: random.Random, words: int) -> str:
    picked = [f"{chance.choice(_WORDS)}{chance.randrange(9) or ''}" for _ in range(words)]
    return "\n".join(" ".join(picked[start : start + 9]) + ";" for start in range(0, words, 9))
