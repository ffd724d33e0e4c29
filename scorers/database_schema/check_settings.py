"""Check: did the migrations leave alone what is not theirs?"""

import time

import psycopg

from scorers.checks import Outcome, check, failed, passed
from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.catalog.difference import CatalogChange, difference, render
from scorers.database_schema.catalog.snapshot import Catalog, CatalogObject
from scorers.database_schema.staircase import look
from scorers.evidence import Evidence
from scorers.testbed.accounts import SUBMISSION_ROLES
from scorers.testbed.protocol import Row

QUIET_S = 5.0
"""How long sessions that were closed may take to end."""

_POLL_S = 0.02

_KINDS = {"settings", "role", "membership", "database"}
_LEFT_TO_MIGRATIONS = {"privileges", "comment"}
"""Attributes of the database that migrations may change, as long as they change them back."""

_RUNNING = {
    "sessions and background workers": b"""
        SELECT format('%s of %s: %s', backend_type, coalesce(usename, 'the server'), left(query, 200))
        FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND (usename = ANY ($1) OR backend_type NOT IN ('client backend', 'autovacuum worker', 'parallel worker'))""",
    "advisory locks": b"""
        SELECT format('%s, %s', classid, objid) FROM pg_locks
        WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND $1::text[] IS NOT NULL""",
}
"""What may take a moment to end."""

_LYING_ABOUT = {
    "prepared transactions": b"""
        SELECT gid FROM pg_prepared_xacts WHERE database = current_database() AND $1::text[] IS NOT NULL""",
    "large objects": b"""
        SELECT format('%s of %s', count(*), lomowner::regrole) FROM pg_largeobject_metadata
        WHERE $1::text[] IS NOT NULL GROUP BY lomowner""",
}


@check(
    id="settings_untouched",
    title="Migrations leave server settings and roles alone",
    spec_lines=("evolution.migration_driven", "collaboration.with_devops"),
    weight=2,
    gate=True,
    requires=("migrations_apply",),
)
def settings_untouched(bench: SchemaBench) -> Outcome:
    """Are the settings of database and roles, role attributes, passwords and memberships the same as before?

    Nothing else may be left running or lying about either: sessions, background workers, advisory locks, prepared
    transactions, large objects.

    Why: such settings belong to whoever runs the server; a migration that changes them changes every other session.
    Source: the scenario's contract; PostgreSQL documentation, "ALTER DATABASE" and "ALTER ROLE".
    Fails: `ALTER ROLE CURRENT_USER SET search_path TO app` in a migration.
    """
    before, database = bench.untouched, bench.template
    if before is None or database is None:
        raise RuntimeError("settings_untouched needs what migrations_apply leaves")
    with bench.postgres.connect(database, "admin") as admin:
        changes = _changes(before, look(bench, admin))
        leftovers = _leftovers(admin)
    evidence: list[Evidence] = []
    if changes:
        body = "- before the migrations\n+ after them\n" + render(changes)
        evidence.append(Evidence(title="Settings and roles", body=body, kind="diff"))
    if leftovers:
        evidence.append(Evidence(title="Left behind", body="\n".join(leftovers)))
    if evidence:
        return failed(
            f"{len(changes)} settings or roles changed, {len(leftovers)} things left behind", evidence=evidence
        )
    return passed("settings and roles are as they were; nothing is left behind")


def _changes(before: Catalog, after: Catalog) -> list[CatalogChange]:
    return difference(_surroundings(before), _surroundings(after))


def _surroundings(catalog: Catalog) -> Catalog:
    """The objects of a catalog that are no part of the schema."""
    kept = {key: _without(found) for key, found in catalog.objects.items() if found.kind in _KINDS}
    return Catalog(kept)


def _without(found: CatalogObject) -> CatalogObject:
    attributes = {name: value for name, value in found.attributes.items() if name not in _LEFT_TO_MIGRATIONS}
    return CatalogObject(found.kind, found.identity, found.within, attributes)


def _leftovers(admin: "psycopg.Connection[Row]") -> list[str]:
    """What is left behind, after sessions had the time to end."""
    give_up_at_s = time.monotonic() + QUIET_S
    while (running := _found(admin, _RUNNING)) and time.monotonic() < give_up_at_s:
        time.sleep(_POLL_S)
    return running + _found(admin, _LYING_ABOUT)


def _found(admin: "psycopg.Connection[Row]", queries: dict[str, bytes]) -> list[str]:
    return [
        f"{what}: {row[0]}"
        for what, query in queries.items()
        for row in admin.execute(query, [list(SUBMISSION_ROLES)]).fetchall()
    ]
