"""Making one tenant's rows refer to another's, or be another's, by direct SQL."""

from collections.abc import Mapping

from psycopg import sql

from scorers.database_schema.tenancy.arena import Arena, Effect, at
from scorers.database_schema.tenancy.attacker import Attempt
from scorers.database_schema.tenancy.findings import Findings, names
from scorers.database_schema.tenancy.inserting import Target, insertable
from scorers.database_schema.tenancy.rows import StoredRow, cut, shown
from scorers.database_schema.tenancy.schema import Relation
from scorers.database_schema.tenancy.ties import Tie, ties_of
from scorers.database_schema.tenancy.world import World

_TAKEN = "23505"

_NO_REFERENCE = "the schema lets it refer to nothing at all, so it is no reference"


def move_all(world: World, arena: Arena, findings: Findings) -> None:
    """As A, try to make rows that are there B's."""
    trial = Trial(world, arena, findings)
    trial.update_all(moves_only=True)
    covered = names(trial.covered) or "nowhere"
    findings.did("tenant A", f"UPDATE of its rows to B's id, where A may change that at all: {covered}")


def tie_all(world: World, arena: Arena, findings: Findings) -> None:
    """As A, try every tie on rows that are there (UPDATE) and on new ones (INSERT)."""
    trial = Trial(world, arena, findings)
    trial.update_all()
    trial.insert_all()
    covered = names(trial.covered) or "nothing: A itself may change nothing there"
    findings.did("tenant A", f"tied to B, where A's own ties are accepted: {covered}")


class Trial:
    """Tries ties, and keeps what could be judged."""

    def __init__(self, world: World, arena: Arena, findings: Findings) -> None:
        self.covered: list[str] = []
        self._world = world
        self._arena = arena
        self._findings = findings

    def update_all(self, *, moves_only: bool = False) -> None:
        """UPDATE A's rows in every relation whose referring columns (or tenant) app_user may change."""
        for relation in self._world.schema.relations.values():
            table = self._world.schema.base(relation)
            if table is None or not (relation.stored or relation.accepts_update):
                continue
            for tie in ties_of(self._world, table):
                if moves_only and not tie.whole:
                    continue
                columns = [relation.by_name.get(name) for name in tie.values]
                if all(column is not None and column.updatable for column in columns):
                    self._note(f"UPDATE {relation.label}", tie, self._update(relation, table, tie))

    def insert_all(self) -> None:
        """INSERT rows of A's with foreign references into every relation where A can add rows."""
        for target in insertable(self._world, self._arena, self._findings):
            for tie in ties_of(self._world, target.table):
                if not tie.whole and tie.values.keys() <= target.draft.keys():
                    self._note(f"INSERT {target.relation.label}", tie, self._insert(target, tie))

    def _update(self, relation: Relation, table: Relation, tie: Tie) -> str | None:
        """Try one tie on a row of A's. Returns why nothing can be said, if so."""
        rows = self._world.rows_in(table, "A")
        # A row that refers to something already is the better example.
        rows.sort(key=lambda row: None in cut(table, row, list(tie.values)))
        place = _where(relation, table, rows[0]) if rows else None
        if place is None:
            return "no row of A's can be addressed"
        same = {name: rows[0].cells[table.position(name)] for name in tie.values}
        control = self._run(_set(relation, same, place), keep=False)
        if control.refused or control.count != 1:
            return f"A may not change it in any way: {control.outcome}"
        if tie.bogus and not self._run(_set(relation, tie.bogus, place), keep=False).refused:
            return _NO_REFERENCE
        statements = [_set(relation, tie.values, place)]
        if tie.whole:
            # A WHERE brings in the SELECT policies, which then hold for the new row, too. Without it, they do not.
            statements.append(_set(relation, tie.values, None))
        reasons = [self._judge(relation, table, tie, statement) for statement in statements]
        return next((reason for reason in reasons if reason is not None), None)

    def _insert(self, target: Target, tie: Tie) -> str | None:
        drafter = target.drafter
        if tie.bogus and not self._run(drafter.insert(target.draft | tie.bogus), keep=False).refused:
            return _NO_REFERENCE
        return self._judge(target.relation, target.table, tie, drafter.insert(target.draft | tie.values))

    def _judge(self, relation: Relation, table: Relation, tie: Tie, statement: sql.Composed) -> str | None:
        attacker = self._arena.attacker(self._world.tenants["A"].setting)
        attempt = attacker.run(statement)
        if self._held_by_children(table, attempt):
            if not self._arena.without_children(table, "A"):
                return f"A's rows are held by what refers to them: {attempt.outcome}"
            attempt = attacker.run(statement)
        effect = self._arena.effect()
        if attempt.sqlstate == _TAKEN:
            return f"it met a row that is there: {attempt.outcome}"
        if not attempt.refused and (lines := _tied(effect, table, tie)):
            what = f"a row of tenant A in {relation.label} is tied to {tie.what}"
            self._findings.hole(what, attacker, attempt, lines, relation)
        return None

    def _held_by_children(self, table: Relation, attempt: Attempt) -> bool:
        children = {child.name for child in self._world.schema.referrers(table)}
        return attempt.sqlstate == "23503" and attempt.table in children

    def _run(self, statement: sql.Composed, *, keep: bool) -> Attempt:
        return self._arena.attacker(self._world.tenants["A"].setting).run(statement, keep=keep)

    def _note(self, where: str, tie: Tie, reason: str | None) -> None:
        place = f"{where} ({', '.join(tie.values)})"
        if reason is None:
            self.covered.append(place)
        else:
            self._findings.uncovered.append(f"{place} tied to {tie.what}: {reason}")


def _where(relation: Relation, table: Relation, row: StoredRow) -> sql.Composable | None:
    """A condition that only `row` meets: its place in the table, or its key where a view hides that."""
    if relation.stored:
        return at(row)
    if not table.key or not all(name in relation.by_name for name in table.key):
        return None
    cells = cut(table, row, table.key)
    conditions = [
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(cell))
        for name, cell in zip(table.key, cells, strict=True)
    ]
    return sql.SQL(" AND ").join(conditions)


def _tied(effect: Effect, table: Relation, tie: Tie) -> list[str]:
    """What ties A to B now, as lines for a reader."""
    lines = effect.planted("B") + effect.harmed("B")
    if tie.bogus is None:
        return lines
    appeared = {row.identity for row in effect.appeared}
    rows = effect.world.all_in(table, effect.snapshot)
    return lines + [
        f"{table.label} now holds: {shown(table, row)}"
        for row in rows
        if row.identity in appeared and cut(table, row, list(tie.values)) == tuple(tie.values.values())
    ]


def _set(relation: Relation, values: Mapping[str, str | None], place: sql.Composable | None) -> sql.Composed:
    pairs = [sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value)) for name, value in values.items()]
    update = sql.SQL("UPDATE {} SET {}").format(relation.sql, sql.SQL(", ").join(pairs))
    return update if place is None else update + sql.SQL(" WHERE ") + place
