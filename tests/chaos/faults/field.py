"""What a fault may touch, and what it looks like: a function that makes a strike."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from tests.chaos.ledger import Customer, Ledger
from tests.chaos.strikes import Strike
from tests.chaos.system import System


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """The system, the customers, and the dice of the run."""

    system: System
    ledger: Ledger
    dice: random.Random
    simulator: httpx.Client

    def some_customers(self, most: int) -> list[Customer]:
        """Return a few customers who write at present."""
        with self.ledger.lock:
            everybody = list(self.ledger.customers.values())
        newest = everybody[-2 * self.system.options.customers :]
        return self.dice.sample(newest, min(most, len(newest)))


Maker = Callable[[Field], Strike]
