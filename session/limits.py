"""The two limits of a customer: messages and searches in a window that begins with the first one counted. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from session.policy import Policy
from session.records import from_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """What a counter in Redis says."""

    used: int = 0
    until: int = 0  #: ms since the epoch, when the window ends; 0 if none has begun


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a customer may still do in this window."""

    allowed: bool
    remaining: int
    wait_for: timedelta  #: zero while something remains
    ends_at: datetime  #: of the window; of one that begins now if none has begun


def allowance(counter: Counter, limit: int, now: datetime, window: timedelta) -> Allowance:
    """Return what remains of a limit. A window that has ended counts for nothing."""
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
    """Both counters of a customer, as the turn found them."""

    messages: Counter = Counter()
    searches: Counter = Counter()

    def message_allowance(self, now: datetime, policy: Policy) -> Allowance:
        """Return how many messages the assistant may still be given."""
        return allowance(self.messages, policy.messages_per_window, now, policy.window)

    def search_allowance(self, now: datetime, policy: Policy) -> Allowance:
        """Return how many searches are left."""
        return allowance(self.searches, policy.searches_per_window, now, policy.window)
