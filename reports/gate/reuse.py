"""Which earlier runs may stand in for the gate's base: asked the same, of the same model, and graded by the same."""

import json
from datetime import datetime, timedelta

from reports.records import RunRecord
from reports.store import Store

Asked = dict[tuple[str, str], int]
"""Family and scenario to the comparability of its version."""


def earlier_runs(
    store: Store, *, persona_hash: str, model: str, asked: Asked, epochs: int, since: datetime
) -> list[str]:
    """Return the newest log (eval id) of each family of `asked` that has as many scored epochs of all its scenarios.

    Empty when one family has none.
    """
    found: list[str] = []
    for family in sorted({family for family, _ in asked}):
        wanted = {scenario: version for (of, scenario), version in asked.items() if of == family}
        rows = store.query(
            "SELECT eval_id FROM results JOIN runs USING (eval_id, family) WHERE runs.persona_hash = ? "
            "AND runs.model = ? AND family = ? AND runs.created_at >= ? AND status = 'success' AND score IS NOT NULL "
            "AND list_contains(?::VARCHAR[], scenario_id || '/' || comparability) "
            "GROUP BY eval_id, scenario_id HAVING count(*) >= ?",
            [persona_hash, model, family, since, [f"{name}/{version}" for name, version in wanted.items()], epochs],
        )
        counts: dict[str, int] = {}
        for (eval_id,) in rows:
            counts[eval_id] = counts.get(eval_id, 0) + 1
        whole = [eval_id for eval_id, count in counts.items() if count == len(wanted)]
        newest = store.query(
            "SELECT eval_id FROM runs WHERE eval_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY created_at DESC LIMIT 1",
            [whole],
        )
        if not newest:
            return []
        found.append(str(newest[0][0]))
    return found


def differences_from(store: Store, eval_ids: list[str], head: list[RunRecord]) -> list[str]:
    """Return in what the earlier runs differ from the head's, besides the persona: a reason each not to use them."""
    found: list[str] = []
    by_family = {run.family: run for run in head}
    rows = store.query(
        "SELECT family, model_snapshot, generation, package_versions, archeval_version, seed FROM runs "
        "WHERE eval_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY family",
        [eval_ids],
    )
    for family, snapshot, generation, packages, version, seed in rows:
        run = by_family.get(family)
        if run is None:
            found.append(f"{family}: the head has no answers")
            continue
        pairs = {
            "model snapshot": (snapshot, run.model_snapshot),
            "generation settings": (json.loads(generation), run.generation),
            "packages or graders": (json.loads(packages), run.package_versions),
            "archeval": (version, run.archeval_version),
            "seed": (seed, run.seed),
        }
        found += [f"{family}: another {what}" for what, (before, now) in pairs.items() if before != now]
    return found


def oldest(days: float, now: datetime) -> datetime:
    """Return the moment before which an answer is too old, as the store keeps time."""
    return (now - timedelta(days=days)).replace(tzinfo=None)
