"""By which columns a row says whose it is: the tenant's id, a key that stands for it, or a reference to one of these."""

from collections.abc import Iterable, Mapping

from scorers.database_schema.tenancy.rows import StoredRow, cut
from scorers.database_schema.tenancy.schema import Relation, Schema
from scorers.database_schema.tenancy.tenants import Label

Rows = Mapping[Label, list[StoredRow]]
"""The tenants' rows in one table."""

Marks = dict[str, dict[Label, str]]
"""By column, what stands in it for each tenant."""


def find_marks(schema: Schema, ids: Mapping[Label, str], rows: Mapping[int, Rows]) -> dict[int, Marks]:
    """The marks of every table, by its oid; `rows` are the tenants' rows in it, `ids` the tenants' own ids."""
    marks: dict[int, Marks] = {oid: {} for oid in schema.relations}
    for table in schema.stored:
        holding = _holding_ids(table, ids, rows[table.oid])
        marks[table.oid] = {name: dict(ids) for name in holding}
        marks[table.oid].update(_keys_of_tenants(table, set(holding), rows[table.oid]))
    spreading = True
    while spreading:
        spreading = False
        for key in schema.foreign_keys:
            for mine, theirs in key.columns:
                if theirs in marks[key.parent] and mine not in marks[key.child]:
                    marks[key.child][mine] = marks[key.parent][theirs]
                    spreading = True
    return marks


def _holding_ids(table: Relation, ids: Mapping[Label, str], rows: Rows) -> Iterable[str]:
    """The columns that hold the tenant's id in all of A's and all of B's rows."""
    found = [column.name for column in table.columns]
    known = [(ids["A"], row) for row in rows["A"]] + [(ids["B"], row) for row in rows["B"]]
    for tenant, row in known:
        cells = dict(zip(found, cut(table, row, found), strict=True))
        found = [name for name in found if cells[name] == tenant]
    return found if known else []


def _keys_of_tenants(table: Relation, ids: set[str], rows: Rows) -> Marks:
    """The other keys of a table that has one row for each tenant."""
    single = {index.columns[0] for index in table.unique if index.plain and len(index.columns) == 1}
    if not single & ids or len(rows["A"]) != 1 or len(rows["B"]) != 1:
        return {}
    return {
        name: {label: str(cut(table, found[0], [name])[0]) for label, found in rows.items() if len(found) == 1}
        for name in sorted(single - ids)
    }
