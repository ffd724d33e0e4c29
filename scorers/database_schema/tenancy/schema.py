"""What the tenancy checks know of a submission's schema: relations, columns, keys, policies. Read from the catalogs."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from psycopg import sql

Kind = Literal["r", "p", "v", "m", "f"]
"""pg_class.relkind: table, partitioned table, view, materialized view, foreign table."""

KIND_NAMES: dict[Kind, str] = {
    "r": "table",
    "p": "partitioned table",
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
}

INTEGER_TYPES = frozenset({"int2", "int4", "int8"})
NUMBER_TYPES = INTEGER_TYPES | {"numeric"}
TEXT_TYPES = frozenset({"text", "varchar", "bpchar", "citext", "name"})


@dataclass(frozen=True)
class Column:
    """A column, with what `app_user` may do to it."""

    name: str
    type_name: str
    """The base type's name in pg_type, below any domains."""
    not_null: bool
    has_default: bool
    generated: bool
    identity: bool
    readable: bool
    insertable: bool
    updatable: bool

    @property
    def sql(self) -> sql.Identifier:
        """The quoted name."""
        return sql.Identifier(self.name)


@dataclass(frozen=True)
class UniqueIndex:
    """The columns that a unique index depends on; `plain` ones may serve to recognise a row."""

    columns: tuple[str, ...]
    plain: bool
    """Neither partial nor over expressions."""
    primary: bool


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key from `child` to `parent`, column by column."""

    name: str
    child: int
    parent: int
    columns: tuple[tuple[str, str], ...]
    """Pairs of a child's column and the parent's."""


@dataclass(frozen=True)
class Relation:
    """A table or view. `oid` is its identity; clones of a database keep it."""

    oid: int
    schema: str
    name: str
    kind: Kind
    owner: str
    row_security: bool
    columns: tuple[Column, ...]
    accepts_insert: bool
    accepts_update: bool
    policies: tuple[str, ...] = ()
    unique: tuple[UniqueIndex, ...] = ()

    @property
    def label(self) -> str:
        """`schema.name`, for people."""
        return f"{self.schema}.{self.name}"

    @property
    def described(self) -> str:
        """`table schema.name`, for people."""
        return f"{KIND_NAMES[self.kind]} {self.label}"

    @property
    def sql(self) -> sql.Identifier:
        """The quoted, qualified name."""
        return sql.Identifier(self.schema, self.name)

    @property
    def stored(self) -> bool:
        """Whether the relation keeps rows of its own that somebody wrote (not a view, not a copy of others)."""
        return self.kind in {"r", "p"}

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Columns by name."""
        return {column.name: column for column in self.columns}

    @property
    def readable(self) -> tuple[Column, ...]:
        """Columns that app_user may select."""
        return tuple(column for column in self.columns if column.readable)

    @property
    def key(self) -> tuple[str, ...]:
        """Columns by which a row is recognised when its contents change: the primary key or else a unique index."""
        plain = [index for index in self.unique if index.plain]
        best = next((index for index in plain if index.primary), plain[0] if plain else None)
        return best.columns if best else ()

    def position(self, column: str) -> int:
        """Where `column` stands in a stored row."""
        return next(number for number, known in enumerate(self.columns) if known.name == column)


@dataclass(frozen=True)
class Schema:
    """All relations outside of PostgreSQL's own schemas."""

    relations: dict[int, Relation]
    foreign_keys: tuple[ForeignKey, ...]
    children: dict[int, tuple[int, ...]] = field(default_factory=dict[int, tuple[int, ...]])
    """Direct partitions and inheriting tables."""
    view_sources: dict[int, tuple[int, ...]] = field(default_factory=dict[int, tuple[int, ...]])
    """The relations that a view's rule names."""

    @property
    def tables(self) -> list[Relation]:
        """The relations that hold rows themselves: ordinary tables and leaf partitions."""
        return [relation for relation in self.relations.values() if relation.kind == "r"]

    @property
    def stored(self) -> list[Relation]:
        """Ordinary and partitioned tables."""
        return [relation for relation in self.relations.values() if relation.stored]

    @property
    def derived(self) -> list[Relation]:
        """Views, materialized views and foreign tables."""
        return [relation for relation in self.relations.values() if not relation.stored]

    def holders(self, oid: int) -> list[Relation]:
        """The tables in which the rows of the table `oid` lie: itself, or its partitions and heirs."""
        found: list[Relation] = []
        waiting, seen = [oid], {oid}
        while waiting:
            relation = self.relations.get(waiting.pop())
            if relation is None:
                continue
            if relation.kind == "r":
                found.append(relation)
            fresh = [child for child in self.children.get(relation.oid, ()) if child not in seen]
            seen.update(fresh)
            waiting.extend(fresh)
        return found

    def base(self, relation: Relation) -> Relation | None:
        """The table that a write to `relation` ends up in: itself, or the one table below a simple view."""
        seen: set[int] = set()
        while not relation.stored:
            sources = self.view_sources.get(relation.oid, ())
            if len(sources) != 1 or relation.oid in seen or sources[0] not in self.relations:
                return None
            seen.add(relation.oid)
            relation = self.relations[sources[0]]
        return relation

    def referrers(self, table: Relation) -> list[Relation]:
        """The tables that refer to `table`, straight or through others, those furthest away first; never itself."""
        found: list[Relation] = []
        waiting = [table.oid]
        while waiting:
            parent = waiting.pop(0)
            for key in self.foreign_keys:
                child = self.relations[key.child]
                if key.parent == parent and child not in found and child != table:
                    found.append(child)
                    waiting.append(child.oid)
        return found[::-1]

    def references_of(self, table: Relation) -> list[ForeignKey]:
        """The foreign keys on `table`."""
        return [key for key in self.foreign_keys if key.child == table.oid]
