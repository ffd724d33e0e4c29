"""Relations and their parts: tables, views, sequences, indexes; columns, constraints, triggers, rules, policies."""

from scorers.database_schema.catalog.queries import (
    CatalogQuery,
    derived,
    identity_of,
    in_definition,
    in_identity,
    name_in,
    not_of_extension,
    objects_of,
    privileges,
    shown_namespace,
    shown_relation,
    sorted_options,
)

_OWNED_BY = """(
    SELECT (pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid)).identity FROM pg_depend d
    WHERE o.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = o.oid AND d.refobjsubid > 0
    AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i'))"""

_PARENTS = """(
    SELECT jsonb_agg(h.inhparent::regclass::text || CASE WHEN h.inhdetachpending THEN ' (detach pending)' ELSE '' END
        ORDER BY h.inhseqno) FROM pg_inherits h WHERE h.inhrelid = o.oid)"""

_ROW_TYPE_ACL = "(SELECT t.typacl FROM pg_type t WHERE t.oid = o.reltype)"

RELATIONS = objects_of(
    "pg_class",
    {
        "owner": "o.relowner::regrole",
        "persistence": "o.relpersistence",
        "access_method": name_in("pg_am", "amname", "o.relam"),
        "tablespace": name_in("pg_tablespace", "spcname", "o.reltablespace"),
        "options": sorted_options("o.reloptions"),
        "toast_options": sorted_options("(SELECT t.reloptions FROM pg_class t WHERE t.oid = o.reltoastrelid)"),
        "row_security": "o.relrowsecurity",
        "forced_row_security": "o.relforcerowsecurity",
        "replica_identity": "o.relreplident",
        "privileges": f"""CASE o.relkind
            WHEN 'S' THEN {privileges("o.relacl", "s", "o.relowner")}
            WHEN 'i' THEN NULL WHEN 'I' THEN NULL
            ELSE {privileges("o.relacl", "r", "o.relowner")} END""",
        "row_type_privileges": privileges(
            "(SELECT t.typacl FROM pg_type t WHERE t.oid = o.reltype)", "T", "o.relowner"
        ),
        "of_type": "nullif(o.reloftype, 0)::regtype",
        "populated": "CASE WHEN o.relkind = 'm' THEN o.relispopulated END",
        "is_partition": "o.relispartition",
        "partition_key": "CASE WHEN o.relkind = 'p' THEN pg_get_partkeydef(o.oid) END",
        "partition_bound": "pg_get_expr(o.relpartbound, o.oid)",
        "parents": _PARENTS,
        "definition": "CASE WHEN o.relkind IN ('v', 'm') THEN pg_get_viewdef(o.oid) END",
        "sequence": """CASE WHEN o.relkind = 'S' THEN format('%s, start %s, increment %s, from %s to %s, cache %s, cycle %s',
            s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle) END""",
        "owned_by": _OWNED_BY,
        "server": name_in("pg_foreign_server", "srvname", "f.ftserver"),
        "foreign_options": sorted_options("f.ftoptions"),
    },
    where=f"o.relkind NOT IN ('t', 'i', 'I', 'c') AND {shown_namespace('o.relnamespace')}",
    joins="LEFT JOIN pg_sequence s ON s.seqrelid = o.oid LEFT JOIN pg_foreign_table f ON f.ftrelid = o.oid",
    also=("pg_sequence", "pg_foreign_table", "pg_inherits", "pg_partitioned_table"),
    left_out={
        **in_identity("relname", "relnamespace"),
        **in_definition(
            "partrelid",
            "partstrat",
            "partnatts",
            "partattrs",
            "partclass",
            "partcollation",
            "partexprs",
            "relpartbound",
        ),
        "partdefid": "the default partition says so in its bound",
        **derived(
            "relhasindex",
            "relisshared",
            "relnatts",
            "relchecks",
            "relhasrules",
            "relhastriggers",
            "relhassubclass",
            "relrewrite",
        ),
        **dict.fromkeys(
            ("relfilenode", "relpages", "reltuples", "relallvisible", "relallfrozen", "relfrozenxid", "relminmxid"),
            "storage and statistics, not schema",
        ),
    },
)

