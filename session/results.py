"""What the store returns after a change. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from session.leases import Lease, TurnTaken
from session.messages import Delivery
from session.silence import NO_SILENCE, Silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """The turn is written."""

    wake_delivery: bool  #: whether a wake-up for the outbox must be published
    left: int  #: messages and actions that wait
    next_turn: TurnTaken | None  #: the turn goes on with these; None: the lease was given back


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The first delivery is off the outbox."""

    left: int
    lease: Lease | None  #: to go on with; None: nothing is left, and the lease was given back
    silence: Silence = NO_SILENCE  #: at this moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of a batch of messages and actions."""

    accepted: int
    duplicates: int
    woken: tuple[str, ...]  #: conversations for which a wake-up must be published
    overflowed: int = 0  #: messages that a full mailbox did not take: a dead letter counts them


@dataclass(frozen=True, slots=True)
class Updated:
    """The change is written."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The session is no longer what was read; read it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A worker is taking its turn."""

    until: int  #: ms since the epoch, the end of its lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """Nothing is kept any more under keys of the customer's own."""

    removed: int  #: keys
    left: int  #: entries of the mailbox that came later, and are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleTimeout:
    """One session that the sweep looked at."""

    conversation: str
    was: str  #: the record as it was read, "" if there is none any more
    becomes: str  #: the record to write, "" to leave it
    next_at: datetime | None  #: when to look again
    states: str = ""  #: "ACTIVE>IDLE", for the event stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A delivery that its provider has accepted."""

    delivery: Delivery
    raw: str  #: as it stands in Redis
    of_the_past: (
        bool  #: whether the status is about a send that is known to have failed, and was made again since
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimmed:
    """What was taken away."""

    events: int  #: that were too old; all of them had been counted long before
    old_letters: int
    many_letters: int  #: the oldest, since there were too many, or too large ones


class Rewrite(StrEnum):
    """What became of it; of several servers the worst."""

    OFF = "off"  # there is no append-only file
    BEGUN = "begun"
    UNDER_WAY = "under way"  # another one had begun before, and may still write what was forgotten
    REFUSED = "refused"  # this user may not, or the server cannot
