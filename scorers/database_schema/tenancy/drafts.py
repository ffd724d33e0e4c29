"""Rows made from rows: a copy of a stored row that could be stored beside it, because its keys are fresh."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from uuid import UUID

from psycopg import sql

from scorers.database_schema.tenancy.rows import StoredRow, cut
from scorers.database_schema.tenancy.schema import NUMBER_TYPES, TEXT_TYPES, Column, ForeignKey, Relation
from scorers.database_schema.tenancy.tenants import Label
from scorers.database_schema.tenancy.world import World

Values = dict[str, str | None]
"""Values by column, as text; a column that is left out takes its default."""


@dataclass(frozen=True)
class Variant:
    """How a copy differs from its original."""

    defaults: bool
    """Key columns that have a default take it; otherwise they get a new value of the same shape."""
    text: str | None = None
    """A column outside of the keys that gets a new text, too."""


class Drafter:
    """Makes rows for one target: a table, or a view through which `table` is written."""

    def __init__(self, world: World, target: Relation, table: Relation, random: Random) -> None:
        self._world = world
        self._target = target
        self._table = table
        self._random = random
        self._references = world.schema.references_of(table)

    def variants(self) -> list[Variant]:
        """The ways to make a copy's key fresh, the likeliest first.

        A unique column may be computed from another, so each text may have to change.
        """
        texts = [
            column.name for column in self._table.columns if column.type_name in TEXT_TYPES and not column.generated
        ]
        return [Variant(defaults=True), Variant(defaults=False), *(Variant(defaults=True, text=name) for name in texts)]

    def copy(self, row: StoredRow, label: Label, variant: Variant) -> Values | None:
        """A copy of the tenant's `row` with fresh keys, or None where nothing about its key can be made fresh."""
        values = self._insertable(row)
        tied = {name for key in self._references for name, _ in key.columns}
        tied |= self._world.tenant_columns(self._table)
        fresh: set[str] = set()
        for column in self._table.columns:
            if column.name in tied or not (self._in_key(column) or column.name == variant.text):
                continue
            if column.name not in values or (variant.defaults and column.has_default):
                values.pop(column.name, None)
                fresh.add(column.name)
            elif (made := self._fresh(column, values[column.name])) is not None:
                values[column.name] = made
                fresh.add(column.name)
        for index in self._table.unique:
            settled = fresh & set(index.columns) or any(self._cell(row, name) is None for name in index.columns)
            if index.plain and not settled and not self._retie(values, index.columns, label):
                return None
        return values

    def insert(self, values: Mapping[str, str | None]) -> sql.Composed:
        """`INSERT INTO target …`."""
        if not values:
            return sql.SQL("INSERT INTO {} DEFAULT VALUES").format(self._target.sql)
        return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            self._target.sql,
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(map(sql.Literal, values.values())),
        )

    def _insertable(self, row: StoredRow) -> Values:
        return {
            column.name: self._cell(row, column.name)
            for column in self._target.columns
            if column.insertable and self._writable(column)
        }

    def _writable(self, column: Column) -> bool:
        known = self._table.by_name.get(column.name)
        return known is not None and not known.generated and not known.identity

    def _in_key(self, column: Column) -> bool:
        return any(column.name in index.columns for index in self._table.unique)

    def _cell(self, row: StoredRow, name: str) -> str | None:
        return row.cells[self._table.position(name)]

    def _fresh(self, column: Column, cell: str | None) -> str | None:
        """A value of the same shape that is not in the column yet; None where the type gives no way to make one."""
        if cell is None:
            return None
        if column.type_name == "uuid":
            return str(UUID(int=self._random.getrandbits(128), version=4))
        if column.type_name in NUMBER_TYPES:
            place = self._table.position(column.name)
            cells = [row.cells[place] for row in self._world.all_in(self._table)]
            numbers = [number for known in cells if known and (number := Decimal(known)).is_finite()]
            return str(int(max(numbers, default=Decimal())) + 1 + self._random.randrange(50))
        if column.type_name == "bytea":
            return "\\x" + self._random.randbytes(max(1, (len(cell) - 2) // 2)).hex()
        return self._reshaped(cell) if column.type_name in TEXT_TYPES else None

    def _reshaped(self, text: str) -> str | None:
        """Other letters for letters and other digits for digits, so that a pattern which held goes on holding."""
        made = "".join(self._like(character) for character in text)
        return made if made != text else None

    def _like(self, character: str) -> str:
        for alphabet in ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "123456789"):
            if character in alphabet:
                return self._random.choice(alphabet)
        return character

    def _retie(self, values: Values, columns: tuple[str, ...], label: Label) -> bool:
        """Point one of the row's references elsewhere, so that `columns` hold a combination that is not there yet."""
        rows = self._world.all_in(self._table)
        taken = {cut(self._table, row, columns) for row in rows}
        for key in self._references:
            if not {name for name, _ in key.columns} & set(columns):
                continue
            for pointed in self._parents(key, label):
                changed = values | {name: pointed[name] for name in pointed if name in values}
                if tuple(changed.get(name) for name in columns) not in taken:
                    values.update(changed)
                    return True
        return False

    def _parents(self, key: ForeignKey, label: Label) -> list[Values]:
        parent = self._world.schema.relations[key.parent]
        names, theirs = zip(*key.columns, strict=True)
        return [dict(zip(names, cut(parent, row, theirs), strict=True)) for row in self._world.rows_in(parent, label)]
