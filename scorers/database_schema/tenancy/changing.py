"""Changing and removing other tenants' rows by direct SQL."""

from psycopg import sql

from scorers.database_schema.tenancy.arena import Arena
from scorers.database_schema.tenancy.attacker import Attempt, Setting
from scorers.database_schema.tenancy.findings import Findings, names
from scorers.database_schema.tenancy.schema import NUMBER_TYPES, TEXT_TYPES, Column, Relation
from scorers.database_schema.tenancy.tenants import Label
from scorers.database_schema.tenancy.world import World

UPDATE_TRIES = 3
"""Columns to which an UPDATE is tried before a table is left alone: a constraint on one says nothing of the others."""

_VICTIMS: tuple[Label, ...] = ("A", "B")


def change_all(world: World, arena: Arena, setting: Setting, findings: Findings) -> None:
    """UPDATE and DELETE in every relation under `setting`, which is neither A's nor B's.

    Without WHERE, so that no SELECT policy steps in for an UPDATE or DELETE policy that is missing. Judged by what has
    become of A's and B's rows.
    """
    trial = _Trial(world, arena, setting, findings)
    for relation in world.schema.relations.values():
        if findings.enough:
            break
        trial.change(relation)
        trial.delete(relation)
    findings.did(setting.label, f"UPDATE and DELETE, both without WHERE, on {names(trial.tried)}")


def truncate_all(world: World, arena: Arena, setting: Setting, findings: Findings) -> None:
    """TRUNCATE every table: to that no policy applies, whatever the setting."""
    trial = _Trial(world, arena, setting, findings)
    for table in world.schema.stored:
        trial.truncate(table)
    findings.did(setting.label, f"TRUNCATE of {names(table.label for table in world.schema.stored)}")


class _Trial:
    """One setting's attempts."""

    def __init__(self, world: World, arena: Arena, setting: Setting, findings: Findings) -> None:
        self.tried: list[str] = []
        self._world = world
        self._arena = arena
        self._setting = setting
        self._findings = findings

    def change(self, relation: Relation) -> None:
        """UPDATE to constants, until one goes through, and to the setting's own tenant, which a WITH CHECK lets by."""
        table = self._world.schema.base(relation) or relation
        columns = [
            column for column in relation.columns if column.updatable and not column.generated and not column.identity
        ]
        if columns:
            self.tried.append(relation.label)
        for column in self._most_promising(table, columns):
            value = _constant(column) or sql.SQL("DEFAULT")
            attempt, harmed = self._attack(relation, "changes rows in", _update(relation, column, value))
            if harmed:
                return
            if not attempt.refused or attempt.sqlstate == "42501":
                break
        mine = self._own_marks(table)
        for column in columns:
            if column.name in mine:
                self._attack(relation, "takes over rows in", _update(relation, column, sql.Literal(mine[column.name])))

    def delete(self, relation: Relation) -> None:
        """DELETE all there is."""
        if relation.kind in {"m", "f"} or (relation.kind == "v" and not relation.accepts_update):
            return
        self._attack(relation, "removes rows from", sql.SQL("DELETE FROM {}").format(relation.sql))

    def truncate(self, table: Relation) -> None:
        """TRUNCATE, and with it what refers to the table."""
        self._attack(table, "empties", sql.SQL("TRUNCATE {} CASCADE").format(table.sql))

    def _own_marks(self, table: Relation) -> dict[str, str]:
        """What the setting's own rows have in the columns that say whose a row is; nothing without a tenant."""
        if self._setting == self._world.tenants["C"].setting:
            return self._world.tenant_values(table, "C")
        value = self._setting.value
        return dict.fromkeys(self._world.tenant_columns(table), value) if value else {}

    def _most_promising(self, table: Relation, columns: list[Column]) -> list[Column]:
        """Columns that no key guards, of types with a harmless constant, first."""
        guarded = {name for index in table.unique for name in index.columns}
        guarded |= {name for key in self._world.schema.references_of(table) for name, _ in key.columns}
        ranked = sorted(
            columns, key=lambda column: (column.name in guarded, _constant(column) is None, column.not_null)
        )
        return ranked[:UPDATE_TRIES]

    def _attack(self, relation: Relation, verb: str, statement: sql.Composed) -> tuple[Attempt, bool]:
        """Run `statement`. Returns what it came to, and whether rows of A's or B's were reached."""
        attacker = self._arena.attacker(self._setting)
        attempt = attacker.run(statement)
        lines = self._reached(relation, attempt) if attempt.refused else self._arena.effect().harmed(*_VICTIMS)
        if lines:
            what = f"{self._setting.label} {verb} {relation.label} to the harm of other tenants"
            self._findings.hole(what, attacker, attempt, lines, relation)
        return attempt, bool(lines)

    def _reached(self, relation: Relation, attempt: Attempt) -> list[str]:
        """Whether a constraint refused a row although only A's and B's rows lie in the table."""
        table = self._world.schema.base(relation)
        if table is None or attempt.constraint is None or not (attempt.sqlstate or "").startswith("23"):
            return []
        concerned = [*self._world.schema.holders(table.oid), *self._world.schema.referrers(table)]
        rows = {row.identity for row in self._world.all_in(table)}
        victims = frozenset[object]().union(*(self._world.owned(label) for label in _VICTIMS))
        if not rows or not rows <= victims or all(attempt.table != holder.name for holder in concerned):
            return []
        return [f"refused, but only by a constraint on a row that is not its own: {attempt.outcome}"]


def _update(relation: Relation, column: Column, value: sql.Composable) -> sql.Composed:
    return sql.SQL("UPDATE {} SET {} = {}").format(relation.sql, column.sql, value)


def _constant(column: Column) -> sql.Literal | None:
    if column.type_name in NUMBER_TYPES:
        return sql.Literal(1)
    if column.type_name in TEXT_TYPES:
        return sql.Literal("x")
    return sql.Literal(_CONSTANTS[column.type_name]) if column.type_name in _CONSTANTS else None


_CONSTANTS = {"bool": "true", "timestamptz": "2001-01-01 00:00:00+00", "date": "2001-01-01", "jsonb": "{}"}
