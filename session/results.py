"""What the store returns: the results of changes, and what the desk and the metrics show. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from session.event_records import EventRecord
from session.leases import Lease, OutboxTaken, Stale, TurnTaken
from session.messages import Delivery, Message
from session.models import State
from session.outgoing import NO_SILENCE, Silence
from session.pauses import Pause, Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """The turn is written."""

    wake_delivery: bool  #: whether a wake-up for the outbox must be published
    left: int  #: messages and actions that still wait
    next_turn: TurnTaken | None  #: the messages of the next turn; None: the lease was released
    #: the lease was released, and what is left gathers for so long from now on
    gathers: timedelta | None = None
    outbox: OutboxTaken | None = None  #: its replies, if the outbox was taken with the commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """The lease of a turn is extended."""

    entries: int  #: of the mailbox, those of the turn included
    silenced: bool  #: whether an action among them silences the assistant
    stop: str = ""  #: the id of the STOP among them, "" if there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreMessages:
    """Messages that may join a running turn."""

    messages: Sequence[Message]
    replies: Mapping[str, str]  #: provider's id -> delivery, where one of them points at a reply


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidEarly:
    """An early reply is queued, or was before."""

    value: str  #: what is kept of it
    wake_delivery: bool  #: whether a wake-up for the outbox must be published


@dataclass(frozen=True, slots=True)
class NoRoom:
    """The outbox is full; nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The first delivery has left the outbox."""

    left: int
    lease: Lease | None  #: to continue with; None: nothing is left or may be sent now, and it was released
    silence: Silence = NO_SILENCE  #: at this moment


@dataclass(frozen=True, slots=True, kw_only=True)
class MediumSettled:
    """What became of a medium is written."""

    wake_turn: bool  #: whether a turn waited for it, and must be woken


@dataclass(frozen=True, slots=True, kw_only=True)
class MediumGone:
    """The customer of a medium was forgotten meanwhile; nothing was written."""

    used: bool  #: whether another medium has the same object in the media store


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A body is in the intake."""

    at: int  #: ms since the epoch, by the clock of the server
    wake: int | None  #: the shard whose intake must be woken; None: a wake-up was published before


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A body could be stored."""

    swept_at: int  #: ms since the epoch, when the last sweep ran; 0: never
    now: int  #: the present time, by the same clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What was due, and is due again later."""

    members: tuple[str, ...]  #: longest due first
    now: datetime  #: by the clock of the server


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The result of storing a batch of messages and actions."""

    accepted: int
    duplicates: int
    woken: tuple[str, ...]  #: conversations that need a wake-up
    fetch: tuple[str, ...] = ()  #: conversations whose media need a wake-up
    #: conversations whose messages have begun to gather, and in how long their turn is due; they need no wake-up before
    gathering: Mapping[str, timedelta] = field(default_factory=dict)
    overflowed: int = 0  #: messages that a full mailbox did not accept: a dead letter counts them
    left: int | Stale = 0  #: bodies left in the intake, if bodies were settled with it


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Nothing was stored: the customers of these conversations are elsewhere, or have names that are not known yet."""

    conversations: tuple[str, ...]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Some conversations, in the order that the method states."""

    conversations: tuple[str, ...]
    cut: bool  #: whether there may be more
    until: int = 0  #: ms since the epoch, when the newest event was written that was looked at; 0 if none was


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The conversations that wait for an agent."""

    since: dict[str, int]  #: conversation -> since when, ms; the longest wait first
    total: int  #: the total number; for an agent with scopes counted among the first 10,000 of a shard


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSnapshot:
    """Everything stored about one conversation that an agent may want to see."""

    record: str  #: the session as JSON, "" if there is none
    expires_at: int  #: ms since the epoch, when the record expires; 0: never, or there is none
    deliveries: dict[str, str]  #: delivery id -> its progress, of those that left the outbox
    mailbox: tuple[str, ...]  #: messages and actions that no turn has taken yet, as JSON, oldest first
    outbox: tuple[str, ...]  #: deliveries that are not settled yet, as JSON, oldest first
    opted_out: bool
    events: tuple[EventRecord, ...]  #: its newest events, oldest first
    media: Mapping[str, str] = field(default_factory=dict)  #: medium -> record, see `session.media_work`
    timers: Mapping[str, str] = field(default_factory=dict)  #: name -> record, see `session.timers`
    prices: Mapping[str, str] = field(default_factory=dict)  #: delivery id -> its `Priced`


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How many entries wait, and since when."""

    count: int = 0
    oldest_at: int = 0  #: ms since the epoch; 0: nothing waits


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStatistics:
    """The counters and queue statistics of one shard."""

    now: int  #: ms since the epoch, when they were read, by the clock of the server
    intake: Depth
    mailboxes: Depth
    outboxes: Depth
    dead: Depth
    due: int  #: members of the due index
    overdue: int  #: how many of them should have been claimed by now
    first_due_at: int  #: ms since the epoch; 0: nothing is due
    draining: bool  #: whether a worker holds the lease of the intake
    leases_granted: int  #: since the start of this Redis
    events: int  #: stored events
    swept_at: int  #: ms since the epoch, when the last sweep ran; 0: never
    paused: dict[str, Pause] = field(default_factory=dict)  #: paused senders -> why
    troubles: list[Trouble] = field(default_factory=list)  #: current warnings of providers
    sessions: Counter[State] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)  #: all totals
