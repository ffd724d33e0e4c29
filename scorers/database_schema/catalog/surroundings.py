"""What is round the objects: schemas, extensions, comments, replication, the database itself, settings and roles."""

from scorers.database_schema.catalog.queries import (
    FIRST_USER_OID,
    CatalogQuery,
    derived,
    identity_of,
    in_identity,
    name_in,
    not_of_extension,
    objects_of,
    privileges,
    secret_options,
    shown_namespace,
    shown_relation,
    sorted_options,
)

SCHEMAS = CatalogQuery(
    ("pg_namespace",),
    f"""
    SELECT i.type, i.identity, NULL, to_jsonb(a) FROM pg_namespace o
    CROSS JOIN LATERAL pg_identify_object('pg_namespace'::regclass, o.oid, 0) AS i
    CROSS JOIN LATERAL (SELECT o.nspowner::regrole AS owner, {privileges("o.nspacl", "n", "o.nspowner")} AS privileges)
        AS a
    WHERE o.nspname NOT IN ('pg_catalog', 'information_schema') AND {shown_namespace("o.oid")}
        AND {not_of_extension("pg_namespace", "o.oid")}
    """,
)

EXTENSIONS = CatalogQuery(
    ("pg_extension",),
    """
    SELECT 'extension', quote_ident(o.extname), NULL, jsonb_strip_nulls(to_jsonb(a)) FROM pg_extension o
    CROSS JOIN LATERAL (SELECT o.extversion AS version, o.extnamespace::regnamespace AS schema,
        o.extowner::regrole AS owner, o.extrelocatable AS relocatable, o.extcondition AS conditions,
        (SELECT jsonb_agg(t::regclass ORDER BY t::regclass::text) FROM unnest(o.extconfig) AS t) AS tables,
        (SELECT format('%s objects, digest %s', count(*), md5(string_agg(m.type || m.identity, ',' ORDER BY m.type,
            m.identity))) FROM pg_depend e, pg_identify_object(e.classid, e.objid, 0) AS m
            WHERE e.deptype = 'e' AND e.refclassid = 'pg_extension'::regclass AND e.refobjid = o.oid) AS members) AS a
    """,
)

EXTENSION_DEPENDENTS = CatalogQuery(
    ("pg_depend",),
    """
    SELECT i.type, i.identity, NULL, jsonb_build_object('depends_on_extension', jsonb_agg(x.extname ORDER BY x.extname))
    FROM pg_depend o JOIN pg_extension x ON x.oid = o.refobjid
    CROSS JOIN LATERAL pg_identify_object(o.classid, o.objid, o.objsubid) AS i
    WHERE o.deptype = 'x' AND o.refclassid = 'pg_extension'::regclass GROUP BY 1, 2
    """,
    derived("refobjsubid"),
)

COMMENTS = CatalogQuery(
    ("pg_description",),
    f"""
    SELECT i.type, i.identity, NULL, jsonb_build_object('comment', o.description)
    FROM pg_description o CROSS JOIN LATERAL pg_identify_object(o.classoid, o.objoid, o.objsubid) AS i
    WHERE (o.objoid >= {FIRST_USER_OID} OR o.classoid = 'pg_namespace'::regclass)
        AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.deptype = 'e' AND e.classid = o.classoid AND e.objid = o.objoid)
    """,
)

SECURITY_LABELS = CatalogQuery(
    ("pg_seclabel",),
    """
    SELECT i.type, i.identity, NULL,
        jsonb_build_object('security_labels', jsonb_agg(o.provider || ': ' || o.label ORDER BY o.provider))
    FROM pg_seclabel o CROSS JOIN LATERAL pg_identify_object(o.classoid, o.objoid, o.objsubid) AS i GROUP BY 1, 2
    """,
)

DEFAULT_PRIVILEGES = objects_of(
    "pg_default_acl",
    {"privileges": privileges("o.defaclacl", "", "")},
    left_out=in_identity("defaclrole", "defaclnamespace", "defaclobjtype"),
)

