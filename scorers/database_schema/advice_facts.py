"""What the advice is drawn from: a migrated database's foreign keys, indexes and columns."""

from dataclasses import dataclass
from typing import Any

import psycopg
from pydantic import BaseModel, ConfigDict

from scorers.database_schema.catalog.queries import shown_relation
from scorers.testbed.accounts import APP_USER
from scorers.testbed.protocol import Row

_KEYS = """(
    SELECT jsonb_agg(jsonb_build_array(a.attname, pg_get_indexdef(x.indexrelid, n, false), x.indclass[n - 1]::text,
        x.indcollation[n - 1]::text, x.indoption[n - 1]::text) ORDER BY n)
    FROM generate_series(1, x.indnkeyatts) AS n
    LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[n - 1] AND a.attnum > 0)"""

_INDEXES = f"""
SELECT jsonb_build_object(
    'table', x.indrelid::regclass::text, 'name', c.oid::regclass::text, 'method', m.amname,
    'unique', x.indisunique, 'nulls_not_distinct', x.indnullsnotdistinct, 'keys', {_KEYS},
    'included', (SELECT coalesce(jsonb_agg(a.attname), '[]') FROM generate_series(x.indnkeyatts + 1, x.indnatts) AS n
        JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[n - 1]),
    'predicate', pg_get_expr(x.indpred, x.indrelid), 'of_partition', c.relispartition,
    'definition', pg_get_indexdef(c.oid), 'replica_identity', x.indisreplident,
    'constraint', (SELECT min(k.contype::text) FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')),
    'referenced', EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype = 'f'))
FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_am m ON m.oid = c.relam
WHERE x.indisvalid AND x.indisready AND x.indislive AND {shown_relation("x.indrelid")}
ORDER BY c.oid
"""

_COLUMN_NAMES = """(
    SELECT jsonb_agg(a.attname ORDER BY n) FROM unnest(k.{keys}) WITH ORDINALITY AS u(number, n)
    JOIN pg_attribute a ON a.attrelid = k.{table} AND a.attnum = u.number)"""

_FOREIGN_KEYS = f"""
SELECT jsonb_build_object(
    'name', k.conname, 'table', k.conrelid::regclass::text, 'referenced_table', k.confrelid::regclass::text,
    'columns', {_COLUMN_NAMES.format(keys="conkey", table="conrelid")},
    'referenced_columns', {_COLUMN_NAMES.format(keys="confkey", table="confrelid")},
    'cascades', k.confdeltype = 'c', 'definition', pg_get_constraintdef(k.oid),
    'partitions', (SELECT coalesce(jsonb_agg(t.relid::regclass::text), '[]') FROM pg_partition_tree(k.conrelid) AS t))
FROM pg_constraint k
WHERE k.contype = 'f' AND k.conparentid = 0 AND {shown_relation("k.conrelid")}
ORDER BY k.conrelid::regclass::text COLLATE "C", k.conname
"""

_COLUMNS = f"""
WITH RECURSIVE base AS (
    SELECT t.oid AS declared, t.oid FROM pg_type t
    UNION ALL SELECT b.declared, CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END
    FROM base b JOIN pg_type t ON t.oid = b.oid WHERE t.typtype = 'd' OR t.typsubscript = 'array_subscript_handler'::regproc
)
SELECT jsonb_build_object(
    'table', c.oid::regclass::text, 'name', a.attname, 'declared', format_type(a.atttypid, a.atttypmod),
    'type', (SELECT b.oid::regtype::text FROM base b JOIN pg_type t ON t.oid = b.oid WHERE b.declared = a.atttypid
        AND t.typtype <> 'd' AND t.typsubscript <> 'array_subscript_handler'::regproc),
    'generated', a.attgenerated <> '',
    'sole_key', EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p'
        AND k.conkey = ARRAY[a.attnum]),
    'sequence_end', (SELECT min(s.seqmax) FROM pg_depend d JOIN pg_sequence s ON s.seqrelid IN (d.objid, d.refobjid)
        WHERE d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.deptype = 'i' AND d.refobjid = c.oid
            AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid = a.attnum
        OR d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_class'::regclass
            AND d.refobjid = s.seqrelid),
    'partitions', (SELECT coalesce(jsonb_agg(t.relid::regclass::text), '[]') FROM pg_partition_tree(c.oid) AS t))
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attislocal
LEFT JOIN pg_attrdef f ON f.adrelid = c.oid AND f.adnum = a.attnum
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND {shown_relation("c.oid")}
ORDER BY c.oid::regclass::text COLLATE "C", a.attnum
"""

_DELETABLE = f"""
SELECT c.oid::regclass::text FROM pg_class c
WHERE c.relkind IN ('r', 'p') AND {shown_relation("c.oid")} AND has_table_privilege($1::text, c.oid, 'DELETE')
"""

_DEFINER_FUNCTIONS = """
SELECT pg_get_functiondef(p.oid) FROM pg_proc p WHERE p.oid >= 16384 AND p.prosecdef AND p.prokind IN ('f', 'p')
"""


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Index(_Fact):
    """A valid index. `keys` hold column (None for an expression), expression, operator class, collation and options."""

    table: str
    name: str
    method: str
    unique: bool
    nulls_not_distinct: bool
    keys: tuple[tuple[str | None, str, str, str, str], ...]
    included: frozenset[str]
    predicate: str | None
    constraint: str | None
    referenced: bool
    replica_identity: bool
    of_partition: bool
    definition: str

    @property
    def columns(self) -> tuple[str | None, ...]:
        """The key columns in order; None where the key is an expression."""
        return tuple(key[0] for key in self.keys)


class ForeignKey(_Fact):
    """A foreign key as it was declared (not the copies on partitions)."""

    name: str
    table: str
    columns: tuple[str, ...]
    referenced_table: str
    referenced_columns: tuple[str, ...]
    cascades: bool
    definition: str
    partitions: tuple[str, ...]


class Column(_Fact):
    """A column of a table (not of a partition, not inherited). `type` is what domains and arrays are made of."""

    table: str
    name: str
    declared: str
    type: str
    generated: bool
    sole_key: bool
    sequence_end: int | None
    partitions: tuple[str, ...]


@dataclass(frozen=True)
class SchemaFacts:
    """All of them, and which tables the application may delete from itself, or functions on its behalf."""

    indexes: tuple[Index, ...]
    foreign_keys: tuple[ForeignKey, ...]
    columns: tuple[Column, ...]
    deletable: frozenset[str]
    definer_functions: tuple[str, ...]


def read_facts(admin: "psycopg.Connection[Row]") -> SchemaFacts:
    """Read the facts in a session of `admin`; members of extensions are left out."""
    return SchemaFacts(
        indexes=tuple(Index.model_validate(found) for found in _objects(admin, _INDEXES)),
        foreign_keys=tuple(ForeignKey.model_validate(found) for found in _objects(admin, _FOREIGN_KEYS)),
        columns=tuple(Column.model_validate(found) for found in _objects(admin, _COLUMNS)),
        deletable=frozenset(str(row[0]) for row in admin.execute(_DELETABLE.encode(), [APP_USER]).fetchall()),
        definer_functions=tuple(str(row[0]) for row in admin.execute(_DEFINER_FUNCTIONS.encode()).fetchall()),
    )


def _objects(admin: "psycopg.Connection[Row]", query: str) -> list[dict[str, Any]]:
    return [row[0] for row in admin.execute(query.encode()).fetchall()]
