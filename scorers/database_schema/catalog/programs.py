"""Types, functions, operators, text search and the other objects that are no relations."""

from scorers.database_schema.catalog.queries import (
    CatalogQuery,
    function_name,
    identity_of,
    in_definition,
    in_identity,
    not_of_extension,
    objects_of,
    privileges,
    shown_namespace,
    sorted_options,
)

FUNCTIONS = objects_of(
    "pg_proc",
    {
        "definition": "CASE WHEN o.prokind <> 'a' THEN pg_get_functiondef(o.oid) END",
        "owner": "o.proowner::regrole",
        "privileges": privileges("o.proacl", "f", "o.proowner"),
    },
    where=f"o.prokind <> 'a' AND {shown_namespace('o.pronamespace')}",
    left_out={
        **in_identity("proname", "proargtypes"),
        **in_definition("prolang", "procost", "prorows", "provariadic", "prosupport", "prosecdef", "proleakproof"),
        **in_definition("proisstrict", "proretset", "provolatile", "proparallel", "pronargs", "pronargdefaults"),
        **in_definition("prorettype", "proallargtypes", "proargmodes", "proargnames", "proargdefaults", "protrftypes"),
        **in_definition("prosrc", "probin", "prosqlbody", "proconfig"),
    },
)

AGGREGATES = objects_of(
    "pg_proc",
    {
        "arguments": "pg_get_function_arguments(o.oid)",
        "returns": "pg_get_function_result(o.oid)",
        "parallel": "o.proparallel",
        "config": "to_jsonb(o.proconfig)",
        "owner": "o.proowner::regrole",
        "privileges": privileges("o.proacl", "f", "o.proowner"),
        "kind": "g.aggkind",
        "direct_arguments": "g.aggnumdirectargs",
        "transition": function_name("g.aggtransfn"),
        "final": function_name("g.aggfinalfn"),
        "combine": function_name("g.aggcombinefn"),
        "serialize": function_name("g.aggserialfn"),
        "deserialize": function_name("g.aggdeserialfn"),
        "moving_transition": function_name("g.aggmtransfn"),
        "moving_inverse": function_name("g.aggminvtransfn"),
        "moving_final": function_name("g.aggmfinalfn"),
        "final_extra": "g.aggfinalextra",
        "moving_final_extra": "g.aggmfinalextra",
        "final_modify": "g.aggfinalmodify",
        "moving_final_modify": "g.aggmfinalmodify",
        "sort_operator": identity_of("pg_operator", "g.aggsortop"),
        "state": "g.aggtranstype::regtype",
        "state_bytes": "g.aggtransspace",
        "moving_state": "nullif(g.aggmtranstype, 0)::regtype",
        "moving_state_bytes": "g.aggmtransspace",
        "initial": "g.agginitval",
        "moving_initial": "g.aggminitval",
    },
    joins="JOIN pg_aggregate g ON g.aggfnoid = o.oid",
    where=shown_namespace("o.pronamespace"),
    also=("pg_aggregate",),
    left_out={**FUNCTIONS.left_out, **dict.fromkeys(("prokind",), "aggregates are those with a row in pg_aggregate")},
)

_ELEMENT_OF_ARRAY = "EXISTS (SELECT FROM pg_type e WHERE e.oid = o.typelem AND e.typarray = o.oid)"
_ROW_OF_RELATION = "EXISTS (SELECT FROM pg_class c WHERE c.oid = o.typrelid AND c.relkind <> 'c')"

