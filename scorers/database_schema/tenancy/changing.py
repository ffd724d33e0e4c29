"""Changing and removing other tenants' rows by direct SQL."""

from psycopg import sql

from scorers.database_schema.tenancy.arena import Arena
from scorers.database_schema.tenancy.attacker import Attempt, Setting
from scorers.database_schema.tenancy.findings import Findings, names
from scorers.database_schema.tenancy.schema import NUMBER_TYPES, TEXT_TYPES, Column, Relation
from scorers.database_schema.tenancy.world import Label, World

UPDATE_TRIES = 3
"""Columns to which an UPDATE is tried before a table is left alone: a constraint on one says nothing of the others."""

_VICTIMS: tuple[Label, ...] = ("A", "B")


def change_all(world: World, arena: Arena, setting: Setting, findings: Findings) -> None:
    """UPDATE, DELETE and TRUNCATE every relation under `setting`, which is neither A's nor B's.

    Without WHERE, so that no SELECT policy steps in for an UPDATE or DELETE policy that is missing. Judged by what has
    become of A's and B's rows.
    """
    tried: list[str] = []
    for relation in world.schema.relations.values():
        statements = _updates(world, relation)
        if statements or relation.stored or relation.accepts_update:
            tried.append(relation.label)
        for statement in statements:
            attempt = _attack(world, arena, setting, findings, relation, "changes", statement)
            if not (attempt.refused and attempt.sqlstate != "42501"):
                break
        for statement in _removals(relation):
            _attack(world, arena, setting, findings, relation, "removes", statement)
    findings.tried.append(f"{setting.label}: UPDATE, DELETE and TRUNCATE, all without WHERE, on {names(tried)}")


def _attack(
    world: World,
    arena: Arena,
    setting: Setting,
    findings: Findings,
    relation: Relation,
    verb: str,
    statement: sql.Composed,
) -> Attempt:
    attacker = arena.attacker(setting)
    attempt = attacker.run(statement)
    if attempt.refused:
        lines = (
            [f"refused, but only after a row was reached: {attempt.outcome}"]
            if _reached(world, relation, attempt)
            else []
        )
    else:
        lines = arena.effect().harmed(*_VICTIMS)
    if lines:
        what = f"{setting.label} {verb} rows of other tenants through {relation.label}"
        findings.hole(what, attacker, attempt, lines, relation)
    return attempt


def _reached(world: World, relation: Relation, attempt: Attempt) -> bool:
    """Whether a constraint refused a row although only A's and B's rows lie in the table."""
    table = world.schema.base(relation)
    if table is None or attempt.constraint is None or not (attempt.sqlstate or "").startswith("23"):
        return False
    holders = {holder.name for holder in world.schema.holders(table.oid)}
    rows = {row.identity for row in world.all_in(table)}
    return attempt.table in holders and bool(rows) and rows <= world.owned("A") | world.owned("B")


def _updates(world: World, relation: Relation) -> list[sql.Composed]:
    """UPDATEs of one column each, the most promising first."""
    table = world.schema.base(relation) or relation
    guarded = {name for index in table.unique for name in index.columns}
    guarded |= {name for key in world.schema.references_of(table) for name, _ in key.columns}
    columns = [
        column for column in relation.columns if column.updatable and not column.generated and not column.identity
    ]
    columns.sort(key=lambda column: (column.name in guarded, _constant(column) is None, column.not_null))
    return [
        sql.SQL("UPDATE {} SET {} = {}").format(relation.sql, column.sql, _constant(column) or sql.SQL("DEFAULT"))
        for column in columns[:UPDATE_TRIES]
    ]


def _removals(relation: Relation) -> list[sql.Composed]:
    if relation.kind in {"m", "f"} or (relation.kind == "v" and not relation.accepts_update):
        return []
    removals = [sql.SQL("DELETE FROM {}").format(relation.sql)]
    if relation.stored:
        removals.append(sql.SQL("TRUNCATE {} CASCADE").format(relation.sql))
    return removals


def _constant(column: Column) -> sql.Literal | None:
    if column.type_name in NUMBER_TYPES:
        return sql.Literal(1)
    if column.type_name in TEXT_TYPES:
        return sql.Literal("archeval")
    return sql.Literal(_CONSTANTS[column.type_name]) if column.type_name in _CONSTANTS else None


_CONSTANTS: dict[str, object] = {
    "bool": True,
    "timestamptz": "2001-01-01 00:00:00+00",
    "date": "2001-01-01",
    "jsonb": "{}",
}
