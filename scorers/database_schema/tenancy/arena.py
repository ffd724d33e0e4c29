"""Where attacks that may change something take place: a clone of the world, renewed once it has changed."""

from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from types import TracebackType

import psycopg
from psycopg import sql

from scorers.database_schema.tenancy.attacker import Attacker, Setting
from scorers.database_schema.tenancy.rows import Identity, Snapshot, StoredRow, cut, shown, take_snapshot
from scorers.database_schema.tenancy.schema import Relation
from scorers.database_schema.tenancy.sessions import limit_of, open_reader
from scorers.database_schema.tenancy.tenants import Label
from scorers.database_schema.tenancy.world import World
from scorers.testbed.protocol import Row


@dataclass(frozen=True)
class Effect:
    """What lies in the tables after an attack, against the world before it."""

    world: World
    snapshot: Snapshot

    @cached_property
    def identities(self) -> frozenset[Identity]:
        """The identities of all rows now."""
        return self.snapshot.identities()

    @property
    def nothing(self) -> bool:
        """Whether no row was added, changed or removed."""
        return self.identities == self.world.settled

    @property
    def appeared(self) -> list[StoredRow]:
        """Rows that were not there, in this form, before."""
        return [row for row in self.snapshot.rows() if row.identity not in self.world.settled]

    def harmed(self, *labels: Label) -> list[str]:
        """The rows of the tenants that are gone or were rewritten, as lines for a reader."""
        lines: list[str] = []
        for label in labels:
            lost = self.world.owned(label) - self.identities
            lines.extend(self._fate(label, row) for row in self.world.final.rows() if row.identity in lost)
        return lines

    def planted(self, label: Label) -> list[str]:
        """Rows that appeared and carry the tenant's id, or refer to a row of the tenant's, as lines for a reader."""
        return self.carrying(label) + self.crossing(label)

    def carrying(self, label: Label) -> list[str]:
        """Rows that appeared and carry the tenant's id, as lines for a reader."""
        return [
            f"{table.label} now holds: {shown(table, row)}"
            for table, row in self._placed()
            if self.world.carries(table, row, label)
        ]

    def mentioning(self, label: Label) -> list[str]:
        """Rows that appeared and hold a uuid of the tenant's anywhere, as lines for a reader."""
        uuids = self.world.tenants[label].tokens.uuids
        return [
            f"{table.label} now holds: {shown(table, row)}"
            for table, row in self._placed()
            if uuids.found("\n".join(cell for cell in row.cells if cell is not None))
        ]

    def crossing(self, label: Label) -> list[str]:
        """Rows that appeared and refer, by a foreign key, to a row of the tenant's, as lines for a reader."""
        appeared = {row.identity for row in self.appeared}
        lines: list[str] = []
        for key in self.world.schema.foreign_keys:
            child, parent = (self.world.schema.relations[oid] for oid in (key.child, key.parent))
            keys = [name for _, name in key.columns]
            targets = {cut(parent, row, keys) for row in self.world.rows_in(parent, label)}
            for row in self.world.all_in(child, self.snapshot):
                reference = cut(child, row, [name for name, _ in key.columns])
                if row.identity in appeared and None not in reference and reference in targets:
                    lines.append(f"{child.label} now refers to {label}'s {parent.label}: {shown(child, row)}")
        return lines

    def _placed(self) -> list[tuple[Relation, StoredRow]]:
        return [(self.world.schema.relations[row.identity.table], row) for row in self.appeared]

    def _fate(self, label: Label, row: StoredRow) -> str:
        table = self.world.schema.relations[row.identity.table]
        before = f"{label}'s row in {table.label}: {shown(table, row)}"
        key = table.key
        now = [
            other
            for other in self.snapshot.tables[table.oid]
            if other.identity not in self.world.settled and cut(table, other, key) == cut(table, row, key)
        ]
        if not (key and now):
            return f"{before}\n   is gone"
        return f"{before}\n   is now: {_difference(table, row, now[0])}"


class Arena:
    """A clone of the world. Every attack starts from the world as it was: a clone that changed is replaced."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stack = ExitStack()
        self._database: str | None = None
        self._attackers: dict[Setting, Attacker] = {}
        self._reader: psycopg.Connection[Row] | None = None
        self._stale = False

    def __enter__(self) -> "Arena":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    @property
    def database(self) -> str:
        """The clone's name, as the world was; ask again for each attack."""
        if self._stale:
            self._end()
        if self._database is None:
            postgres = self._world.bench.postgres
            self._database = postgres.create_database(template=self._world.database)
            self._stack.callback(postgres.drop_database, self._database)
        return self._database

    def attacker(self, setting: Setting) -> Attacker:
        """A session with this setting and no other before it; ask again for each attack."""
        database = self.database
        if setting not in self._attackers:
            attacker = Attacker(self._world.bench, database, setting)
            self._attackers[setting] = self._stack.enter_context(attacker)
        return self._attackers[setting]

    def effect(self) -> Effect:
        """What has become of the world. After a change, the next attack gets a fresh clone."""
        bench = self._world.bench
        if self._reader is None:
            self._reader = self._stack.enter_context(open_reader(bench, self.database))
        snapshot = take_snapshot(self._reader, self._world.schema, limit_of(bench, self._reader))
        effect = Effect(self._world, snapshot)
        self._stale = self._stale or not effect.nothing
        return effect

    def without_children(self, table: Relation, label: Label) -> bool:
        """Have the owner remove the tenant's rows that refer to its rows in `table`, so that those are free to move.

        Returns whether that went well. The next attack takes place in what is left; the one after it in a fresh clone.
        """
        world = self._world
        setting = replace(world.tenants[label].setting, label="the owner")
        with Attacker(world.bench, self.database, setting, role="app_owner") as owner:
            for child in world.schema.referrers(table):
                for row in world.rows_in(child, label):
                    attempt = owner.run(sql.SQL("DELETE FROM {} WHERE {}").format(child.sql, at(row)))
                    if attempt.refused:
                        self._stale = True
                        return False
        return True

    def _end(self) -> None:
        self._stack.close()
        self._attackers.clear()
        self._database = self._reader = None
        self._stale = False


def at(row: StoredRow) -> sql.Composed:
    """The condition that only the stored `row` meets."""
    place = sql.SQL("ctid = {} AND tableoid = {}")
    return place.format(sql.Literal(row.identity.ctid), sql.Literal(row.identity.table))


def _difference(table: Relation, before: StoredRow, after: StoredRow) -> str:
    pairs = zip(table.columns, before.cells, after.cells, strict=True)
    changes = [f"{column.name}={new!r}" for column, old, new in pairs if old != new]
    return ", ".join(changes) or "the same, but rewritten"
