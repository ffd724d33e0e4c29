"""The sandboxes that tests here can ask for."""

from tests.scorers.testbed.sandbox.tiers import tier

__all__ = ["tier"]
