"""The report's data for its script: an index of all samples, and shelves of details that are unpacked when needed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from reports.html.collect import CURVE, CheckDefinition, Collected
from reports.html.details import CheckRow, SampleDetails, read_details
from reports.html.highlight import language_of_evidence, language_of_path, lexer_data
from reports.html.lexers import Language
from reports.html.plotly_script import packed
from reports.selection import SampleRow

SHELF_CHARACTERS = 2_000_000
"""A shelf is closed when its texts are longer than this: unpacking it takes a fraction of a second."""

BATCH_SAMPLES = 500
"""So many samples' details are read from the store at a time; each time it goes through all of its rows."""

PACKING = 4
"""Of gzip; a higher level takes twice as long for a tenth less."""

FIELDS = (
    "id",
    "entrant",
    "scenario",
    "run",
    "epoch",
    "outcome",
    "reason",
    "score",
    "solved",
    "tokens",
    "cost",
    "notPassed",
    "paths",
    "shelf",
    "place",
)
"""What the index has of each sample, in order."""


class Pool:
    """Numbers things in the order in which they first appear."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._index: dict[object, int] = {}

    def find(self, key: object) -> int | None:
        """The number of what was added under `key`."""
        return self._index.get(key)

    def add(self, key: object, item: object) -> int:
        """Add `item`, unless there is one under `key` already; return its number."""
        index = self._index.setdefault(key, len(self.items))
        if index == len(self.items):
            self.items.append(item)
        return index


@dataclass(frozen=True)
class Shelf:
    """The details of some samples, packed."""

    samples: list[SampleRow]
    packed: str
    has_curves: bool


class _ShelfBuilder:
    """Gathers the details of samples; texts that several of them have are there once."""

    def __init__(self, definitions: dict[CheckDefinition, int]) -> None:
        self.definitions = definitions
        self.texts = Pool()
        self.samples: list[SampleRow] = []
        self.entries: list[dict[str, Any]] = []
        self.characters = 0
        self.has_curves = False

    def add(self, sample: SampleRow, data: SampleDetails, faults: list[list[Any]]) -> None:
        uuid = sample.sample_uuid
        details = data.details[uuid]
        checks = data.checks.get(uuid, [])
        entry = {
            "snapshot": sample.model_snapshot,
            "seconds": [sample.generation_s, sample.grading_s],
            "tokens": [sample.input_tokens, sample.output_tokens],
            "prompt": self._text(data, details.prompt_hash, "markdown"),
            "unplaced": self._text(data, details.unplaced_hash, "plain"),
            "excerpt": details.completion_excerpt,
            "submission": details.submission_hash,
            "testbed": details.testbed,
            "seed": details.grade_seed,
            "checks": [self._check(data, check, uuid) for check in checks],
            "measurements": [
                [item.name, item.value, item.unit, item.target, item.direction, item.on_target]
                for item in data.measurements.get(uuid, [])
            ],
            "faults": faults,
            "files": [
                [path, self._text(data, content_hash, language_of_path(path))]
                for path, content_hash in data.files.get(uuid, {}).items()
            ],
        }
        self.samples.append(sample)
        self.entries.append(entry)
        self.characters += sum(len(check.message) for check in checks) + 300 * len(checks)

    def close(self) -> Shelf:
        text = json.dumps({"texts": self.texts.items, "samples": self.entries}, separators=(",", ":"), allow_nan=False)
        return Shelf(self.samples, packed(text, level=PACKING), self.has_curves)

    def _text(self, data: SampleDetails, content_hash: str, language: Language) -> int:
        key = (content_hash, language)
        found = self.texts.find(key)
        if found is not None:
            return found
        body = data.contents[content_hash]
        self.characters += len(body)
        return self.texts.add(key, [body, language])

    def _check(self, data: SampleDetails, check: CheckRow, sample_uuid: str) -> list[Any]:
        evidence: list[list[Any]] = []
        for item in data.evidence.get((sample_uuid, check.check_id), []):
            language = language_of_evidence(item.kind, data.contents[item.content_hash])
            evidence.append([item.title, item.kind, self._text(data, item.content_hash, language)])
            self.has_curves |= item.title == CURVE
        definition = CheckDefinition(check.check_id, check.title, check.weight, check.gate, tuple(check.spec_lines))
        return [self.definitions[definition], check.status, check.score, check.message, evidence]


def build_shelves(
    connection: duckdb.DuckDBPyConnection, data: Collected, *, characters: int = SHELF_CHARACTERS
) -> Iterator[Shelf]:
    """Yield shelves with the details of all samples, in their order, so that those of a scenario stand together."""
    definitions = {definition: number for number, definition in enumerate(data.definitions)}
    builder = _ShelfBuilder(definitions)
    for start in range(0, len(data.samples), BATCH_SAMPLES):
        batch = data.samples[start : start + BATCH_SAMPLES]
        details = read_details(connection, [sample.sample_uuid for sample in batch])
        for sample in batch:
            faults = [[one.step, one.kind, one.message, one.attempt] for one in data.faults.get(sample.sample_uuid, [])]
            builder.add(sample, details, faults)
            if builder.characters > characters:
                yield builder.close()
                builder = _ShelfBuilder(definitions)
    if builder.samples:
        yield builder.close()


def build_index(data: Collected, shelves: list[list[SampleRow]], *, first: int = 0) -> dict[str, Any]:
    """Return what the script needs of the samples on `shelves`, whose numbers begin with `first`."""
    scenarios, entrants, runs, paths = Pool(), Pool(), Pool(), Pool()
    check_ids = {definition.check_id: number for number, definition in reversed(list(enumerate(data.definitions)))}
    # The leaderboard's order, so that filters list the entrants as the tables do.
    for row in data.board.rows:
        entrants.add(row.entrant, {"model": row.model, "persona": row.persona_name, "hash": row.persona_hash[:8]})
    samples = [
        [
            sample.sample_uuid,
            entrants.find(sample.entrant),
            scenarios.add((*sample.scenario, sample.scenario_version), _scenario(sample)),
            runs.add(sample.eval_id, _run(data, sample.eval_id)),
            sample.epoch,
            sample.outcome,
            sample.reason,
            sample.score,
            sample.solved,
            sample.input_tokens + sample.output_tokens,
            sample.total_cost_usd,
            [check_ids[check_id] for check_id in data.not_passed.get(sample.sample_uuid, [])],
            [paths.add(path, path) for path in data.paths.get(sample.sample_uuid, [])],
            number,
            place,
        ]
        for number, shelf in enumerate(shelves, first)
        for place, sample in enumerate(shelf)
    ]
    return {
        "lexers": lexer_data(),
        "checks": [_definition(definition) for definition in data.definitions],
        "scenarios": scenarios.items,
        "entrants": entrants.items,
        "runs": runs.items,
        "paths": paths.items,
        "fields": FIELDS,
        "samples": samples,
    }


def _definition(check: CheckDefinition) -> dict[str, Any]:
    return {
        "id": check.check_id,
        "title": check.title,
        "weight": check.weight,
        "gate": check.gate,
        "spec": check.spec_lines,
    }


def _run(data: Collected, eval_id: str) -> dict[str, Any]:
    run = data.runs[eval_id]
    return {
        "id": run.run_id,
        "log": run.log_location,
        "created": run.created_at.strftime("%Y-%m-%d %H:%M UTC"),
        "commit": run.git_commit,
        "dirty": run.git_dirty,
        "seed": run.seed,
        "generation": {name: str(value) for name, value in run.generation.items()},
    }


def _scenario(sample: SampleRow) -> dict[str, str]:
    return {
        "id": sample.scenario_id,
        "family": sample.family,
        "title": sample.scenario_title,
        "version": sample.scenario_version,
    }