FOREIGN_DATA_WRAPPERS = objects_of(
    "pg_foreign_data_wrapper",
    {
        "owner": "o.fdwowner::regrole",
        "handler": identity_of("pg_proc", "o.fdwhandler"),
        "validator": identity_of("pg_proc", "o.fdwvalidator"),
        "privileges": privileges("o.fdwacl", "F", "o.fdwowner"),
        "options": sorted_options("o.fdwoptions"),
    },
    left_out=in_identity("fdwname"),
)

FOREIGN_SERVERS = objects_of(
    "pg_foreign_server",
    {
        "owner": "o.srvowner::regrole",
        "wrapper": name_in("pg_foreign_data_wrapper", "fdwname", "o.srvfdw"),
        "type": "o.srvtype",
        "version": "o.srvversion",
        "privileges": privileges("o.srvacl", "S", "o.srvowner"),
        "options": sorted_options("o.srvoptions"),
    },
    left_out=in_identity("srvname"),
)

USER_MAPPINGS = objects_of(
    "pg_user_mapping", {"options_digest": secret_options("o.umoptions")}, left_out=in_identity("umuser", "umserver")
)

PUBLICATIONS = objects_of(
    "pg_publication",
    {
        "owner": "o.pubowner::regrole",
        "all_tables": "o.puballtables",
        "insert": "o.pubinsert",
        "update": "o.pubupdate",
        "delete": "o.pubdelete",
        "truncate": "o.pubtruncate",
        "via_root": "o.pubviaroot",
        "generated": "o.pubgencols",
    },
    left_out=in_identity("pubname"),
)

PUBLISHED_RELATIONS = objects_of(
    "pg_publication_rel",
    {
        "where": "pg_get_expr(o.prqual, o.prrelid)",
        "columns": """(SELECT jsonb_agg(c.attname ORDER BY c.attname) FROM pg_attribute c
            WHERE c.attrelid = o.prrelid AND c.attnum = ANY (o.prattrs::int2[]))""",
    },
    where=shown_relation("o.prrelid"),
    left_out=in_identity("prpubid"),
)

PUBLISHED_SCHEMAS = objects_of(
    "pg_publication_namespace", {"published": "true"}, left_out=in_identity("pnpubid", "pnnspid")
)

SUBSCRIPTIONS = objects_of(
    "pg_subscription",
    {
        "owner": "o.subowner::regrole",
        "enabled": "o.subenabled",
        "binary": "o.subbinary",
        "stream": "o.substream",
        "two_phase": "o.subtwophasestate",
        "disable_on_error": "o.subdisableonerr",
        "password_required": "o.subpasswordrequired",
        "run_as_owner": "o.subrunasowner",
        "failover": "o.subfailover",
        "connection_digest": secret_options("o.subconninfo"),
        "slot": "o.subslotname",
        "synchronous_commit": "o.subsynccommit",
        "publications": sorted_options("o.subpublications"),
        "origin": "o.suborigin",
    },
    where="o.subdbid = (SELECT c.oid FROM pg_database c WHERE c.datname = current_database())",
    left_out={**in_identity("subname"), "subskiplsn": "the state of a replication, not schema"},
)

LARGE_OBJECTS = CatalogQuery(
    ("pg_largeobject_metadata",),
    """
    SELECT 'large objects', 'of ' || lomowner::regrole, NULL, jsonb_build_object('count', count(*))
    FROM pg_largeobject_metadata GROUP BY lomowner
    """,
    {"lomacl": "large objects are data; their number is compared"},
)

