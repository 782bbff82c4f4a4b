"""The two limits of a customer: messages and searches in a window that begins with the first counted one. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from session.policy import Policy
from session.records import from_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """The value of a counter in Redis."""

    used: int = 0
    until: int = 0  #: end of the window, in ms since the epoch; 0 without a window


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a customer may still do in this window."""

    allowed: bool
    remaining: int
    wait_for: timedelta  #: zero while anything remains
    ends_at: datetime  #: end of the window; of a window that begins now if there is none


def allowance(counter: Counter, limit: int, now: datetime, window: timedelta) -> Allowance:
    """Return what remains of a limit. A window that has ended does not count."""
    ends_at = from_ms(counter.until)
    used = counter.used
    if ends_at <= now:
        ends_at, used = now + window, 0
    remaining = max(0, limit - used)
    return Allowance(
        allowed=remaining > 0,
        remaining=remaining,
        wait_for=timedelta(0) if remaining else ends_at - now,
        ends_at=ends_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """Both counters of a customer at the start of the turn."""

    messages: Counter = Counter()
    searches: Counter = Counter()

    def message_allowance(self, now: datetime, policy: Policy) -> Allowance:
        """Return how many more messages the assistant may receive."""
        return allowance(self.messages, policy.messages_per_window, now, policy.window)

    def search_allowance(self, now: datetime, policy: Policy) -> Allowance:
        """Return how many searches are left."""
        return allowance(self.searches, policy.searches_per_window, now, policy.window)
