"""A database with three tenants in it, and whose each row is.

The tenants are served one after the other, through the named queries only: C is registered and has next to nothing,
then A is given a little of everything, then B. What appears anywhere while only one of them is served is that one's.
"""

import re
from collections.abc import Collection, Generator, Iterable
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal
from uuid import UUID

import psycopg
from psycopg import sql

from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.oracle import Population, TenantOracle
from scorers.database_schema.tenancy.attacker import Attacker, Setting
from scorers.database_schema.tenancy.catalogs import read_schema
from scorers.database_schema.tenancy.rows import (
    Identity,
    Limit,
    Snapshot,
    StoredRow,
    cut,
    select,
    set_text_settings,
    take_snapshot,
)
from scorers.database_schema.tenancy.schema import Relation, Schema
from scorers.database_schema.values import Value
from scorers.testbed.protocol import Row

Label = Literal["A", "B", "C"]

UNSET_SETTINGS = (
    Setting("no tenant", None),
    Setting("no tenant: what a transaction-local setting leaves behind", ""),
    Setting("not a tenant's id", "not-a-tenant"),
    Setting("a tenant that does not exist", "00000000-0000-0000-0000-000000000000"),
)

_SHORTEST_TOKEN = 4

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Tokens:
    """Texts by which a tenant's data is recognised wherever it turns up: its markers, and the uuids that are its own."""

    texts: frozenset[str]

    def found(self, text: str, known: Collection[str] = ()) -> list[str]:
        """The tokens in `text`, without those that the asker put into its question."""
        if not self.texts:
            return []
        found = {match[0].lower() for match in self._pattern.finditer(text)}
        return sorted(token for token in found if not any(token in given.lower() for given in known))

    @cached_property
    def uuids(self) -> "Tokens":
        """Only those that are uuids: what nobody can have typed by chance."""
        return Tokens(frozenset(text for text in self.texts if _UUID.fullmatch(text)))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(
            "|".join(re.escape(text) for text in sorted(self.texts, key=len, reverse=True)), re.IGNORECASE
        )


@dataclass(frozen=True)
class Tenant:
    """One tenant, what was stored for it through the named queries, and what of that lies in the tables."""

    label: Label
    id: Value
    population: Population
    after: Snapshot
    rows: frozenset[Identity]
    """New rows that appeared while only this tenant was served."""
    changed: frozenset[Identity]
    """Rows that existed before in another form."""
    tokens: Tokens

    @property
    def setting(self) -> Setting:
        """The setting of a transaction that serves this tenant."""
        return Setting(f"tenant {self.label}", str(self.id))

    @property
    def numbers(self) -> frozenset[int]:
        """Its ids that are numbers."""
        ids = (value for values in self.population.ids.values() for value in values)
        return frozenset(value for value in ids if isinstance(value, int))


@dataclass
class World:
    """The populated database, which the attacks clone and leave as it is."""

    bench: SchemaBench
    oracle: TenantOracle
    schema: Schema
    database: str
    empty: Snapshot
    tenants: dict[Label, Tenant]
    view_rows: dict[tuple[int, Setting], int] = field(default_factory=dict[tuple[int, Setting], int])
    """How many rows a view showed under a setting while there was nothing (more) to see; unstable views are left out."""

    @property
    def final(self) -> Snapshot:
        """What lies in the tables when all three have been served."""
        return self.tenants["B"].after

    @cached_property
    def settled(self) -> frozenset[Identity]:
        """The identities of all rows at the end."""
        return self.final.identities()

    def owned(self, label: Label) -> frozenset[Identity]:
        """The tenant's rows that nobody has touched since."""
        return self.tenants[label].rows & self.settled

    def rows_in(self, table: Relation, label: Label) -> list[StoredRow]:
        """The tenant's rows in `table` (or its partitions), with the columns of `table`."""
        owned = self.owned(label)
        return [row for row in self.all_in(table) if row.identity in owned]

    def tenant_columns(self, table: Relation) -> frozenset[str]:
        """The columns of `table` that say whose a row is: by the tenant's id, or by a reference to its only row."""
        return frozenset(self.tenant_values(table, "B"))

    def tenant_values(self, table: Relation, label: Label) -> dict[str, str]:
        """What stands in the columns that say whose a row is, for the tenant `label`."""
        values = dict.fromkeys(self._holding_ids(table), str(self.tenants[label].id))
        for key in self.schema.references_of(table):
            parent = self.schema.relations[key.parent]
            if len(key.columns) != 1 or not self._holding_ids(parent):
                continue
            rows = {known: self.rows_in(parent, known) for known in self.tenants}
            if len(rows["A"]) == len(rows["B"]) == len(rows[label]) == 1:
                (mine, theirs), *_ = key.columns
                values[mine] = str(cut(parent, rows[label][0], [theirs])[0])
        return values

    def carries(self, table: Relation, row: StoredRow, label: Label) -> bool:
        """Whether `row` of `table` is marked as the tenant's; elsewhere in a row anybody may write down its id."""
        values = self.tenant_values(table, label)
        return any(cell == value for cell, value in zip(cut(table, row, list(values)), values.values(), strict=True))

    def _holding_ids(self, table: Relation) -> list[str]:
        """The columns that hold the tenant's id in all of A's and all of B's rows."""
        found = [column.name for column in table.columns]
        labels: tuple[Label, ...] = ("A", "B")
        rows = [(str(self.tenants[label].id), row) for label in labels for row in self.rows_in(table, label)]
        for tenant, row in rows:
            cells = dict(zip(found, cut(table, row, found), strict=True))
            found = [name for name in found if cells[name] == tenant]
        return found if rows else []

    def all_in(self, table: Relation, snapshot: Snapshot | None = None) -> list[StoredRow]:
        """All rows of `table` at the end, or in `snapshot`."""
        return (snapshot or self.final).of(table, self.schema.holders(table.oid))