COLUMNS = CatalogQuery(
    ("pg_attribute", "pg_attrdef"),
    f"""
    SELECT i.type, i.identity, c.oid::regclass::text, jsonb_strip_nulls(to_jsonb(a))
    FROM pg_class c JOIN pg_attribute o ON o.attrelid = c.oid AND o.attnum > 0 AND NOT o.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = o.attrelid AND d.adnum = o.attnum
    CROSS JOIN LATERAL pg_identify_object('pg_class'::regclass, c.oid, o.attnum) AS i
    CROSS JOIN LATERAL (SELECT
        format_type(o.atttypid, o.atttypmod) AS type, nullif(o.attcollation, 0)::regcollation AS collation,
        o.attnotnull AS not_null, pg_get_expr(d.adbin, d.adrelid) AS "default", nullif(o.attgenerated, '') AS generated,
        nullif(o.attidentity, '') AS identity, o.attstorage AS storage, nullif(o.attcompression, '') AS compression,
        o.attstattarget AS statistics_target, {sorted_options("o.attoptions")} AS options,
        {sorted_options("o.attfdwoptions")} AS foreign_options, o.attislocal AS local, o.attinhcount AS inherited,
        CASE WHEN o.attacl IS NOT NULL THEN {privileges("o.attacl", "c", "")} END AS privileges) AS a
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND {shown_relation("c.oid")}
    """,
    {
        "oid": "never compared",
        **in_identity("attname"),
        **derived("attlen", "attbyval", "attalign", "atthasdef"),
        **dict.fromkeys(("atthasmissing", "attmissingval"), "storage: the default that rows before the column have"),
        "attndims": "PostgreSQL does not distinguish an array's number of dimensions",
    },
)

_TABLE = "o.{}::regclass::text"

CONSTRAINTS = objects_of(
    "pg_constraint",
    {
        "definition": "pg_get_constraintdef(o.oid)",
        "validated": "o.convalidated",
        "enforced": "o.conenforced",
        "deferrable": "o.condeferrable",
        "deferred": "o.condeferred",
        "local": "o.conislocal",
        "inherited": "o.coninhcount",
        "no_inherit": "o.connoinherit",
        "index": "nullif(o.conindid, 0)::regclass",
        "parent": identity_of("pg_constraint", "o.conparentid"),
    },
    within="coalesce(nullif(o.conrelid, 0)::regclass::text, o.contypid::regtype::text)",
    # A foreign key to a partitioned table has a row for each partition on the far side, which follow from the first.
    where=f"""({shown_relation("o.conrelid")} OR o.conrelid = 0
            AND {shown_namespace("o.connamespace")} AND {not_of_extension("pg_type", "o.contypid")})
        AND NOT EXISTS (SELECT FROM pg_constraint p WHERE p.oid = o.conparentid AND p.conrelid = o.conrelid)""",
    left_out={
        **in_identity("conname"),
        **in_definition("contype", "confrelid", "confupdtype", "confdeltype", "confmatchtype", "conperiod", "conkey"),
        **in_definition("confkey", "conexclop", "conbin", "confdelsetcols"),
        **derived("conpfeqop", "conppeqop", "conffeqop"),
    },
)

_INDEX_STATISTICS = """(
    SELECT jsonb_agg(format('column %s: %s', t.attnum, t.attstattarget) ORDER BY t.attnum) FROM pg_attribute t
    WHERE t.attrelid = o.oid AND t.attstattarget IS NOT NULL)"""

