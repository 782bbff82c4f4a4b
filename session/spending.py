"""What was spent today, by sender, and how much may be. Pure.

Each shard has a hash of it, which the scripts write that commit a turn and that note a status. A day is one of UTC, by the
clock of the shard.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from session.prices import Cost
from session.records import to_ms

#: The unit of what assistants have said, in the place of a currency.
SAID = "said"
#: The field that tells of which day a hash is.
DAY = "day"
_ALL = ""
#: Digits of an amount: Redis counts in 64 bits.
_LONGEST = 19
_DAY_MS = 24 * 60 * 60 * 1000


class Whose(StrEnum):
    """Whose budget it is."""

    CUSTOMER = "customer"
    SENDER = "sender"
    DAY = "day"  #: of all senders together

    @property
    def reason(self) -> str:
        """What is said of it when it is used up, to agents and in events."""
        whose = "messages" if self is Whose.CUSTOMER else f"the {self}"
        return f"the budget of {whose} is used up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much may be spent in a day; a part that is 0 or None bounds nothing."""

    messages: int = 0  #: that assistants say where each is billed
    cost: Cost | None = None  #: of everything that arrives, as far as its price is known

    @classmethod
    def of(cls, messages: int, cost: str) -> "Budget":
        """Return the budget that settings say; an amount of "" bounds nothing. Raises `ValueError` for one that is none."""
        return cls(messages=messages, cost=Cost.of(cost) if cost else None)

    def __bool__(self) -> bool:
        """Whether it bounds anything."""
        return bool(self.messages or self.cost)


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent by all shards together."""

    #: (day, sender or "" for all, unit) -> how many messages, or millionths of a currency
    amounts: Mapping[tuple[str, str, str], int] = field(default_factory=dict)

    @classmethod
    def read(cls, shards: Iterable[Mapping[str, str]]) -> "Spent":
        """Return what the hashes of shards say together. What is no number counts nothing."""
        amounts: Counter[tuple[str, str, str]] = Counter()
        for found in shards:
            day = found.get(DAY, "")
            for name, amount in found.items():
                unit, apart, sender = name.partition("|")
                if apart and amount.isdecimal() and len(amount) <= _LONGEST:
                    amounts[day, sender, unit] += int(amount)
                    amounts[day, _ALL, unit] += int(amount)
        return cls(amounts)

    def uses_up(self, budget: Budget, now: datetime, *, sender: str = _ALL) -> bool:
        """Whether nothing of a budget is left today, of a sender or of all of them."""
        day = str(to_ms(now) // _DAY_MS)
        if budget.messages and self.amounts.get((day, sender, SAID), 0) >= budget.messages:
            return True
        cost = budget.cost
        return cost is not None and self.amounts.get((day, sender, cost.currency), 0) >= cost.micros


NO_BUDGET = Budget()
#: Nothing is known of it.
NOTHING_SPENT = Spent()
