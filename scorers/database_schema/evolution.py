"""The oracle of a scenario whose database is in use already: what must hold while it is migrated there and back.

The walk over the migrations belongs to the check (`check_evolution`); what to write, what to look at and what is right
at each point belongs to the scenario.
"""

from abc import ABC, abstractmethod
from random import Random

from scorers.database_schema.oracle import Oracle
from scorers.database_schema.session import ContractSession


class EvolutionStory(ABC):
    """One database on its way through the migrations, with a model beside it.

    Every method may call named queries (the given ones at any time, the new ones only in methods that say "at head")
    and raises Violation or ShapeError when an answer is wrong. Methods are called in the order of the walk, any number
    of times; everything random comes from the generator the story was made with.
    """

    @property
    @abstractmethod
    def rollback_refusals(self) -> frozenset[str]:
        """SQLSTATEs with which a step down must be refused while `store_obstacle` has effect."""

    @abstractmethod
    def seed(self, session: ContractSession) -> None:
        """Before the first step: fill the old schema through the given queries."""

    @abstractmethod
    def verify_old(self, session: ContractSession) -> None:
        """Anywhere: the given queries answer as the model says."""

    @abstractmethod
    def write_old(self, session: ContractSession) -> None:
        """Between any two steps: old programs go on writing, also what is to be refused."""

    @abstractmethod
    def arrive(self, session: ContractSession, *, from_bottom: bool) -> None:
        """At head: the new queries see the old data as the contract maps it.

        `from_bottom` says that all migrations were down before; otherwise the roll-back was turned round half-way, and
        where the contract leaves two states open the model takes over the one it finds.
        """

    @abstractmethod
    def verify_new(self, session: ContractSession) -> None:
        """At head: the new queries answer as the model says."""

    @abstractmethod
    def write_new(self, session: ContractSession) -> None:
        """At head: new and old programs write; nothing that stands in the way of a roll-back."""

    @abstractmethod
    def store_obstacle(self, session: ContractSession) -> None:
        """At head: store what a roll-back would lose and must therefore refuse to go past."""

    @abstractmethod
    def remove_obstacle(self, session: ContractSession) -> None:
        """At head: remove all of it."""


class EvolvingOracle(Oracle):
    """An oracle whose contract begins with an existing schema, data and programs."""

    @abstractmethod
    def story(self, random: Random) -> EvolutionStory:
        """A new story for one database."""
