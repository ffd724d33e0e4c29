"""A log of the family performance as the load checks leave it: a curve as evidence, percentiles as measurements."""

import random

from reports.html.collect import CURVE
from reports.records import LogRecords, RunRecord, SampleRecord
from scorers.evidence import Evidence
from scorers.results import CheckResult, Grade, Measurement
from tests.reports.demo import PERSONA_HASH, STARTED

ENDPOINTS = {"GET /orders": (200, 1830.0, 41.0, 38.5), "GET /orders/{id}": (200, 620.0, 18.2, 17.9)}
"""Target, before, now, reference; milliseconds."""


def curve(*, seconds: int = 40, seed: int = 5) -> str:
    """Seconds with the three sides and the target; one second lacks a side."""
    chance = random.Random(seed)
    lines = ["second,before,now,reference,target"]
    for second in range(seconds):
        before, now, reference = (round(ms * chance.uniform(0.7, 1.4), 1) for ms in (1830, 41, 38))
        lines.append(f"{second},{before if second != 7 else ''},{now},{reference},200")
    return "\n".join(lines)


def load_log(*, body: str = "", extra: str = "") -> LogRecords:
    """One sample that was put under load. `body` replaces the curve; `extra` is added to an endpoint's name."""
    run = RunRecord(
        run_id="run-load",
        eval_id="eval-load",
        task_id="task-load",
        log_location="logs/load.eval",
        created_at=STARTED,
        model="replay/reference",
        persona_name="backend_architect",
        persona_hash=PERSONA_HASH,
        suite="nightly",
        family="performance",
        status="success",
        archeval_version="0.1.0",
    )
    grade = Grade(
        scenario_id="order_history",
        scenario_version="1-A",
        family="performance",
        submission_hash="1" * 64,
        checks=[
            CheckResult(
                check_id="latency",
                title="Answers are fast under load",
                status="passed",
                score=1,
                weight=5,
                gate=True,
                spec_lines=["metric.latency"],
                message="6 comparisons hold",
                evidence=[Evidence(title=CURVE, body=body or curve(), kind="table")],
            )
        ],
        measurements=[
            Measurement(name="machine class", value=3, unit="class", target=2, direction="higher_is_better"),
            *_percentiles(extra),
        ],
    )
    sample = SampleRecord(
        eval_id=run.eval_id,
        sample_uuid="load-1",
        scenario_id="order_history",
        scenario_version="1-A",
        scenario_title="Make the order history fast",
        family="performance",
        epoch=1,
        grade=grade,
        outcome="graded",
    )
    return LogRecords(run=run, samples=[sample])


def _percentiles(extra: str) -> list[Measurement]:
    found: list[Measurement] = []
    for name, (target, *values) in ENDPOINTS.items():
        for side, value in zip(("before", "now", "reference"), values, strict=True):
            aim = target if side == "now" else None
            note = " (target shown, not judged)" if aim and "id" in name else ""
            found.append(Measurement(name=f"p95 {side}: {name}{extra}{note}", value=value, unit="ms", target=aim))
    return found
