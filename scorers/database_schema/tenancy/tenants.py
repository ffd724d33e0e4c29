"""Three tenants: who they are, and by what their data is recognised."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from uuid import UUID

from scorers.database_schema.oracle import Population
from scorers.database_schema.tenancy.attacker import Setting
from scorers.database_schema.tenancy.rows import Identity, Snapshot
from scorers.database_schema.values import Value

Label = Literal["A", "B", "C"]
"""A attacks, B is attacked, C is registered and has next to nothing."""

UNSET_SETTINGS = (
    Setting("no tenant", None),
    Setting("no tenant: what a transaction-local setting leaves behind", ""),
    Setting("not a tenant's id", "not-a-tenant"),
    Setting("a tenant that does not exist", "00000000-0000-0000-0000-000000000000"),
)

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_SHORTEST_TOKEN = 4

_FAR_AWAY = 1_000_003
"""Added to an id, it leads to where no row is."""


@dataclass(frozen=True)
class Tokens:
    """Texts by which a tenant's data is recognised wherever it turns up: its markers, and the uuids that are its own."""

    texts: frozenset[str]

    def found(self, text: str, known: Collection[str] = ()) -> list[str]:
        """The tokens in `text`, without those that the asker put into its question."""
        if not self.texts:
            return []
        found = {match[0].lower() for match in self._pattern.finditer(text)}
        return sorted(token for token in found if not any(token in given.lower() for given in known))

    @cached_property
    def uuids(self) -> "Tokens":
        """Only those that are uuids: what nobody can have typed by chance."""
        return Tokens(frozenset(text for text in self.texts if _UUID.fullmatch(text)))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(
            "|".join(re.escape(text) for text in sorted(self.texts, key=len, reverse=True)), re.IGNORECASE
        )


@dataclass(frozen=True)
class Tenant:
    """One tenant, what was stored for it through the named queries, and what of that lies in the tables."""

    label: Label
    id: Value
    population: Population
    after: Snapshot
    rows: frozenset[Identity]
    """New rows that appeared while only this tenant was served."""
    changed: frozenset[Identity]
    """Rows that existed before in another form."""
    tokens: Tokens

    @property
    def setting(self) -> Setting:
        """The setting of a transaction that serves this tenant."""
        return Setting(f"tenant {self.label}", str(self.id))

    @property
    def numbers(self) -> frozenset[int]:
        """Its ids that are numbers."""
        ids = (value for values in self.population.ids.values() for value in values)
        return frozenset(value for value in ids if isinstance(value, int))


def tokens_of(tenant: Value, population: Population, uuids: Collection[str]) -> Tokens:
    """The tokens of a tenant: its id, what the population says, and the uuids found in its rows."""
    ids = [tenant, *(value for values in population.ids.values() for value in values)]
    texts = {*population.markers, *uuids, *(str(value) for value in ids if isinstance(value, (UUID, str)))}
    return Tokens(frozenset(text.lower() for text in texts if len(text) >= _SHORTEST_TOKEN))


def of_nothing(known: Value) -> Value:
    """An id like `known` (of its version and age, should a constraint look at that) that nothing has."""
    if isinstance(known, UUID):
        return UUID(int=known.int ^ _FAR_AWAY)
    return known + _FAR_AWAY if isinstance(known, int) else f"{known}{_FAR_AWAY}"
