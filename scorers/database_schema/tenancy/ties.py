"""The ways in which a row of A's could be tied to B: by a reference to a parent of B's, or by B as its tenant."""

from dataclasses import dataclass
from uuid import UUID

from scorers.database_schema.tenancy.drafts import Values
from scorers.database_schema.tenancy.rows import cut
from scorers.database_schema.tenancy.schema import Column, ForeignKey, Relation
from scorers.database_schema.tenancy.tenants import of_nothing
from scorers.database_schema.tenancy.world import World
from scorers.database_schema.values import Value

_ID_TYPES = frozenset({"uuid", "int4", "int8"})


@dataclass(frozen=True)
class Tie:
    """Values for a row of A's that would tie it to B."""

    what: str
    values: Values
    whole: bool = False
    """The tenant column is among them: the row would move to B, not only refer to it."""
    bogus: Values | None = None
    """Where no foreign key says that this is a reference: values that no reference could have."""


def ties_of(world: World, table: Relation) -> list[Tie]:
    """Every tie that foreign keys, the tenant's column, and columns full of ids suggest."""
    tenant = world.tenant_columns(table)
    references = world.schema.references_of(table)
    found = [tie for key in references for tie in _by_key(world, key, tenant)]
    found += _by_ids(world, table, {name for key in references for name, _ in key.columns} | tenant)
    if tenant:
        found.append(Tie("tenant B itself", dict(world.tenant_values(table, "B")), whole=True))
    theirs = world.rows_in(table, "B")
    referring = sorted({name for key in references for name, _ in key.columns} | tenant)
    if theirs and tenant and referring:
        values = dict(zip(referring, cut(table, theirs[0], referring), strict=True))
        found.append(Tie("tenant B, with all that it refers to", values, whole=True))
    known: list[Values] = []
    return [tie for tie in found if tie.values not in known and not known.append(tie.values)]


def _by_key(world: World, key: ForeignKey, tenant: frozenset[str]) -> list[Tie]:
    """The foreign key's columns, but for the tenant, with the key of a parent of B's."""
    parent = world.schema.relations[key.parent]
    columns = [(mine, theirs) for mine, theirs in key.columns if mine not in tenant]
    rows = world.rows_in(parent, "B")
    if not columns or not rows:
        return []
    values = cut(parent, rows[0], [theirs for _, theirs in columns])
    return [Tie(f"B's {parent.label}", dict(zip([mine for mine, _ in columns], values, strict=True)))]


def _by_ids(world: World, table: Relation, known: set[str]) -> list[Tie]:
    """Columns without a foreign key in which all of A's rows hold ids of one kind."""
    tenant = world.tenant_columns(table)
    own = {name for index in table.unique for name in index.columns if not set(index.columns) - {name} - tenant}
    mine, theirs = world.tenants["A"].population.ids, world.tenants["B"].population.ids
    found: list[Tie] = []
    for column in table.columns:
        if column.name in known | own or column.type_name not in _ID_TYPES:
            continue
        cells = {row.cells[table.position(column.name)] for row in world.rows_in(table, "A")} - {None}
        for kind, ids in mine.items():
            if cells and cells <= {str(value) for value in ids} and theirs.get(kind) and _named(column, kind, ids):
                foreign = theirs[kind][0]
                bogus: Values = {column.name: str(of_nothing(foreign))}
                found.append(Tie(f"B's {kind}", {column.name: str(foreign)}, bogus=bogus))
                break
    return found


def _named(column: Column, kind: str, ids: list[Value]) -> bool:
    """Whether the column may well hold ids: any uuid does, a number only under a fitting name."""
    name = column.name.lower()
    if not all(isinstance(value, (UUID, int)) for value in ids):
        return False
    return all(isinstance(value, UUID) for value in ids) or kind.lower() in name or name.endswith("id")