DATABASE = CatalogQuery(
    ("pg_database", "pg_shdescription", "pg_shseclabel"),
    f"""
    SELECT 'database', 'this database', NULL, jsonb_strip_nulls(to_jsonb(a)) FROM pg_database o CROSS JOIN LATERAL (
        SELECT o.datdba::regrole AS owner, {privileges("o.datacl", "d", "o.datdba")} AS privileges,
        pg_encoding_to_char(o.encoding) AS encoding, o.datlocprovider AS locale_provider, o.datcollate AS collate,
        o.datctype AS ctype, o.datlocale AS locale, o.daticurules AS rules, o.datcollversion AS collation_version,
        o.datistemplate AS is_template, o.datallowconn AS allows_connections, o.datconnlimit AS connection_limit,
        {name_in("pg_tablespace", "spcname", "o.dattablespace")} AS tablespace,
        (SELECT c.description FROM pg_shdescription c WHERE c.classoid = 'pg_database'::regclass AND c.objoid = o.oid)
            AS comment,
        (SELECT jsonb_agg(l.provider || ': ' || l.label ORDER BY l.provider) FROM pg_shseclabel l
            WHERE l.classoid = 'pg_database'::regclass AND l.objoid = o.oid) AS security_labels
        ) AS a WHERE o.datname = current_database()
    """,
    {
        "dathasloginevt": "follows from the event triggers",
        **dict.fromkeys(("datfrozenxid", "datminmxid"), "storage, not schema"),
    },
)

DATABASE_SETTINGS = CatalogQuery(
    ("pg_db_role_setting",),
    f"""
    SELECT 'settings', 'of this database' || CASE o.setrole WHEN 0 THEN '' ELSE ' for ' || o.setrole::regrole END, NULL,
        jsonb_build_object('settings', {sorted_options("o.setconfig")}) FROM pg_db_role_setting o
    WHERE o.setdatabase = (SELECT c.oid FROM pg_database c WHERE c.datname = current_database())
    """,
)

ROLE_SETTINGS = CatalogQuery(
    ("pg_db_role_setting",),
    f"""
    SELECT 'settings', 'of ' || o.setrole::regrole, NULL, jsonb_build_object('settings', {sorted_options("o.setconfig")})
    FROM pg_db_role_setting o WHERE o.setdatabase = 0 AND o.setrole >= {FIRST_USER_OID}
    """,
)

ROLES = CatalogQuery(
    ("pg_authid",),
    f"""
    SELECT 'role', o.oid::regrole::text, NULL, jsonb_strip_nulls(to_jsonb(a)) FROM pg_authid o CROSS JOIN LATERAL (
        SELECT o.rolsuper AS superuser, o.rolinherit AS inherit, o.rolcreaterole AS create_role,
        o.rolcreatedb AS create_database, o.rolcanlogin AS login, o.rolreplication AS replication,
        o.rolbypassrls AS bypass_row_security, o.rolconnlimit AS connection_limit, o.rolvaliduntil AS valid_until,
        {secret_options("o.rolpassword")} AS password_digest) AS a
    WHERE o.oid >= {FIRST_USER_OID}
    """,
    in_identity("rolname"),
)

MEMBERSHIPS = CatalogQuery(
    ("pg_auth_members",),
    f"""
    SELECT 'membership', format('%s in %s, granted by %s', o.member::regrole, o.roleid::regrole, o.grantor::regrole),
        NULL, jsonb_build_object('admin', o.admin_option, 'inherit', o.inherit_option, 'set', o.set_option)
    FROM pg_auth_members o WHERE o.member >= {FIRST_USER_OID} OR o.roleid >= {FIRST_USER_OID}
    """,
)

SURROUNDING_QUERIES: tuple[CatalogQuery, ...] = (
    SCHEMAS,
    EXTENSIONS,
    DEFAULT_PRIVILEGES,
    FOREIGN_DATA_WRAPPERS,
    FOREIGN_SERVERS,
    USER_MAPPINGS,
    PUBLICATIONS,
    PUBLISHED_RELATIONS,
    PUBLISHED_SCHEMAS,
    SUBSCRIPTIONS,
    LARGE_OBJECTS,
    DATABASE,
    DATABASE_SETTINGS,
)

ROLE_QUERIES: tuple[CatalogQuery, ...] = (ROLE_SETTINGS, ROLES, MEMBERSHIPS)

NOTE_QUERIES: tuple[CatalogQuery, ...] = (EXTENSION_DEPENDENTS, COMMENTS, SECURITY_LABELS)
"""What is said about objects that other queries found; rows about other objects are left out."""
