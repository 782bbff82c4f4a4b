"""What people look at: lists of conversations, one conversation, and the queues of a shard. Pure."""

from collections import Counter
from dataclasses import dataclass, field

from session.event_records import EventRecord
from session.models import State
from session.pauses import Pause, Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Some conversations, in an order that the method tells."""

    conversations: tuple[str, ...]
    cut: bool  #: whether there may be more


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The conversations that wait for an agent."""

    since: dict[str, int]  #: conversation -> since when, ms; the longest first
    total: int  #: there are so many, listed or not; counted among the first 10,000 of a shard for who may not see all


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSnapshot:
    """Everything that is kept of one conversation and that a person may want to see."""

    record: str  #: the session as JSON, "" if there is none
    expires_at: int  #: ms since the epoch, when the record vanishes; 0: never, or there is none
    deliveries: dict[str, str]  #: delivery id -> how far it came, of those that left the outbox
    mailbox: tuple[str, ...]  #: messages and actions that no turn has taken yet, as JSON, oldest first
    outbox: tuple[str, ...]  #: deliveries that are not settled yet, as JSON, oldest first
    opted_out: bool
    events: tuple[EventRecord, ...]  #: the newest that are about it, oldest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How much waits somewhere, and since when."""

    count: int = 0
    oldest_at: int = 0  #: ms since the epoch; 0: nothing waits


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStatistics:
    """Everything that is counted in one shard."""

    intake: Depth
    mailboxes: Depth
    outboxes: Depth
    dead: Depth
    due: int  #: members of the due index
    overdue: int  #: of these, how many should have been claimed by now
    first_due_at: int  #: ms since the epoch; 0: nothing is due
    draining: bool  #: whether somebody holds the lease of the intake
    leases_granted: int  #: since this Redis began
    events: int  #: that are kept
    swept_at: int  #: ms since the epoch, when the last sweep looked; 0: never
    paused: dict[str, Pause] = field(default_factory=dict)  #: sender -> why
    troubles: list[Trouble] = field(default_factory=list)  #: that are not over
    sessions: Counter[State] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)  #: everything that only grows
