"""The samples' pages as data for the report's script. What repeats (texts, checks, scenarios) is there once."""

from typing import Any

from reports.html.collect import CheckRow, Collected
from reports.html.highlight import CLASSES, language_of_evidence, language_of_path, spans
from reports.html.lexers import Language
from reports.selection import SampleRow


class _Pool:
    """Numbers things in the order in which they first appear."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._index: dict[object, int] = {}

    def find(self, key: object) -> int | None:
        return self._index.get(key)

    def add(self, key: object, item: object) -> int:
        index = self._index.setdefault(key, len(self.items))
        if index == len(self.items):
            self.items.append(item)
        return index


class _Builder:
    def __init__(self, data: Collected) -> None:
        self.data = data
        self.texts = _Pool()
        self.checks = _Pool()
        self.scenarios = _Pool()
        self.entrants = _Pool()
        self.runs = _Pool()

    def text(self, content_hash: str, language: Language) -> int:
        key = (content_hash, language)
        found = self.texts.find(key)
        if found is not None:
            return found
        body = self.data.contents[content_hash]
        colored = spans(body, language)
        return self.texts.add(key, {"text": body, "spans": colored} if colored else {"text": body})

    def check(self, check: CheckRow, sample_uuid: str) -> list[Any]:
        definition = {
            "id": check.check_id,
            "title": check.title,
            "weight": check.weight,
            "gate": check.gate,
            "spec": check.spec_lines,
        }
        key = (check.check_id, check.title, check.weight, check.gate, tuple(check.spec_lines))
        evidence = [
            [item.title, item.kind, self.text(item.content_hash, self._evidence_language(item.kind, item.content_hash))]
            for item in self.data.evidence.get((sample_uuid, check.check_id), [])
        ]
        return [self.checks.add(key, definition), check.status, check.score, check.message, evidence]

    def sample(self, sample: SampleRow) -> dict[str, Any]:
        uuid = sample.sample_uuid
        details = self.data.details[uuid]
        return {
            "id": uuid,
            "entrant": self.entrants.add(sample.entrant, entrant_data(sample)),
            "scenario": self.scenarios.add((*sample.scenario, sample.scenario_version), _scenario_data(sample)),
            "run": self.runs.add(sample.eval_id, self._run_data(sample.eval_id)),
            "snapshot": sample.model_snapshot,
            "epoch": sample.epoch,
            "outcome": sample.outcome,
            "reason": sample.reason,
            "score": sample.score,
            "solved": sample.solved,
            "tokens": [sample.input_tokens, sample.output_tokens],
            "cost": sample.total_cost_usd,
            "seconds": [sample.generation_s, sample.grading_s],
            "prompt": self.text(details.prompt_hash, "markdown"),
            "unplaced": self.text(details.unplaced_hash, "plain"),
            "excerpt": details.completion_excerpt,
            "submission": details.submission_hash,
            "testbed": details.testbed,
            "seed": details.grade_seed,
            "checks": [self.check(check, uuid) for check in self.data.checks.get(uuid, [])],
            "measurements": [
                [item.name, item.value, item.unit, item.target, item.direction, item.on_target]
                for item in self.data.measurements.get(uuid, [])
            ],
            "faults": [[item.step, item.kind, item.message, item.attempt] for item in self.data.faults.get(uuid, [])],
            "files": [
                [path, self.text(content_hash, language_of_path(path))]
                for path, content_hash in self.data.files.get(uuid, {}).items()
            ],
        }

    def _evidence_language(self, kind: str, content_hash: str) -> Language:
        return language_of_evidence(kind, self.data.contents[content_hash])

    def _run_data(self, eval_id: str) -> dict[str, Any]:
        run = self.data.runs[eval_id]
        return {
            "id": run.run_id,
            "eval": run.eval_id,
            "log": run.log_location,
            "created": run.created_at.strftime("%Y-%m-%d %H:%M UTC"),
            "commit": run.git_commit,
            "dirty": run.git_dirty,
            "seed": run.seed,
            "generation": {name: str(value) for name, value in run.generation.items()},
        }


def build_payload(data: Collected) -> dict[str, Any]:
    """Return what the script needs, for `embed.json_block`."""
    builder = _Builder(data)
    # The leaderboard's order, so that filters list the entrants as the tables do.
    first = {sample.entrant: sample for sample in reversed(data.samples)}
    for row in data.board.rows:
        builder.entrants.add(row.entrant, entrant_data(first[row.entrant]))
    samples = [builder.sample(sample) for sample in data.samples]
    return {
        "classes": CLASSES,
        "texts": builder.texts.items,
        "checks": builder.checks.items,
        "scenarios": builder.scenarios.items,
        "entrants": builder.entrants.items,
        "runs": builder.runs.items,
        "samples": samples,
    }


def entrant_data(sample: SampleRow) -> dict[str, str]:
    """Model and persona as the script shows them."""
    return {"model": sample.model, "persona": sample.persona_name, "hash": sample.persona_hash[:8]}


def _scenario_data(sample: SampleRow) -> dict[str, str]:
    return {
        "id": sample.scenario_id,
        "family": sample.family,
        "title": sample.scenario_title,
        "version": sample.scenario_version,
    }
