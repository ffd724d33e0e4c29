"""Which samples a leaderboard or a report is about, read from the store once."""

from dataclasses import dataclass
from datetime import datetime

import duckdb

Scenario = tuple[str, str]
"""Family and scenario id."""

Entrant = tuple[str, str, str]
"""What is compared: model, persona name, persona hash."""


@dataclass(frozen=True)
class Filters:
    """What to look at; an empty tuple does not filter."""

    families: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    run_ids: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    personas: tuple[str, ...] = ()
    """Names of personas, or beginnings of their hashes, of at least `HASH_CHARACTERS`."""
    eval_ids: tuple[str, ...] = ()


HASH_CHARACTERS = 6
"""So many characters at least make the beginning of a hash; less may be met by chance."""


@dataclass(frozen=True)
class SampleRow:
    """One row of the store's view `results`."""

    sample_uuid: str
    eval_id: str
    run_id: str
    created_at: datetime
    suite: str
    model: str
    model_snapshot: str | None
    persona_name: str
    persona_hash: str
    family: str
    scenario_id: str
    scenario_version: str
    comparability: int
    scenario_title: str
    epoch: int
    outcome: str
    reason: str
    score: float | None
    solved: bool | None
    input_tokens: int
    output_tokens: int
    total_cost_usd: float | None
    generation_s: float
    grading_s: float

    @property
    def scenario(self) -> Scenario:
        """Family and scenario id."""
        return self.family, self.scenario_id

    @property
    def entrant(self) -> Entrant:
        """Model and persona."""
        return self.model, self.persona_name, self.persona_hash


@dataclass(frozen=True)
class Selection:
    """The samples to look at, all of each scenario's latest comparable version, and what was left out for that."""

    samples: list[SampleRow]
    older: dict[Scenario, int]
    """How many samples of each scenario were of an older, incomparable version."""


def select(connection: duckdb.DuckDBPyConnection, filters: Filters) -> Selection:
    """Read the samples that `filters` let through, in a stable order."""
    return _latest(read_samples(connection, filters))


def read_samples(connection: duckdb.DuckDBPyConnection, filters: Filters) -> list[SampleRow]:
    """Read the samples that `filters` let through, of whatever version of their scenario, in a stable order."""
    conditions = {
        "family": filters.families,
        "suite": filters.suites,
        "run_id": filters.run_ids,
        "model": filters.models,
        "eval_id": filters.eval_ids,
    }
    wanted = {column: list(values) for column, values in conditions.items() if values}
    clauses = [f"{column} IN (SELECT unnest(?::VARCHAR[]))" for column in wanted]
    parameters = list(wanted.values())
    if filters.personas:
        hashes = [text for text in filters.personas if len(text) >= HASH_CHARACTERS]
        clauses.append(
            "(persona_name IN (SELECT unnest(?::VARCHAR[])) "
            "OR len(list_filter(?::VARCHAR[], lambda text: starts_with(persona_hash, text))) > 0)"
        )
        parameters += [list(filters.personas), hashes]
    columns = ", ".join(SampleRow.__dataclass_fields__)
    rows = connection.execute(
        f"SELECT {columns} FROM results WHERE {' AND '.join(clauses) or 'true'} "
        "ORDER BY family, scenario_id, model, persona_name, persona_hash, created_at, epoch, sample_uuid",
        parameters,
    ).fetchall()
    return [SampleRow(*row) for row in rows]


def _latest(samples: list[SampleRow]) -> Selection:
    latest: dict[Scenario, int] = {}
    for sample in samples:
        latest[sample.scenario] = max(sample.comparability, latest.get(sample.scenario, 0))
    older: dict[Scenario, int] = {}
    for sample in samples:
        if sample.comparability < latest[sample.scenario]:
            older[sample.scenario] = older.get(sample.scenario, 0) + 1
    return Selection([sample for sample in samples if sample.comparability == latest[sample.scenario]], older)
