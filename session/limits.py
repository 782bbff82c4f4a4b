"""The limits of a customer, as rows of data. Each counts something in a window that begins with the first counted one. Pure.

To add a limit, "pictures a day" for example, five files are touched:

1. here: a row in `TURN_LIMITS`; the scripts, the keys, the policy, forgetting and mending walk over the rows;
2. `session/settings.py`: the setting that the row names;
3. `.env.example` and 4. `docker-compose.yml`: a line each for the setting;
5. where it is counted: `session/admission.py` for what a customer sends (ask `usages.allowance(PICTURES, now, policy)`,
   and put the number into `Admission.uses`), `session/turn_result.py` for what an assistant does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from session.records import from_ms

if TYPE_CHECKING:
    from session.policy import Policy

_ENDLESS = 10**12


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit."""

    name: str
    key: str  #: in Redis: "msg" for rate:msg:<customer>
    counts: str  #: what it counts, for people
    window: timedelta  #: from the first counted use
    most: int = 0  #: uses allowed in a window, unless the setting says otherwise
    setting: str = ""  #: the name of the setting, in lower case; "" if it has none
    endless_at_zero: bool = False  #: whether 0 allows any number, and nothing is counted then

    def most_of(self, policy: "Policy") -> int:
        """Return how many uses a policy allows in a window."""
        most = policy.limits.get(self.name, self.most)
        return _ENDLESS if self.endless_at_zero and not most else most

    def counts_in(self, policy: "Policy") -> bool:
        """Whether uses are counted at all."""
        return self.most_of(policy) < _ENDLESS


MESSAGES = Limit(
    name="messages",
    key="msg",
    counts="messages that the assistant receives",
    window=timedelta(hours=1),
    most=50,
    setting="rate_limit_messages_per_hour",
)
SEARCHES = Limit(
    name="searches",
    key="search",
    counts="searches",
    window=timedelta(hours=1),
    most=30,
    setting="rate_limit_searches_per_hour",
)
#: The budget of a customer: what a message costs is known only when it has arrived, so messages are counted.
REPLIES = Limit(
    name="replies",
    key="said",
    counts="messages of the assistant, where each is billed",
    window=timedelta(days=1),
    setting="budget_messages_per_day",
    endless_at_zero=True,
)
#: Read when a turn is taken, and counted when it is committed.
TURN_LIMITS = (MESSAGES, SEARCHES, REPLIES)
#: Counted by the assistant of the language model itself, which knows how many are allowed. A day ends at midnight.
TOKENS = Limit(name="tokens", key="llm", counts="tokens that a language model used", window=timedelta(days=1))
#: Parcels of other releases have uses in this order: a new limit is the last one.
LIMITS = (MESSAGES, SEARCHES, TOKENS, REPLIES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a customer has used of one limit."""

    used: int = 0  #: uses counted in the window
    until: int = 0  #: end of the window, in ms since the epoch; 0 without a window


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a customer may still do in this window."""

    allowed: bool
    remaining: int
    wait_for: timedelta  #: zero while anything remains
    ends_at: datetime  #: end of the window; of a window that begins now if there is none


def allowance(usage: Usage, limit: Limit, now: datetime, policy: "Policy") -> Allowance:
    """Return what remains of a limit. A window that has ended does not count."""
    ends_at = from_ms(usage.until)
    used = usage.used
    if ends_at <= now:
        ends_at, used = now + limit.window, 0
    remaining = max(0, limit.most_of(policy) - used)
    return Allowance(
        allowed=remaining > 0,
        remaining=remaining,
        wait_for=timedelta(0) if remaining else ends_at - now,
        ends_at=ends_at,
    )


class Usages(dict[str, Usage]):
    """The usage of a customer at the start of a turn, by the name of the limit; a limit without an open window is left out."""

    def allowance(self, limit: Limit, now: datetime, policy: "Policy") -> Allowance:
        """Return what remains of a limit."""
        return allowance(self.get(limit.name, _NOTHING_USED), limit, now, policy)


_NOTHING_USED = Usage()
