"""A database with three tenants in it, and whose each row is."""

from dataclasses import dataclass, field
from functools import cached_property

from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.oracle import TenantOracle
from scorers.database_schema.tenancy.attacker import Setting
from scorers.database_schema.tenancy.marks import Marks, Rows, find_marks
from scorers.database_schema.tenancy.rows import Identity, Snapshot, StoredRow, cut
from scorers.database_schema.tenancy.schema import INTEGER_TYPES, Relation, Schema
from scorers.database_schema.tenancy.tenants import Label, Tenant


@dataclass
class World:
    """The populated database, which the attacks clone and leave as it is."""

    bench: SchemaBench
    oracle: TenantOracle
    schema: Schema
    database: str
    tenants: dict[Label, Tenant]
    view_rows: dict[tuple[int, Setting], int] = field(default_factory=dict[tuple[int, Setting], int])
    """How many rows a view showed under a setting while there was nothing (more) to see; unstable views are left out."""

    @property
    def final(self) -> Snapshot:
        """What lies in the tables when all three have been served."""
        return self.tenants["B"].after

    @cached_property
    def settled(self) -> frozenset[Identity]:
        """The identities of all rows at the end."""
        return self.final.identities()

    def owned(self, label: Label) -> frozenset[Identity]:
        """The tenant's rows that nobody has touched since."""
        return self.tenants[label].rows & self.settled

    def numbers_of(self, label: Label) -> frozenset[int]:
        """The numbers that stand anywhere in the tenant's rows: as ids, they say nothing of another tenant."""
        found = set(self.tenants[label].numbers)
        for table in self.schema.tables:
            places = [place for place, column in enumerate(table.columns) if column.type_name in INTEGER_TYPES]
            for row in self.rows_in(table, label):
                found.update(int(cell) for place in places if (cell := row.cells[place]) is not None)
        return frozenset(found)

    @cached_property
    def _marks(self) -> dict[int, Marks]:
        ids: dict[Label, str] = {label: str(tenant.id) for label, tenant in self.tenants.items()}
        rows: dict[int, Rows] = {
            table.oid: {label: self.rows_in(table, label) for label in self.tenants} for table in self.schema.stored
        }
        return find_marks(self.schema, ids, rows)

    def rows_in(self, table: Relation, label: Label) -> list[StoredRow]:
        """The tenant's rows in `table` (or its partitions), with the columns of `table`."""
        owned = self.owned(label)
        return [row for row in self.all_in(table) if row.identity in owned]

    def tenant_columns(self, table: Relation) -> frozenset[str]:
        """The columns of `table` that say whose a row is."""
        return frozenset(self._marks[table.oid])

    def tenant_values(self, table: Relation, label: Label) -> dict[str, str]:
        """What stands in the columns that say whose a row is, for the tenant `label`."""
        return {name: values[label] for name, values in self._marks[table.oid].items() if label in values}

    def carries(self, table: Relation, row: StoredRow, label: Label) -> bool:
        """Whether `row` of `table` is marked as the tenant's; elsewhere in a row anybody may write down its id."""
        values = self.tenant_values(table, label)
        return any(cell == value for cell, value in zip(cut(table, row, list(values)), values.values(), strict=True))

    def all_in(self, table: Relation, snapshot: Snapshot | None = None) -> list[StoredRow]:
        """All rows of `table` at the end, or in `snapshot`."""
        return (snapshot or self.final).of(table, self.schema.holders(table.oid))
