"""From records to table rows. Rows are tuples in the order of `COLUMNS`."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from reports.records import LogRecords, RunRecord, SampleRecord

Row = tuple[Any, ...]

COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "runs": (
        ("eval_id", "VARCHAR"),
        ("task_id", "VARCHAR"),
        ("run_id", "VARCHAR"),
        ("log_location", "VARCHAR"),
        ("created_at", "TIMESTAMP"),
        ("updated_at", "TIMESTAMP"),
        ("model", "VARCHAR"),
        ("model_snapshot", "VARCHAR"),
        ("persona_name", "VARCHAR"),
        ("persona_hash", "VARCHAR"),
        ("suite", "VARCHAR"),
        ("git_commit", "VARCHAR"),
        ("git_dirty", "BOOLEAN"),
        ("package_versions", "JSON"),
        ("family", "VARCHAR"),
        ("seed", "BIGINT"),
        ("status", "VARCHAR"),
        ("generation", "JSON"),
        ("archeval_version", "VARCHAR"),
        ("tags", "VARCHAR[]"),
        ("content_hash", "VARCHAR"),
        ("ingested_at", "TIMESTAMP"),
    ),
    "samples": (
        ("sample_uuid", "VARCHAR"),
        ("eval_id", "VARCHAR"),
        ("scenario_id", "VARCHAR"),
        ("scenario_version", "VARCHAR"),
        ("comparability", "INTEGER"),
        ("scenario_title", "VARCHAR"),
        ("family", "VARCHAR"),
        ("epoch", "INTEGER"),
        ("outcome", "VARCHAR"),
        ("reason", "VARCHAR"),
        ("score", "DOUBLE"),
        ("solved", "BOOLEAN"),
        ("submission_hash", "VARCHAR"),
        ("prompt_hash", "VARCHAR"),
        ("unplaced_hash", "VARCHAR"),
        ("completion_excerpt", "VARCHAR"),
        ("testbed", "JSON"),
        ("grade_seed", "BIGINT"),
        ("input_tokens", "BIGINT"),
        ("output_tokens", "BIGINT"),
        ("total_cost_usd", "DOUBLE"),
        ("generation_s", "DOUBLE"),
        ("grading_s", "DOUBLE"),
    ),
    "checks": (
        ("sample_uuid", "VARCHAR"),
        ("position", "INTEGER"),
        ("check_id", "VARCHAR"),
        ("title", "VARCHAR"),
        ("status", "VARCHAR"),
        ("score", "DOUBLE"),
        ("weight", "DOUBLE"),
        ("gate", "BOOLEAN"),
        ("spec_lines", "VARCHAR[]"),
        ("message", "VARCHAR"),
        ("duration_s", "DOUBLE"),
    ),
    "measurements": (
        ("sample_uuid", "VARCHAR"),
        ("position", "INTEGER"),
        ("name", "VARCHAR"),
        ("value", "DOUBLE"),
        ("unit", "VARCHAR"),
        ("target", "DOUBLE"),
        ("direction", "VARCHAR"),
        ("on_target", "BOOLEAN"),
    ),
    "faults": (
        ("sample_uuid", "VARCHAR"),
        ("position", "INTEGER"),
        ("step", "VARCHAR"),
        ("kind", "VARCHAR"),
        ("message", "VARCHAR"),
        ("attempt", "INTEGER"),
    ),
    "evidence": (
        ("sample_uuid", "VARCHAR"),
        ("check_id", "VARCHAR"),
        ("position", "INTEGER"),
        ("title", "VARCHAR"),
        ("kind", "VARCHAR"),
        ("content_hash", "VARCHAR"),
    ),
    "files": (("sample_uuid", "VARCHAR"), ("path", "VARCHAR"), ("content_hash", "VARCHAR")),
    "contents": (("content_hash", "VARCHAR"), ("size_bytes", "BIGINT"), ("body", "VARCHAR")),
}


def records_hash(records: LogRecords) -> str:
    """SHA-256 over all that the records say, except where the log lay."""
    content = records.model_dump(mode="json", exclude={"run": {"log_location"}})
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def rows_of(logs: Iterable[tuple[LogRecords, str]]) -> dict[str, list[Row]]:
    """Return the rows of every table for logs and their hashes; `contents` holds each text once."""
    rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}
    contents: dict[str, str] = {}
    for records, content_hash in logs:
        rows["runs"].append(_run_row(records.run, content_hash))
        for sample in records.samples:
            _add_sample(rows, contents, sample)
    rows["contents"] = [(key, len(body.encode()), body) for key, body in contents.items()]
    return rows


def _run_row(run: RunRecord, content_hash: str) -> Row:
    return (
        run.eval_id,
        run.task_id,
        run.run_id,
        run.log_location,
        _naive_utc(run.created_at),
        _naive_utc(run.state_at),
        run.model,
        run.model_snapshot,
        run.persona_name,
        run.persona_hash,
        run.suite,
        run.git_commit,
        run.git_dirty,
        _json(run.package_versions),
        run.family,
        run.seed,
        run.status,
        _json(run.generation),
        run.archeval_version,
        run.tags,
        content_hash,
        _naive_utc(datetime.now(UTC)),
    )


def _add_sample(rows: dict[str, list[Row]], contents: dict[str, str], sample: SampleRecord) -> None:
    grade, uuid = sample.grade, sample.sample_uuid
    rows["samples"].append(
        (
            uuid,
            sample.eval_id,
            sample.scenario_id,
            sample.scenario_version,
            int(sample.scenario_version.split("-")[0]),
            sample.scenario_title,
            sample.family,
            sample.epoch,
            sample.outcome,
            sample.reason,
            sample.score,
            sample.solved,
            grade.submission_hash if grade else None,
            _kept(contents, sample.prompt),
            _kept(contents, sample.unplaced),
            sample.completion_excerpt,
            _json(grade.testbed if grade else {}),
            grade.seed if grade else None,
            sample.input_tokens,
            sample.output_tokens,
            sample.total_cost_usd,
            sample.generation_s,
            sample.grading_s,
        )
    )
    rows["files"] += [(uuid, path, _kept(contents, text)) for path, text in sample.files.items()]
    if grade is None:
        return
    for position, check in enumerate(grade.checks):
        rows["checks"].append(
            (
                uuid,
                position,
                check.check_id,
                check.title,
                check.status,
                check.score,
                check.weight,
                check.gate,
                check.spec_lines,
                check.message,
                check.duration_s,
            )
        )
        rows["evidence"] += [
            (uuid, check.check_id, index, item.title, item.kind, _kept(contents, item.body))
            for index, item in enumerate(check.evidence)
        ]
    rows["measurements"] += [
        (uuid, position, item.name, item.value, item.unit, item.target, item.direction, item.on_target)
        for position, item in enumerate(grade.measurements)
    ]
    rows["faults"] += [
        (uuid, position, fault.step, fault.kind, fault.message, fault.attempt)
        for position, fault in enumerate(grade.faults)
    ]


def _kept(contents: dict[str, str], text: str) -> str:
    key = hashlib.sha256(text.encode()).hexdigest()
    contents[key] = text
    return key


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _naive_utc(moment: datetime) -> datetime:
    """The store's TIMESTAMP columns are UTC without a zone, so that reading them needs no time zone data."""
    return moment.astimezone(UTC).replace(tzinfo=None)
