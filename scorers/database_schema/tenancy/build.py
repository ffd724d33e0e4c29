"""Filling the world: the tenants are served one after the other, through the named queries only.

C is registered and has next to nothing, then A is given a little of everything, then B. What appears anywhere while
only one of them is served is that one's.
"""

from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager

import psycopg
from psycopg import sql

from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.oracle import Population, TenantOracle
from scorers.database_schema.session import SESSION_LOST_CLASSES
from scorers.database_schema.tenancy.attacker import Attacker, Setting
from scorers.database_schema.tenancy.catalogs import read_schema
from scorers.database_schema.tenancy.rows import Snapshot, StoredRow, cut, select, take_snapshot
from scorers.database_schema.tenancy.schema import Schema
from scorers.database_schema.tenancy.sessions import limit_of, open_reader
from scorers.database_schema.tenancy.tenants import UNSET_SETTINGS, Label, Tenant, tokens_of
from scorers.database_schema.tenancy.world import World
from scorers.database_schema.values import Value


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
            before = take_snapshot(reader, schema, limit)
            world = World(bench, oracle, schema, database, {})
            _look_at_views(world, UNSET_SETTINGS)
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
                # A view that cannot be refreshed shows nothing new; a session that is gone is another matter.
                if owner.closed or (error.sqlstate or "08").startswith(SESSION_LOST_CLASSES):
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
    uuids = _uuids(schema, [*new, *changed]) - _uuids(schema, before.rows())
    tokens = tokens_of(tenant, population, uuids)
    return Tenant(label, tenant, population, after, rows, rewritten, tokens)


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