TYPES = objects_of(
    "pg_type",
    {
        "kind": "o.typtype",
        "defined": "o.typisdefined",
        "owner": "o.typowner::regrole",
        "privileges": f"CASE WHEN o.typtype <> 'm' THEN {privileges('o.typacl', 'T', 'o.typowner')} END",
        "labels": """(SELECT jsonb_agg(l.enumlabel ORDER BY l.enumsortorder) FROM pg_enum l
            WHERE l.enumtypid = o.oid)""",
        "base": "CASE WHEN o.typbasetype <> 0 THEN format_type(o.typbasetype, o.typtypmod) END",
        "not_null": "o.typnotnull",
        "default": """CASE WHEN o.typdefaultbin IS NULL THEN o.typdefault ELSE pg_get_expr(o.typdefaultbin, 0) END""",
        "collation": "nullif(o.typcollation, 0)::regcollation",
        "subtype": "r.rngsubtype::regtype",
        "multirange": "r.rngmultitypid::regtype",
        "range_collation": "nullif(r.rngcollation, 0)::regcollation",
        "operator_class": identity_of("pg_opclass", "r.rngsubopc"),
        "canonical": function_name("r.rngcanonical"),
        "difference": function_name("r.rngsubdiff"),
        "category": "o.typcategory",
        "preferred": "o.typispreferred",
        "length": "o.typlen",
        "by_value": "o.typbyval",
        "delimiter": "o.typdelim",
        "element": "nullif(o.typelem, 0)::regtype",
        "subscript": function_name("o.typsubscript"),
        "input": function_name("o.typinput"),
        "output": function_name("o.typoutput"),
        "receive": function_name("o.typreceive"),
        "send": function_name("o.typsend"),
        "modifier_input": function_name("o.typmodin"),
        "modifier_output": function_name("o.typmodout"),
        "analyze": function_name("o.typanalyze"),
        "alignment": "o.typalign",
        "storage": "o.typstorage",
    },
    joins="LEFT JOIN pg_range r ON r.rngtypid = o.oid",
    where=f"{shown_namespace('o.typnamespace')} AND NOT {_ELEMENT_OF_ARRAY} AND NOT {_ROW_OF_RELATION}",
    also=("pg_enum", "pg_range"),
    left_out={**in_identity("typname"), "typndims": "PostgreSQL does not distinguish an array's number of dimensions"},
)

CASTS = objects_of(
    "pg_cast",
    {"function": function_name("o.castfunc"), "context": "o.castcontext", "method": "o.castmethod"},
    left_out=in_identity("castsource", "casttarget"),
)

OPERATORS = objects_of(
    "pg_operator",
    {
        "owner": "o.oprowner::regrole",
        "kind": "o.oprkind",
        "merges": "o.oprcanmerge",
        "hashes": "o.oprcanhash",
        "result": "nullif(o.oprresult, 0)::regtype",
        "commutator": identity_of("pg_operator", "o.oprcom"),
        "negator": identity_of("pg_operator", "o.oprnegate"),
        "function": function_name("o.oprcode"),
        "restrict": function_name("o.oprrest"),
        "join": function_name("o.oprjoin"),
    },
    where=shown_namespace("o.oprnamespace"),
    left_out=in_identity("oprname", "oprleft", "oprright"),
)

OPERATOR_CLASSES = objects_of(
    "pg_opclass",
    {
        "owner": "o.opcowner::regrole",
        "family": identity_of("pg_opfamily", "o.opcfamily"),
        "input": "o.opcintype::regtype",
        "key": "nullif(o.opckeytype, 0)::regtype",
        "default": "o.opcdefault",
    },
    where=shown_namespace("o.opcnamespace"),
    left_out=in_identity("opcmethod", "opcname"),
)

OPERATOR_FAMILIES = objects_of(
    "pg_opfamily",
    {"owner": "o.opfowner::regrole"},
    where=shown_namespace("o.opfnamespace"),
    left_out=in_identity("opfmethod", "opfname"),
)

FAMILY_OPERATORS = objects_of(
    "pg_amop",
    {
        "operator": identity_of("pg_operator", "o.amopopr"),
        "purpose": "o.amoppurpose",
        "sort_family": identity_of("pg_opfamily", "o.amopsortfamily"),
    },
    where=not_of_extension("pg_opfamily", "o.amopfamily"),
    left_out=in_identity("amoplefttype", "amoprighttype", "amopstrategy", "amopmethod"),
)

FAMILY_FUNCTIONS = objects_of(
    "pg_amproc",
    {"function": function_name("o.amproc")},
    where=not_of_extension("pg_opfamily", "o.amprocfamily"),
    left_out=in_identity("amproclefttype", "amprocrighttype", "amprocnum"),
)

ACCESS_METHODS = objects_of(
    "pg_am", {"handler": function_name("o.amhandler"), "type": "o.amtype"}, left_out=in_identity("amname")
)

