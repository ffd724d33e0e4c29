"""How one system catalog is read into objects with named attributes, and the SQL fragments for it.

A query yields four columns: kind and identity (as `pg_identify_object` names them, so always fully qualified and
without OIDs), the relation that the object is a part of (or NULL), and the attributes as JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

FIRST_USER_OID = 16384
"""FirstNormalObjectId of PostgreSQL: smaller OIDs were given out by initdb."""

OBJECT_ATTRIBUTES = """
SELECT i.type, i.identity, {within}, jsonb_strip_nulls(to_jsonb(a))
FROM pg_catalog.{catalog} o {joins}
CROSS JOIN LATERAL pg_identify_object('pg_catalog.{catalog}'::regclass, o.oid, 0) AS i
CROSS JOIN LATERAL (SELECT {attributes}) AS a
WHERE {where}
"""


@dataclass(frozen=True)
class CatalogQuery:
    """What is read from `catalogs`.

    `left_out` gives each column that the SQL does not mention the reason why. A test holds SQL and reasons against the
    columns that the server has, so that a new version cannot bring one unnoticed.
    """

    catalogs: tuple[str, ...]
    sql: str
    left_out: Mapping[str, str] = field(default_factory=dict[str, str])


def objects_of(
    catalog: str,
    attributes: Mapping[str, str],
    *,
    where: str = "true",
    within: str = "NULL",
    joins: str = "",
    also: tuple[str, ...] = (),
    left_out: Mapping[str, str] | None = None,
) -> CatalogQuery:
    """Return the query for a catalog whose rows (alias `o`) are objects of their own.

    `attributes` maps each attribute's name to its SQL expression. Objects that initdb made are left out, and so are
    members of extensions, which are compared through their extension. `also` names catalogs read by the way.
    """
    sql = OBJECT_ATTRIBUTES.format(
        catalog=catalog,
        joins=joins,
        within=within,
        attributes=", ".join(f'{expression} AS "{name}"' for name, expression in attributes.items()),
        where=f"o.oid >= {FIRST_USER_OID} AND {not_of_extension(catalog, 'o.oid')} AND ({where})",
    )
    identifying = {"oid": "never compared: it differs each time an object is made"}
    return CatalogQuery((catalog, *also), sql, identifying | dict(left_out or {}))


def in_identity(*columns: str) -> dict[str, str]:
    """Return the reason for leaving out columns that `pg_identify_object` makes the identity from."""
    return dict.fromkeys(columns, "part of the identity")


def in_definition(*columns: str) -> dict[str, str]:
    """Return the reason for leaving out columns that one of the pg_get_…() functions renders."""
    return dict.fromkeys(columns, "part of the rendered definition")


def derived(*columns: str) -> dict[str, str]:
    """Return the reason for leaving out columns that follow from others, or are kept up to date lazily."""
    return dict.fromkeys(columns, "follows from what is compared, or is internal bookkeeping")


def not_of_extension(catalog: str, oid: str) -> str:
    """Condition: the object is no member of an extension."""
    return (
        "NOT EXISTS (SELECT FROM pg_depend e WHERE e.deptype = 'e' AND e.objsubid = 0 AND e.objid = "
        f"{oid} AND e.classid = 'pg_catalog.{catalog}'::regclass)"
    )


def shown_namespace(column: str) -> str:
    """Condition: the schema is neither temporary nor one of TOAST's."""
    return f"{column} NOT IN (SELECT h.oid FROM pg_namespace h WHERE h.nspname ~ '^pg_(toast|temp)')"


def shown_relation(oid: str) -> str:
    """Condition: the relation is a user's, permanent, and no member of an extension."""
    return (
        f"EXISTS (SELECT FROM pg_class r WHERE r.oid = {oid} AND r.oid >= {FIRST_USER_OID}"
        f" AND {shown_namespace('r.relnamespace')} AND {not_of_extension('pg_class', 'r.oid')})"
    )


def privileges(acl: str, kind: str, owner: str) -> str:
    """Expression: the privileges in `acl` as a sorted list; NULL counts as the default that it stands for.

    `kind` is the letter that `acldefault` takes; with `owner` empty, NULL stays NULL.
    """
    whole = f"coalesce({acl}, acldefault('{kind}', {owner}))" if owner else acl
    return f"""(
        SELECT jsonb_agg(entry ORDER BY entry COLLATE "C") FROM (
            SELECT format('%s: %s%s (from %s)', CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
                privilege_type, CASE WHEN is_grantable THEN ' with grant option' END, grantor::regrole) AS entry
            FROM aclexplode({whole})) AS entries)"""


def sorted_options(column: str) -> str:
    """Expression: an array of `name=value` texts as a sorted list."""
    return f"""(SELECT jsonb_agg(x ORDER BY x COLLATE "C") FROM unnest({column}) AS x)"""


def secret_options(column: str) -> str:
    """Expression: options that may hold passwords, as a digest that shows a change and nothing else."""
    return f"left(encode(sha256(convert_to({column}::text, 'UTF8')), 'hex'), 16)"


def name_in(catalog: str, column: str, oid: str) -> str:
    """Expression: the name of the object with this OID in a catalog without a `reg…` type."""
    return f"(SELECT {column} FROM pg_catalog.{catalog} n WHERE n.oid = {oid})"


def identity_of(catalog: str, oid: str) -> str:
    """Expression: the identity of an object; NULL for OID 0."""
    return f"(pg_identify_object('pg_catalog.{catalog}'::regclass, nullif({oid}, 0::oid), 0)).identity"


def function_name(oid: str) -> str:
    """Expression: a function with its argument types; NULL for OID 0."""
    return f"nullif({oid}::oid, 0)::regprocedure::text"
