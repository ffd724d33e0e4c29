"""Records of made-up answers, for comparisons through the store."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from reports.records import LogRecords, Outcome, RunRecord, SampleRecord
from scorers.evidence import Evidence
from scorers.results import CheckResult, Grade, Measurement

STARTED = datetime(2026, 11, 20, tzinfo=UTC)

Passed = Sequence[bool]
"""Whether each check of an answer passed."""

Answers = Mapping[str, Sequence["Passed | float | Outcome"]]
"""Scenario to its epochs: checks passed, a plain score, or an outcome that has none or is 0."""


def log(
    run_id: str,
    answers: Answers,
    *,
    family: str = "caching",
    model: str = "m",
    persona: str = "architect",
    version: str = "1-A",
    cost_usd: float | None = 0.5,
    buffers: float = 100,
) -> LogRecords:
    """One log. `run_id` and `family` make it, and its samples, another than other logs."""
    name = f"{run_id}-{family}-{model}-{persona}-{version}"
    run = RunRecord(
        run_id=run_id,
        eval_id=name,
        task_id=name,
        log_location=f"{name}.eval",
        created_at=STARTED,
        model=model,
        persona_name=persona,
        persona_hash=f"0123456789{persona}",
        suite="smoke",
        family=family,
        status="success",
        archeval_version="0.1.0",
    )
    samples = [
        _sample(run, scenario, epoch, value, version, cost_usd, buffers)
        for scenario, values in answers.items()
        for epoch, value in enumerate(values, 1)
    ]
    return LogRecords(run=run, samples=samples)


def _sample(
    run: RunRecord,
    scenario: str,
    epoch: int,
    value: "Passed | float | Outcome",
    version: str,
    cost_usd: float | None,
    buffers: float,
) -> SampleRecord:
    grade = None
    if not isinstance(value, str):
        grade = Grade(
            scenario_id=scenario,
            scenario_version=version,
            family=run.family,
            submission_hash="0" * 64,
            checks=_checks(value),
            measurements=[Measurement(name="buffers", value=buffers + epoch, unit="buffers", target=120)],
        )
    return SampleRecord(
        eval_id=run.eval_id,
        sample_uuid=f"{run.eval_id}-{scenario}-{epoch}",
        scenario_id=scenario,
        scenario_version=version,
        scenario_title=scenario,
        family=run.family,
        epoch=epoch,
        grade=grade,
        outcome="graded" if grade else value,  # pyright: ignore[reportArgumentType]
        reason="" if grade else "because",
        input_tokens=100,
        output_tokens=300,
        total_cost_usd=cost_usd,
        generation_s=20,
        grading_s=2,
    )


def _checks(value: "Passed | float | Outcome") -> list[CheckResult]:
    if isinstance(value, int | float):
        return [_check("only", float(value))]
    return [_check(f"check_{index}", float(passed)) for index, passed in enumerate(value)]


def _check(check_id: str, score: float) -> CheckResult:
    return CheckResult(
        check_id=check_id,
        title=f"Does {check_id} hold?",
        status="passed" if score == 1 else "failed",
        score=score,
        weight=1,
        gate=check_id.endswith("0"),
        spec_lines=[],
        message="as asked" if score == 1 else "it is <b>not</b> so",
        evidence=[] if score == 1 else [Evidence(title="What came", body=f"evidence of {check_id}", kind="text")],
    )
