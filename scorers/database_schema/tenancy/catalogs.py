"""Reading a Schema from PostgreSQL's catalogs, as `reader` with its pinned search path."""

from collections import defaultdict
from typing import Any, LiteralString

import psycopg

from scorers.database_schema.tenancy.schema import Column, ForeignKey, Relation, Schema, UniqueIndex
from scorers.testbed.protocol import Row

_USER_SCHEMA: LiteralString = "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"

_RELATIONS: LiteralString = f"""
    SELECT c.oid::bigint, n.nspname::text, c.relname::text, c.relkind::text, pg_get_userbyid(c.relowner)::text,
           c.relrowsecurity, (pg_relation_is_updatable(c.oid::regclass, true) & 8) <> 0,
           (pg_relation_is_updatable(c.oid::regclass, true) & 4) <> 0,
           has_schema_privilege('app_user', n.oid, 'USAGE')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' AND {_USER_SCHEMA}
    ORDER BY n.nspname, c.relname
"""

_COLUMNS: LiteralString = f"""
    WITH RECURSIVE base (type, below) AS (
        SELECT oid, oid FROM pg_type
        UNION ALL
        SELECT base.type, t.typbasetype FROM base JOIN pg_type t ON t.oid = base.below WHERE t.typtype = 'd'
    )
    SELECT a.attrelid::bigint, a.attname::text, t.typname::text, a.attnotnull, a.atthasdef, a.attgenerated <> '',
           a.attidentity <> '',
           has_column_privilege('app_user', c.oid, a.attnum, 'SELECT'),
           has_column_privilege('app_user', c.oid, a.attnum, 'INSERT'),
           has_column_privilege('app_user', c.oid, a.attnum, 'UPDATE')
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN base ON base.type = a.atttypid
    JOIN pg_type t ON t.oid = base.below AND t.typtype <> 'd'
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' AND {_USER_SCHEMA}
    ORDER BY a.attrelid, a.attnum
"""

_POLICIES: LiteralString = """
    SELECT c.oid::bigint,
           format('%s %s FOR %s TO %s%s%s', p.policyname, lower(p.permissive), p.cmd, array_to_string(p.roles, ', '),
                  ' USING (' || p.qual || ')', ' WITH CHECK (' || p.with_check || ')')
    FROM pg_policies p
    JOIN pg_namespace n ON n.nspname = p.schemaname
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename
    ORDER BY p.policyname
"""

_UNIQUE: LiteralString = """
    SELECT i.indrelid::bigint, i.indisprimary, i.indpred IS NULL AND i.indexprs IS NULL,
           ARRAY(SELECT a.attname::text FROM pg_attribute a
                 WHERE a.attrelid = i.indrelid AND a.attnum > 0
                   AND (a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1])
                        OR EXISTS (SELECT FROM pg_depend d
                                   WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                                     AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid
                                     AND d.refobjsubid = a.attnum AND (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL)))
                 ORDER BY a.attnum)
    FROM pg_index i WHERE i.indisunique AND i.indislive ORDER BY i.indexrelid
"""

_FOREIGN_KEYS: LiteralString = """
    SELECT k.conname::text, k.conrelid::bigint, k.confrelid::bigint,
           ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u (number, place)
                 JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number ORDER BY u.place),
           ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u (number, place)
                 JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number ORDER BY u.place)
    FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY k.oid
"""

_CHILDREN: LiteralString = "SELECT inhparent::bigint, inhrelid::bigint FROM pg_inherits ORDER BY inhrelid"

_VIEW_SOURCES: LiteralString = """
    SELECT DISTINCT r.ev_class::bigint, d.refobjid::bigint
    FROM pg_rewrite r
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
         AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
    JOIN pg_class c ON c.oid = r.ev_class AND c.relkind = 'v'
    JOIN pg_class source ON source.oid = d.refobjid AND source.relkind IN ('r', 'p', 'v', 'm', 'f')
"""


def read_schema(reader: psycopg.Connection[Row]) -> Schema:
    """Read all that the checks need to know; runs nothing of the submission's."""
    columns: dict[int, list[Column]] = defaultdict(list)
    for oid, *facts in reader.execute(_COLUMNS).fetchall():
        columns[oid].append(Column(*facts))
    unique: dict[int, list[UniqueIndex]] = defaultdict(list)
    for oid, primary, plain, names in reader.execute(_UNIQUE).fetchall():
        unique[oid].append(UniqueIndex(tuple(names), plain, primary))
    policies = _grouped(reader, _POLICIES)
    relations = {
        row[0]: _relation(row, columns[row[0]], policies.get(row[0], []), unique[row[0]])
        for row in reader.execute(_RELATIONS).fetchall()
    }
    foreign_keys = tuple(
        ForeignKey(name, child, parent, tuple(zip(child_columns, parent_columns, strict=True)))
        for name, child, parent, child_columns, parent_columns in reader.execute(_FOREIGN_KEYS).fetchall()
        if child in relations and parent in relations
    )
    return Schema(
        relations,
        foreign_keys,
        {parent: tuple(found) for parent, found in _grouped(reader, _CHILDREN).items()},
        {view: tuple(found) for view, found in _grouped(reader, _VIEW_SOURCES).items()},
    )


def _relation(row: Row, columns: list[Column], policies: list[str], unique: list[UniqueIndex]) -> Relation:
    oid, schema, name, kind, owner, row_security, inserts, updates, usable = row
    if not usable:
        columns = [_closed(column) for column in columns]
    return Relation(
        oid,
        schema,
        name,
        kind,
        owner,
        row_security,
        tuple(columns),
        accepts_insert=inserts,
        accepts_update=updates,
        policies=tuple(policies),
        unique=tuple(unique),
    )


def _closed(column: Column) -> Column:
    """The column of a relation in a schema that app_user may not use: privileges on it are of no avail."""
    facts = (column.not_null, column.has_default, column.generated, column.identity)
    return Column(column.name, column.type_name, *facts, readable=False, insertable=False, updatable=False)


def _grouped(reader: psycopg.Connection[Row], query: LiteralString) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    for key, value in reader.execute(query).fetchall():
        groups[key].append(value)
    return groups
