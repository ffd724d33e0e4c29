"""The oracle of `ecommerce_orders`: model, population, integrity cases and trials under one name."""

from collections.abc import Sequence
from random import Random

from scorers.database_schema.oracle import ConcurrencyTrial, IntegrityCase, Oracle, Population
from scorers.database_schema.oracles.ecommerce_orders.integrity import cases
from scorers.database_schema.oracles.ecommerce_orders.population import fill
from scorers.database_schema.oracles.ecommerce_orders.races import trials
from scorers.database_schema.oracles.ecommerce_orders.shop_machine import ShopMachine
from scorers.database_schema.session import ContractSession
from scorers.database_schema.stateful import ContractMachine


class EcommerceOrders(Oracle):
    """Knows the contract of the web shop."""

    name = "ecommerce_orders"

    def machine(self) -> type[ContractMachine]:
        """See Oracle."""
        return ShopMachine

    def populate(self, session: ContractSession, random: Random, rows: int, population: Population) -> None:
        """See Oracle."""
        fill(session, random, rows, population)

    def integrity_cases(self) -> Sequence[IntegrityCase]:
        """See Oracle."""
        return cases()

    def concurrency_trials(self) -> Sequence[ConcurrencyTrial]:
        """See Oracle."""
        return trials()
