"""What the desk and the metrics show: lists of conversations, one conversation, and the queues of a shard. Pure."""

from collections import Counter
from dataclasses import dataclass, field

from session.event_records import EventRecord
from session.models import State
from session.pauses import Pause, Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Some conversations, in the order that the method states."""

    conversations: tuple[str, ...]
    cut: bool  #: whether there may be more


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How many entries wait, and since when."""

    count: int = 0
    oldest_at: int = 0  #: ms since the epoch; 0: nothing waits


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStatistics:
    """The counters and queue statistics of one shard."""

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