INDEXES = objects_of(
    "pg_class",
    {
        "definition": "pg_get_indexdef(o.oid)",
        "owner": "o.relowner::regrole",
        "tablespace": name_in("pg_tablespace", "spcname", "o.reltablespace"),
        "valid": "x.indisvalid",
        "ready": "x.indisready AND x.indislive",
        "unique": "x.indisunique",
        "primary": "x.indisprimary",
        "exclusion": "x.indisexclusion",
        "immediate": "x.indimmediate",
        "clustered": "x.indisclustered",
        "replica_identity": "x.indisreplident",
        "statistics_targets": _INDEX_STATISTICS,
        "parents": _PARENTS,
    },
    joins="JOIN pg_index x ON x.indexrelid = o.oid",
    within="x.indrelid::regclass::text",
    where=shown_relation("x.indrelid"),
    also=("pg_index",),
    left_out={
        **{column: reason for column, reason in RELATIONS.left_out.items() if column.startswith("rel")},
        **dict.fromkeys(
            (
                *("relpersistence", "relam", "reloptions", "reloftype", "relacl", "relkind", "reltype"),
                *("relispartition", "relispopulated", "relreplident", "relrowsecurity", "relforcerowsecurity"),
                "reltoastrelid",
            ),
            "in the definition, or of no meaning for an index",
        ),
        **in_definition("indnatts", "indnkeyatts", "indnullsnotdistinct", "indkey", "indcollation", "indclass"),
        **in_definition("indoption", "indexprs", "indpred"),
        "indcheckxmin": "passes by itself once older transactions are gone",
    },
)

TRIGGERS = objects_of(
    "pg_trigger",
    {
        "definition": "pg_get_triggerdef(o.oid)",
        "enabled": "o.tgenabled",
        "parent": identity_of("pg_trigger", "o.tgparentid"),
    },
    within=_TABLE.format("tgrelid"),
    # Internal ones follow from foreign keys, and only a superuser can switch them off.
    where=f"NOT o.tgisinternal AND {shown_relation('o.tgrelid')}",
    left_out={
        **in_identity("tgname"),
        **in_definition("tgfoid", "tgtype", "tgconstrrelid", "tgdeferrable", "tginitdeferred", "tgnargs", "tgattr"),
        **in_definition("tgargs", "tgqual", "tgoldtable", "tgnewtable"),
        **derived("tgconstrindid", "tgconstraint"),
    },
)

RULES = objects_of(
    "pg_rewrite",
    {"definition": "pg_get_ruledef(o.oid)", "enabled": "o.ev_enabled"},
    within=_TABLE.format("ev_class"),
    where=f"o.rulename <> '_RETURN' AND {shown_relation('o.ev_class')}",
    left_out=in_definition("ev_type", "is_instead", "ev_qual", "ev_action"),
)

POLICIES = objects_of(
    "pg_policy",
    {
        "command": "o.polcmd",
        "permissive": "o.polpermissive",
        "roles": """(SELECT jsonb_agg(x ORDER BY x COLLATE "C") FROM (
            SELECT CASE p WHEN 0 THEN 'PUBLIC' ELSE p::regrole::text END AS x FROM unnest(o.polroles) AS p) AS y)""",
        "using": "pg_get_expr(o.polqual, o.polrelid)",
        "with_check": "pg_get_expr(o.polwithcheck, o.polrelid)",
    },
    within=_TABLE.format("polrelid"),
    where=shown_relation("o.polrelid"),
    left_out=in_identity("polname"),
)

STATISTICS = objects_of(
    "pg_statistic_ext",
    {"definition": "pg_get_statisticsobjdef(o.oid)", "owner": "o.stxowner::regrole", "target": "o.stxstattarget"},
    within=_TABLE.format("stxrelid"),
    where=shown_relation("o.stxrelid"),
    left_out={**in_identity("stxname", "stxnamespace"), **in_definition("stxkeys", "stxkind", "stxexprs")},
)

RELATION_QUERIES: tuple[CatalogQuery, ...] = (
    RELATIONS,
    COLUMNS,
    CONSTRAINTS,
    INDEXES,
    TRIGGERS,
    RULES,
    POLICIES,
    STATISTICS,
)
