"""Made-up records in any number, shaped like a project's history: nights of models and personas over families.

For `archeval bench store`. What makes a store slow is there as in real ones: many logs of a few hundred check results,
texts that are new with every answer (files, the evidence of what failed) beside texts that all share (prompts).
"""

import hashlib
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from reports.records import LogRecords, RunRecord, SampleRecord
from scorers.evidence import Evidence
from scorers.results import CheckResult, Grade, Measurement

MODELS = {"made-up/large": 0.93, "made-up/middle": 0.86, "made-up/small": 0.7, "made-up/old": 0.6}
"""Model to the chance that it passes a check."""

PERSONAS = {"backend_architect": 0.03, "none": -0.05}
"""Persona to what it adds to that chance."""

FAMILIES = ("database_schema", "api_design", "authentication", "caching", "performance")
SCENARIOS = 4
"""Per family."""
EPOCHS = 3
CHECKS = 20
"""Per answer."""
CHECKS_PER_NIGHT = len(MODELS) * len(PERSONAS) * len(FAMILIES) * SCENARIOS * EPOCHS * CHECKS

_FIRST_NIGHT = datetime(2026, 1, 1, 2, 30, tzinfo=UTC)
_WORDS = [
    first + last for first in ("re", "con", "de", "per", "trans") for last in ("fer", "tain", "port", "mit", "form")
]


def synthetic_logs(checks: int, *, seed: int = 0) -> Iterator[LogRecords]:
    """Yield the logs of whole nights with at least `checks` results, oldest first. The same arguments give the same."""
    for night in range(nights_of(checks)):
        yield from night_logs(night, seed=seed)


def nights_of(checks: int) -> int:
    """How many nights have at least `checks` results: two or more, so that there are two to compare."""
    return max(2, -(-checks // CHECKS_PER_NIGHT))


def night_logs(night: int, *, seed: int = 0) -> Iterator[LogRecords]:
    """Yield the logs of one night, from 0, which are one run."""
    for model, skill in MODELS.items():
        for persona, bonus in PERSONAS.items():
            for family in FAMILIES:
                chance = random.Random(f"{seed}/{night}/{model}/{persona}/{family}")
                yield _log(night, model, persona, family, skill + bonus, chance)


def run_of(night: int) -> str:
    """The run id of one night."""
    return f"night-{night:04}"


def _log(night: int, model: str, persona: str, family: str, skill: float, chance: random.Random) -> LogRecords:
    key = f"{night}-{model}-{persona}-{family}"
    run = RunRecord(
        run_id=run_of(night),
        eval_id=f"eval-{key}",
        task_id=f"task-{key}",
        log_location=f"logs/{key.replace('/', '-')}.eval",
        created_at=_FIRST_NIGHT + timedelta(days=night),
        model=model,
        model_snapshot=f"{model}-2026-01-01",
        persona_name=persona,
        persona_hash=hashlib.sha256(persona.encode()).hexdigest(),
        suite="nightly",
        package_versions={"inspect_ai": "0.3", "archeval": "0.1"},
        family=family,
        seed=night,
        status="success",
        generation={"temperature": 1.0},
        archeval_version="0.1",
        tags=["bench"],
    )
    samples = [
        _sample(run, number, epoch, skill, chance) for number in range(SCENARIOS) for epoch in range(1, 1 + EPOCHS)
    ]
    return LogRecords(run=run, samples=samples)


def _sample(run: RunRecord, number: int, epoch: int, skill: float, chance: random.Random) -> SampleRecord:
    scenario_id = f"{run.family}_{number}"
    title = f"Scenario {number} of {run.family}"
    files = {f"migrations/{index:04}.up.sql": _text(chance, 150) for index in range(1, 3)} | {
        "DESIGN.md": _text(chance, 250)
    }
    return SampleRecord(
        eval_id=run.eval_id,
        sample_uuid=f"{run.eval_id}-{number}-{epoch}",
        scenario_id=scenario_id,
        scenario_version="1-A",
        scenario_title=title,
        family=run.family,
        epoch=epoch,
        grade=_grade(run.family, scenario_id, skill, chance),
        outcome="graded",
        prompt=f"# {title}\n\n" + "Design it, and say why. " * 80,
        files=files,
        completion_excerpt=_text(chance, 60),
        input_tokens=chance.randrange(2_000, 4_000),
        output_tokens=chance.randrange(4_000, 14_000),
        total_cost_usd=round(chance.uniform(0.02, 0.3), 4),
        generation_s=round(chance.uniform(30, 120), 1),
        grading_s=round(chance.uniform(2, 60), 1),
    )


def _grade(family: str, scenario_id: str, skill: float, chance: random.Random) -> Grade:
    return Grade(
        scenario_id=scenario_id,
        scenario_version="1-A",
        family=family,
        submission_hash=f"{chance.getrandbits(256):064x}",
        checks=[_check(family, number, skill, chance) for number in range(CHECKS)],
        measurements=[
            Measurement(name=f"p95 of route {number}", value=chance.uniform(5, 400), unit="ms", target=200)
            for number in range(3)
        ],
        testbed={"provider": "embedded", "postgres": "18.6"},
        duration_s=5.0,
    )


def _check(family: str, number: int, skill: float, chance: random.Random) -> CheckResult:
    passes = chance.random() < skill + 0.1 * (number % 3 - 1)
    # Evidence comes clean from the graders; to clean made-up words again would take longer than all the rest.
    evidence = [Evidence.model_construct(title="What was seen", body=_text(chance, 80), kind="text")]
    return CheckResult(
        check_id=f"{family}.check_{number}",
        title=f"Does it hold that number {number} of {family} is as it should be?",
        status="passed" if passes else "failed",
        score=1.0 if passes else 0.0,
        weight=1 + number % 4,
        gate=number < 5,
        spec_lines=[f"{family}.line_{number}"],
        message="as asked" if passes else f"it is not: {_text(chance, 8)}",
        evidence=[] if passes else evidence,
        duration_s=round(chance.random(), 3),
    )


def _text(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(_WORDS, k=words))