def limit_of(bench: SchemaBench, connection: psycopg.Connection[Row]) -> Limit:
    """A maker of deadlines for `connection`."""

    def limit() -> AbstractContextManager[None]:
        return bench.postgres.deadline(connection, min(bench.statement_s, bench.remaining_s()))

    return limit


@contextmanager
def open_reader(bench: SchemaBench, database: str) -> Generator[psycopg.Connection[Row]]:
    """A session of `reader` that writes values as all others do."""
    with closing(bench.postgres.connect(database, "reader")) as reader:
        set_text_settings(reader)
        yield reader


@contextmanager
def build_world(bench: SchemaBench, oracle: TenantOracle) -> Generator[World]:
    """Serve the three tenants in a fresh database. The same grade builds the same world each time.

    Raises ShapeError or Violation when the named queries do not let the tenants be served.
    """
    random = bench.random("tenancy")
    ids: dict[Label, Value] = {label: oracle.new_tenant(random) for label in ("A", "B", "C")}
    with bench.database() as database:
        with open_reader(bench, database) as reader, bench.session(database) as session:
            limit = limit_of(bench, reader)
            with limit():
                schema = read_schema(reader)
            empty = take_snapshot(reader, schema, limit)
            world = World(bench, oracle, schema, database, empty, {})
            _look_at_views(world, UNSET_SETTINGS)
            before = empty
            for label in ("C", "A", "B"):
                if label == "C":
                    oracle.register_tenant(session, random, ids[label])
                    population = Population()
                else:
                    population = oracle.populate_tenant(session, random, ids[label])
                after = take_snapshot(reader, schema, limit)
                world.tenants[label] = _tenant(schema, label, ids[label], population, (before, after))
                before = after
                refresh_views(bench, schema, database)
                if label == "A":
                    _look_at_views(world, [world.tenants[label].setting])
        yield world


def refresh_views(bench: SchemaBench, schema: Schema, database: str) -> None:
    """Bring materialized views up to date, as their owner's timetable would."""
    views = [relation for relation in schema.derived if relation.kind == "m"]
    if not views:
        return
    with closing(bench.postgres.connect(database, "app_owner")) as owner:
        limit = limit_of(bench, owner)
        for view in views:
            try:
                with limit():
                    owner.execute(sql.SQL("REFRESH MATERIALIZED VIEW {}").format(view.sql))
            except psycopg.Error as error:
                if owner.closed or error.sqlstate is None:
                    raise


def arrivals(schema: Schema, before: Snapshot, after: Snapshot) -> tuple[list[StoredRow], list[StoredRow]]:
    """The rows of `after` that `before` has not: new ones, and those that existed in another form.

    A row is recognised by its key; in a table without one that has not grown, all are taken for changed.
    """
    new: list[StoredRow] = []
    changed: list[StoredRow] = []
    for table in schema.tables:
        old_rows, rows = before.tables[table.oid], after.tables[table.oid]
        old = {row.identity for row in old_rows}
        fresh = [row for row in rows if row.identity not in old]
        key = table.key
        known = {cut(table, row, key) for row in old_rows} if key else set[tuple[str | None, ...]]()
        for row in fresh:
            existed = cut(table, row, key) in known if key else len(rows) <= len(old_rows)
            (changed if existed else new).append(row)
    return new, changed


def _tenant(
    schema: Schema, label: Label, tenant: Value, population: Population, stage: tuple[Snapshot, Snapshot]
) -> Tenant:
    before, after = stage
    new, changed = arrivals(schema, before, after)
    rows, rewritten = (frozenset(row.identity for row in found) for found in (new, changed))
    tokens = _tokens(schema, tenant, population, stage, [*new, *changed])
    return Tenant(label, tenant, population, after, rows, rewritten, tokens)


def _tokens(
    schema: Schema,
    tenant: Value,
    population: Population,
    stage: tuple[Snapshot, Snapshot],
    rows: Iterable[StoredRow],
) -> Tokens:
    ids = [tenant, *(value for values in population.ids.values() for value in values)]
    texts = {*population.markers, *(str(value) for value in ids if isinstance(value, (UUID, str)))}
    texts |= _uuids(schema, rows) - _uuids(schema, stage[0].rows())
    return Tokens(frozenset(text.lower() for text in texts if len(text) >= _SHORTEST_TOKEN))


def _uuids(schema: Schema, rows: Iterable[StoredRow]) -> set[str]:
    places = {
        table.oid: [number for number, column in enumerate(table.columns) if column.type_name == "uuid"]
        for table in schema.tables
    }
    cells = (row.cells[place] for row in rows for place in places[row.identity.table])
    return {cell for cell in cells if cell is not None}


def _look_at_views(world: World, settings: Iterable[Setting]) -> None:
    """Count what each view shows under `settings`, twice: what varies by itself is no yardstick."""
    views = [view for view in world.schema.derived if view.readable]
    if not views:
        return
    for setting in settings:
        with Attacker(world.bench, world.database, setting) as attacker:
            for view in views:
                statement = select([column.name for column in view.readable], view.sql)
                first, second = (attacker.run(statement, keep=False) for _ in range(2))
                if not first.refused and first.rows == second.rows:
                    world.view_rows[(view.oid, setting)] = first.count
