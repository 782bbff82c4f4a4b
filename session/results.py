"""The results of changes in the store. Pure."""

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
    left: int  #: messages and actions that still wait
    next_turn: TurnTaken | None  #: the messages of the next turn; None: the lease was released


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The first delivery has left the outbox."""

    left: int
    lease: Lease | None  #: the lease to continue with; None: nothing is left, and it was released
    silence: Silence = NO_SILENCE  #: at this moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The result of storing a batch of messages and actions."""

    accepted: int
    duplicates: int
    woken: tuple[str, ...]  #: conversations that need a wake-up
    overflowed: int = 0  #: messages that a full mailbox did not accept: a dead letter counts them


@dataclass(frozen=True, slots=True)
class Updated:
    """The change is written."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The session has changed since it was read; read it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A worker is taking its turn."""

    until: int  #: ms since the epoch, the end of its lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """No key of the customer is left."""

    removed: int  #: number of removed keys
    left: int  #: later entries of the mailbox, which stay


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleTimeout:
    """One session that the sweep looked at."""

    conversation: str
    was: str  #: the record as it was read, "" if it has expired
    becomes: str  #: the record to write, "" to leave it unchanged
    next_at: datetime | None  #: when to look again
    states: str = ""  #: "ACTIVE>IDLE", for the event stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A delivery that its provider has accepted."""

    delivery: Delivery
    raw: str  #: in the form stored in Redis
    of_the_past: bool  #: whether the status is about a failed send that has been repeated since


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimmed:
    """What was removed."""

    events: int  #: entries that were too old; all of them had been counted long before
    old_letters: int
    many_letters: int  #: the oldest ones, because there were too many or too large ones


class Rewrite(StrEnum):
    """The outcome; with several servers the worst one."""

    OFF = "off"  # there is no append-only file
    BEGUN = "begun"
    UNDER_WAY = "under way"  # another one had begun before, and may still write the forgotten data
    REFUSED = "refused"  # this user has no permission, or the server failed