COLLATIONS = objects_of(
    "pg_collation",
    {
        "owner": "o.collowner::regrole",
        "provider": "o.collprovider",
        "deterministic": "o.collisdeterministic",
        "encoding": "o.collencoding",
        "collate": "o.collcollate",
        "ctype": "o.collctype",
        "locale": "o.colllocale",
        "rules": "o.collicurules",
        "version": "o.collversion",
    },
    where=shown_namespace("o.collnamespace"),
    left_out=in_identity("collname"),
)

CONVERSIONS = objects_of(
    "pg_conversion",
    {
        "owner": "o.conowner::regrole",
        "from": "pg_encoding_to_char(o.conforencoding)",
        "to": "pg_encoding_to_char(o.contoencoding)",
        "function": function_name("o.conproc"),
        "default": "o.condefault",
    },
    where=shown_namespace("o.connamespace"),
    left_out=in_identity("conname"),
)

_DICTIONARIES = """(
    SELECT jsonb_agg(format('token type %s: %s', m.maptokentype, m.mapdict::regdictionary)
        ORDER BY m.maptokentype, m.mapseqno) FROM pg_ts_config_map m WHERE m.mapcfg = o.oid)"""

TEXT_SEARCH_CONFIGURATIONS = objects_of(
    "pg_ts_config",
    {
        "owner": "o.cfgowner::regrole",
        "parser": identity_of("pg_ts_parser", "o.cfgparser"),
        "dictionaries": _DICTIONARIES,
    },
    where=shown_namespace("o.cfgnamespace"),
    also=("pg_ts_config_map",),
    left_out=in_identity("cfgname"),
)

TEXT_SEARCH_DICTIONARIES = objects_of(
    "pg_ts_dict",
    {
        "owner": "o.dictowner::regrole",
        "template": identity_of("pg_ts_template", "o.dicttemplate"),
        "options": "o.dictinitoption",
    },
    where=shown_namespace("o.dictnamespace"),
    left_out=in_identity("dictname"),
)

TEXT_SEARCH_PARSERS = objects_of(
    "pg_ts_parser",
    {
        "start": function_name("o.prsstart"),
        "token": function_name("o.prstoken"),
        "end": function_name("o.prsend"),
        "headline": function_name("o.prsheadline"),
        "types": function_name("o.prslextype"),
    },
    left_out=in_identity("prsname", "prsnamespace"),
)

TEXT_SEARCH_TEMPLATES = objects_of(
    "pg_ts_template",
    {"init": function_name("o.tmplinit"), "lexize": function_name("o.tmpllexize")},
    left_out=in_identity("tmplname", "tmplnamespace"),
)

LANGUAGES = objects_of(
    "pg_language",
    {
        "owner": "o.lanowner::regrole",
        "procedural": "o.lanispl",
        "trusted": "o.lanpltrusted",
        "handler": function_name("o.lanplcallfoid"),
        "inline": function_name("o.laninline"),
        "validator": function_name("o.lanvalidator"),
        "privileges": privileges("o.lanacl", "l", "o.lanowner"),
    },
    left_out=in_identity("lanname"),
)

TRANSFORMS = objects_of(
    "pg_transform",
    {"from_sql": function_name("o.trffromsql"), "to_sql": function_name("o.trftosql")},
    left_out=in_identity("trftype", "trflang"),
)

EVENT_TRIGGERS = objects_of(
    "pg_event_trigger",
    {
        "event": "o.evtevent",
        "function": function_name("o.evtfoid"),
        "owner": "o.evtowner::regrole",
        "enabled": "o.evtenabled",
        "tags": sorted_options("o.evttags"),
    },
    left_out=in_identity("evtname"),
)

PROGRAM_QUERIES: tuple[CatalogQuery, ...] = (
    FUNCTIONS,
    AGGREGATES,
    TYPES,
    CASTS,
    OPERATORS,
    OPERATOR_CLASSES,
    OPERATOR_FAMILIES,
    FAMILY_OPERATORS,
    FAMILY_FUNCTIONS,
    ACCESS_METHODS,
    COLLATIONS,
    CONVERSIONS,
    TEXT_SEARCH_CONFIGURATIONS,
    TEXT_SEARCH_DICTIONARIES,
    TEXT_SEARCH_PARSERS,
    TEXT_SEARCH_TEMPLATES,
    LANGUAGES,
    TRANSFORMS,
    EVENT_TRIGGERS,
)
