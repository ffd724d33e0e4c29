"""Which oracle is meant by the name in a scenario's parameters."""

from collections.abc import Callable

from scorers.database_schema.oracle import Oracle
from scorers.database_schema.oracles.ecommerce_orders.oracle import EcommerceOrders
from scorers.database_schema.oracles.evolve_billing.oracle import EvolveBilling
from scorers.database_schema.oracles.multi_tenant_saas.oracle import MultiTenantSaasOracle
from scorers.errors import InputError

ORACLES: dict[str, Callable[[], Oracle]] = {
    "ecommerce_orders": EcommerceOrders,
    "evolve_billing": EvolveBilling,
    "multi_tenant_saas": MultiTenantSaasOracle,
}


def oracle_named(name: str) -> Oracle:
    """Make the oracle `name`. Raises InputError naming those there are."""
    if name not in ORACLES:
        raise InputError(f"no oracle {name!r} for database_schema; there are {sorted(ORACLES)}")
    return ORACLES[name]()
