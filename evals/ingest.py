"""Inspect's logs as the records that the store keeps."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from inspect_ai.log import EvalLog, EvalSample, read_eval_log
from inspect_ai.scorer import Score

from evals.handed_in import HandedIn
from evals.log_places import written_at
from evals.scorer import NO_ANSWER, SCORE_NAME
from reports.records import LogRecords, Outcome, RunRecord, RunStatus, SampleRecord
from reports.store import Store
from scorers.results import Grade

EXCERPT_CHARACTERS = 20_000

_STATUS: dict[str, RunStatus] = {"success": "success", "cancelled": "cancelled"}


def ingest(store: Store, files: Iterable[str]) -> list[RunRecord]:
    """Write the logs at these places into the store and return their runs.

    Logs of other tasks, or still running, are passed over.
    """
    runs: list[RunRecord] = []
    store.ingest_all(_noted(_read(files), runs))
    return runs


def _read(files: Iterable[str]) -> Iterator[LogRecords]:
    for file in files:
        log = read_eval_log(file, resolve_attachments="full")
        if log.status != "started" and "persona_hash" in (log.eval.metadata or {}):
            yield records_of(log, written_at=written_at(file, log))


def _noted(logs: Iterable[LogRecords], runs: list[RunRecord]) -> Iterator[LogRecords]:
    for records in logs:
        runs.append(records.run)
        yield records


def records_of(log: EvalLog, *, written_at: datetime) -> LogRecords:
    """Return the records of a whole log, last written at `written_at`."""
    samples = log.samples or []
    metadata: dict[str, Any] = log.eval.metadata or {}
    revision = log.eval.revision
    snapshots = sorted({sample.output.model for sample in samples if sample.output.choices})
    run = RunRecord(
        run_id=log.eval.eval_set_id or log.eval.run_id,
        eval_id=log.eval.eval_id,
        task_id=log.eval.task_id,
        log_location=log.location,
        created_at=datetime.fromisoformat(str(log.eval.created)),
        updated_at=written_at,
        model=log.eval.model,
        model_snapshot=", ".join(snapshots) or None,
        persona_name=metadata["persona_name"],
        persona_hash=metadata["persona_hash"],
        suite=metadata["suite"],
        git_commit=revision.commit if revision else None,
        git_dirty=bool(revision and revision.dirty),
        package_versions={**log.eval.packages, **metadata["packages"]},
        family=metadata["family"],
        seed=metadata["seed"],
        status=_STATUS.get(log.status, "error"),
        generation=log.plan.config.model_dump(exclude_none=True, mode="json")
        | log.eval.model_generate_config.model_dump(exclude_none=True, mode="json"),
        archeval_version=metadata["packages"]["archeval"],
        tags=log.eval.tags or [],
    )
    return LogRecords(run=run, samples=[_sample(log, sample) for sample in samples])


def _sample(log: EvalLog, sample: EvalSample) -> SampleRecord:
    handed_in = sample.store_as(HandedIn)
    score = (sample.scores or {}).get(SCORE_NAME)
    grade, outcome, reason = _verdict(sample, score)
    usage = list(sample.model_usage.values())
    costs = [one.total_cost for one in usage if one.total_cost is not None]
    return SampleRecord(
        eval_id=log.eval.eval_id,
        sample_uuid=sample.uuid or f"{log.eval.eval_id}/{sample.id}/{sample.epoch}",
        scenario_id=sample.metadata["scenario_id"],
        scenario_version=sample.metadata["scenario_version"],
        scenario_title=sample.metadata["scenario_title"],
        family=sample.metadata["family"],
        epoch=sample.epoch,
        grade=grade,
        outcome=outcome,
        reason=reason,
        prompt=sample.input if isinstance(sample.input, str) else "\n\n".join(turn.text for turn in sample.input),
        files=handed_in.files,
        unplaced="\n\n".join([*handed_in.problems, *([handed_in.unplaced] if handed_in.unplaced else [])]),
        completion_excerpt=sample.output.completion[:EXCERPT_CHARACTERS],
        input_tokens=sum(
            one.input_tokens + (one.input_tokens_cache_read or 0) + (one.input_tokens_cache_write or 0) for one in usage
        ),
        output_tokens=sum(one.output_tokens for one in usage),
        total_cost_usd=sum(costs) if costs else None,
        generation_s=sample.output.time or 0.0,
        grading_s=grade.duration_s if grade else 0.0,
    )


def _verdict(sample: EvalSample, score: Score | None) -> tuple[Grade | None, Outcome, str]:
    metadata = score.metadata or {} if score else {}
    grade = Grade.model_validate(metadata["grade"]) if "grade" in metadata else None
    outcome: Outcome | None = metadata.get("outcome")
    if sample.error is not None and outcome in {None, "unscored"}:
        return grade, "error", sample.error.message
    if outcome is None:
        return None, "unscored", "it was not graded; `archeval score` does"
    if outcome == "graded":
        return grade, outcome, ""
    return grade, outcome, _reason(grade, str(metadata.get("reason") or NO_ANSWER))


def _reason(grade: Grade | None, reason: str) -> str:
    if grade is None or not grade.faults:
        return reason
    last = grade.faults[-1]
    return f"{reason}: at {last.step}: {last.kind}: {last.message.strip()}"
