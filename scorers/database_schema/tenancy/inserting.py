"""Adding rows to another tenant by direct SQL."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from scorers.database_schema.tenancy.arena import Arena
from scorers.database_schema.tenancy.attacker import Setting
from scorers.database_schema.tenancy.drafts import Drafter, Values, Variant
from scorers.database_schema.tenancy.findings import Findings, names
from scorers.database_schema.tenancy.rows import StoredRow
from scorers.database_schema.tenancy.schema import Relation
from scorers.database_schema.tenancy.world import World

TRIED_ROWS = 3


@dataclass(frozen=True)
class Target:
    """Where rows can be added: a table or a simple view, with an INSERT of A's own that works there."""

    relation: Relation
    table: Relation
    drafter: Drafter
    row: StoredRow
    draft: Values
    variant: Variant


def insert_for_other(world: World, arena: Arena, findings: Findings) -> None:
    """As A, add rows that are B's: copies of B's rows with fresh keys, and copies of A's with B's id for A's."""
    covered: list[str] = []
    for target in insertable(world, arena, findings):
        covered.append(target.relation.label)
        copies = (target.drafter.copy(row, "B", target.variant) for row in world.rows_in(target.table, "B"))
        copied = next((draft for draft in copies if draft is not None), None)
        theirs = world.tenant_values(target.table, "B")
        swapped = {name: theirs.get(name, value) for name, value in target.draft.items()}
        for draft in (copied, swapped):
            if draft is None or draft == target.draft:
                continue
            attacker = arena.attacker(world.tenants["A"].setting)
            attempt = attacker.run(target.drafter.insert(draft))
            if attempt.refused:
                continue
            effect = arena.effect()
            if lines := effect.planted("B") + effect.harmed("B"):
                what = f"tenant A adds a row to tenant B in {target.relation.label}"
                findings.hole(what, attacker, attempt, lines, target.relation)
                break
    findings.did("tenant A", f"INSERT of rows for B, where A's own succeed: {names(covered) or 'nowhere'}")


def insert_unset(world: World, arena: Arena, settings: Sequence[Setting], findings: Findings) -> None:
    """Without a tenant, add rows that are A's, where A itself could."""
    targets = list(insertable(world, arena, findings))
    for setting in settings:
        for target in targets:
            attacker = arena.attacker(setting)
            attempt = attacker.run(target.drafter.insert(target.draft))
            if not attempt.refused and (lines := arena.effect().planted("A")):
                what = f"{setting.label}: a row is added to tenant A in {target.relation.label}"
                findings.hole(what, attacker, attempt, lines, target.relation)
    tried = names(target.relation.label for target in targets)
    for setting in settings:
        findings.did(setting.label, f"INSERT of rows for A, where A's own succeed: {tried or 'nowhere'}")


def insertable(world: World, arena: Arena, findings: Findings) -> Iterator[Target]:
    """Every relation to which A can add a row of its own; the others are noted in `findings`."""
    random = world.bench.random("tenancy/insert")
    for relation in world.schema.relations.values():
        if not any(column.insertable for column in relation.columns) or not (
            relation.stored or relation.accepts_insert
        ):
            continue
        table = world.schema.base(relation)
        if table is None:
            findings.uncovered.append(f"INSERT into {relation.described}: not a view of one table")
            continue
        target = _target(world, arena, relation, table, random)
        if isinstance(target, Target):
            yield target
        else:
            findings.uncovered.append(f"INSERT into {relation.described}: {target}")


def _target(world: World, arena: Arena, relation: Relation, table: Relation, random: Random) -> Target | str:
    """A way to add one of A's rows that works, or why there is none."""
    drafter = Drafter(world, relation, table, random)
    rows = world.rows_in(table, "A")
    reason = "no row's key can be made fresh" if rows else "A has no row there"
    for row in rows[:TRIED_ROWS]:
        for variant in drafter.variants():
            draft = drafter.copy(row, "A", variant)
            if draft is None:
                continue
            attempt = arena.attacker(world.tenants["A"].setting).run(drafter.insert(draft), keep=False)
            if not attempt.refused:
                return Target(relation, table, drafter, row, draft, variant)
            reason = f"A's own row was refused: {attempt.outcome}"
    return reason
