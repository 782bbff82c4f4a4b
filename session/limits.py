"""The limits of a customer, as rows of data. Each counts something in a window that begins with the first counted one. Pure.

To add a limit, "pictures a day" for example:

1. here: a row in `TURN_LIMITS`, and nothing more; the scripts, the keys, forgetting and mending walk over the rows;
2. `session/policy.py`: a field that says how many, and `session/settings.py`: the setting that it comes from;
3. `.env.example`: a line for the setting;
4. where it is counted: ask `counters.allowance(PICTURES, now, policy)` before, and put the number into `TurnResult.uses`
   (`session/turn_result.py` for what an assistant does, `session/admission.py` for what a customer writes).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from session.policy import Policy
from session.records import from_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit."""

    name: str
    key: str  #: in Redis: "msg" for rate:msg:<customer>
    counts: str  #: what it counts, for people
    most: Callable[[Policy], int] = lambda _: 0  #: uses allowed in a window
    window: Callable[[Policy], timedelta] = lambda policy: policy.window


MESSAGES = Limit(
    name="messages",
    key="msg",
    counts="messages that the assistant receives",
    most=lambda policy: policy.messages_per_window,
)
SEARCHES = Limit(
    name="searches", key="search", counts="searches", most=lambda policy: policy.searches_per_window
)
#: Read when a turn is taken, and counted when it is committed.
TURN_LIMITS = (MESSAGES, SEARCHES)
#: Counted by the assistant of the language model itself, which knows how many are allowed: a day ends at midnight.
TOKENS = Limit(name="tokens", key="llm", counts="tokens that a language model used today")
LIMITS = (*TURN_LIMITS, TOKENS)


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


def allowance(counter: Counter, limit: Limit, now: datetime, policy: Policy) -> Allowance:
    """Return what remains of a limit. A window that has ended does not count."""
    ends_at = from_ms(counter.until)
    used = counter.used
    if ends_at <= now:
        ends_at, used = now + limit.window(policy), 0
    remaining = max(0, limit.most(policy) - used)
    return Allowance(
        allowed=remaining > 0,
        remaining=remaining,
        wait_for=timedelta(0) if remaining else ends_at - now,
        ends_at=ends_at,
    )


class Counters(dict[str, Counter]):
    """The counters of a customer at the start of a turn, by the name of their limit; one without a window is left out."""

    def allowance(self, limit: Limit, now: datetime, policy: Policy) -> Allowance:
        """Return what remains of a limit."""
        return allowance(self.get(limit.name, _NOTHING_USED), limit, now, policy)


_NOTHING_USED = Counter()
