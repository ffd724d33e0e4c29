"""The families there are. A family's package exports `FAMILY` in its `family.py`; it is listed here once."""

from typing import Any

from scorers.checks import Check
from scorers.database_schema.family import FAMILY as DATABASE_SCHEMA
from scorers.errors import InputError
from scorers.families import Family
from scorers.performance.family import FAMILY as PERFORMANCE

FAMILIES: dict[str, Family[Any]] = {family.name: family for family in (DATABASE_SCHEMA, PERFORMANCE)}


def family_named(name: str) -> Family[Any]:
    """Return the family. Raises InputError naming those there are."""
    if name not in FAMILIES:
        raise InputError(f"no family {name!r}; there are {sorted(FAMILIES)}")
    return FAMILIES[name]


def all_checks() -> list[tuple[str, Check[Any]]]:
    """Every check with its family's name, in the order they run."""
    return [(family.name, check) for family in FAMILIES.values() for check in family.checks]
