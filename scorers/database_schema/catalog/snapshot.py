"""Reading a database's catalogs into a normalised snapshot, in one round trip."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from scorers.database_schema.catalog.programs import PROGRAM_QUERIES
from scorers.database_schema.catalog.queries import CatalogQuery
from scorers.database_schema.catalog.relations import RELATION_QUERIES
from scorers.database_schema.catalog.surroundings import NOTE_QUERIES, ROLE_QUERIES, SURROUNDING_QUERIES
from scorers.testbed.protocol import Row

OBJECT_QUERIES: tuple[CatalogQuery, ...] = (*SURROUNDING_QUERIES, *RELATION_QUERIES, *PROGRAM_QUERIES)

Attributes = Mapping[str, Any]
"""An object's attributes by name: texts, numbers, booleans, and lists of texts. What is NULL is absent."""


@dataclass(frozen=True)
class CatalogObject:
    """One object: kind and identity as PostgreSQL names them, and the relation that it is a part of, if any."""

    kind: str
    identity: str
    within: str | None
    attributes: Attributes


@dataclass(frozen=True)
class Catalog:
    """All objects of a database that its owner can change, by kind and identity. No OIDs, no positions, no data."""

    objects: Mapping[tuple[str, str], CatalogObject]

    def of_kind(self, kind: str) -> list[CatalogObject]:
        """The objects of one kind (`table`, `index`, `table constraint`, …), in order of their identities."""
        return [self.objects[key] for key in sorted(self.objects) if key[0] == kind]


def snapshot(connection: "psycopg.Connection[Row]", *, roles: bool = True) -> Catalog:
    """Return the catalog of the database that `connection`, a session of `admin`, is in.

    With `roles`, the cluster's roles, their memberships and settings are part of it: for clusters that belong to one
    grade only. The names in all definitions are qualified, since `search_path` is `pg_catalog` alone.
    """
    queries = (*OBJECT_QUERIES, *(ROLE_QUERIES if roles else ()), *NOTE_QUERIES)
    script = "SET search_path TO pg_catalog;" + ";".join(query.sql for query in queries)
    objects: dict[tuple[str, str], CatalogObject] = {}
    results = _results(connection.execute(script.encode()))
    for query, rows in zip(queries, results, strict=True):
        _add(objects, rows, notes=query in NOTE_QUERIES)
    return Catalog(objects)


def _results(cursor: "psycopg.Cursor[Row]") -> Iterator[list[Row]]:
    """The rows of each statement after the first, which sets the search path."""
    while cursor.nextset():
        yield cursor.fetchall()


def _add(objects: dict[tuple[str, str], CatalogObject], rows: Iterable[Row], *, notes: bool) -> None:
    for kind, identity, within, attributes in rows:
        known = objects.get((kind, identity))
        if known is not None:
            merged = {**known.attributes, **attributes}
            objects[kind, identity] = CatalogObject(kind, identity, known.within, merged)
        elif not notes:
            objects[kind, identity] = CatalogObject(kind, identity, within, attributes)
