"""The oracle of the scenario `evolve_billing`."""

from collections.abc import Sequence
from random import Random

from scorers.database_schema.evolution import EvolutionStory, EvolvingOracle
from scorers.database_schema.oracle import IntegrityCase, Population
from scorers.database_schema.oracles.evolve_billing.integrity import cases
from scorers.database_schema.oracles.evolve_billing.machine import BillingMachine
from scorers.database_schema.oracles.evolve_billing.population import populate
from scorers.database_schema.oracles.evolve_billing.story import BillingStory
from scorers.database_schema.session import ContractSession
from scorers.database_schema.stateful import ContractMachine


class EvolveBilling(EvolvingOracle):
    """A billing system that learns currencies, lines, statuses and unambiguous addresses under its old programs."""

    name = "evolve_billing"

    def machine(self) -> type[ContractMachine]:
        """See Oracle."""
        return BillingMachine

    def populate(self, session: ContractSession, random: Random, rows: int, population: Population) -> None:
        """See Oracle."""
        populate(session, random, rows, population)

    def integrity_cases(self) -> Sequence[IntegrityCase]:
        """See Oracle."""
        return cases()

    def story(self, random: Random) -> EvolutionStory:
        """See EvolvingOracle."""
        return BillingStory(random)
