"""Which foreign keys lack an index, and which indexes do what another one does already."""

import re
from collections.abc import Iterable, Sequence

from scorers.database_schema.advice_facts import ForeignKey, Index, SchemaFacts

_EQUALITY_METHODS = {"btree", "hash", "gist"}
_NOT_NULL = re.compile(r'"?(?P<column>[^"]+)"? IS NOT NULL')


def uncovered(facts: SchemaFacts, deleting: Sequence[str] = ()) -> list[ForeignKey]:
    """Return the foreign keys whose referenced rows can go while no index finds the rows that refer to them.

    `deleting` are further texts of SQL that run with the owner's rights.
    """
    losing = tables_losing_rows(facts, deleting)
    return [
        key
        for key in facts.foreign_keys
        if key.referenced_table in losing and not any(_covers(index, key, facts.indexes) for index in facts.indexes)
    ]


def tables_losing_rows(facts: SchemaFacts, deleting: Sequence[str] = ()) -> set[str]:
    """Return the tables that the application deletes from: by privilege, through functions, or by cascade."""
    texts = [*facts.definer_functions, *deleting]
    tables = {key.referenced_table for key in facts.foreign_keys}
    losing = set(facts.deletable) | {table for table in tables if any(_deletes_from(text, table) for text in texts)}
    while more := {key.table for key in facts.foreign_keys if key.cascades and key.referenced_table in losing} - losing:
        losing |= more
    return losing


def duplicates(indexes: Iterable[Index]) -> list[tuple[Index, Index]]:
    """Return each index that is of no use beside another one, with that one."""
    candidates = [index for index in indexes if not index.of_partition]
    found: list[tuple[Index, Index]] = []
    dropped: set[str] = set()
    for index in reversed(candidates):
        for other in candidates:
            if other.name != index.name and other.name not in dropped and _makes_redundant(other, index):
                found.append((index, other))
                dropped.add(index.name)
                break
    return found[::-1]


def _covers(index: Index, key: ForeignKey, indexes: Sequence[Index]) -> bool:
    """Whether the index leads to the few rows that refer to one row, by its leading columns, in any order."""
    if index.table != key.table or index.method not in _EQUALITY_METHODS or not _predicate_fits(index, key):
        return False
    leading: set[str] = set()
    for column in index.columns:
        if column not in key.columns:
            break
        leading.add(column)
    if leading >= set(key.columns):
        return True
    # Some of the columns are enough when what they refer to is unique by itself.
    referenced = {there for here, there in zip(key.columns, key.referenced_columns, strict=True) if here in leading}
    return any(
        other.unique and other.predicate is None and None not in other.columns and referenced >= set(other.columns)
        for other in indexes
        if other.table == key.referenced_table
    )


def _predicate_fits(index: Index, key: ForeignKey) -> bool:
    """Whether no row that refers to another one is left out of the index."""
    if index.predicate is None:
        return True
    parts = index.predicate.replace("(", "").replace(")", "").split(" AND ")
    matches = [_NOT_NULL.fullmatch(part) for part in parts]
    return all(match is not None and match["column"] in key.columns for match in matches)


def _deletes_from(text: str, table: str) -> bool:
    name = re.escape(table.rpartition(".")[2].strip('"'))
    return re.search(rf'\bdelete\s+from\s+(only\s+)?([\w"]+\s*\.\s*)?"?{name}\b', text, re.IGNORECASE) is not None


def _makes_redundant(other: Index, index: Index) -> bool:
    """Whether `index` could go as long as `other` stays."""
    if (index.table, index.method, index.predicate) != (other.table, other.method, other.predicate):
        return False
    if index.referenced or index.replica_identity or (index.constraint is not None and not _same_rule(other, index)):
        return False
    if index.unique and not _same_rule(other, index):
        return False
    if index.included - other.included - {column for column in other.columns if column is not None}:
        return False
    if index.keys == other.keys:
        return True
    return index.method == "btree" and index.keys == other.keys[: len(index.keys)]


def _same_rule(other: Index, index: Index) -> bool:
    return (
        other.unique
        and other.constraint != "x"
        and index.constraint not in {"p", "x"}
        and other.keys == index.keys
        and other.nulls_not_distinct == index.nulls_not_distinct
    )
