"""The store: every atomic thing that can be done to Redis, a method a script. The only rooms that know Redis."""

from session.store.counters import CounterStore, Depth, QueueStatistics
from session.store.dead import DeadStore, Letter
from session.store.desk import ConversationSnapshot, DeskStore, Listed, Waiting
from session.store.door import DoorStore, Patience, Tries
from session.store.due import DueStore
from session.store.events import EventReader, EventRecord
from session.store.intake import IntakeStore
from session.store.intake_taken import Body, IntakeEmpty, IntakeTaken
from session.store.lease import Held, Lease, Stale
from session.store.mailboxes import Received
from session.store.outbox import OutboxStore, Settled
from session.store.outbox_taken import OutboxEmpty, OutboxTaken
from session.store.pauses import Pause, PauseStore, pause_of, sender_of
from session.store.reading import Unreadable
from session.store.retention import RetentionStore, Trimmed
from session.store.rewriting import Rewrite
from session.store.scripts import Redis, Scripts
from session.store.secret import shared_secret
from session.store.sessions import Busy, Changed, Forgotten, IdleTimeout, SessionStore, Updated
from session.store.statuses import Accepted, StatusStore
from session.store.traces import TraceStore
from session.store.troubles import Trouble, TroubleStore
from session.store.trying import TrialStore
from session.store.turn_taken import MailboxEmpty, TurnTaken
from session.store.turns import Committed, TurnStore

__all__ = [
    "Accepted",
    "Updated",
    "Body",
    "Busy",
    "QueueStatistics",
    "Changed",
    "Committed",
    "DeadStore",
    "Depth",
    "DeskStore",
    "DoorStore",
    "DueStore",
    "EventReader",
    "Forgotten",
    "EventRecord",
    "Held",
    "IntakeEmpty",
    "IntakeStore",
    "IntakeTaken",
    "IdleTimeout",
    "Lease",
    "Letter",
    "Listed",
    "MailboxEmpty",
    "OutboxEmpty",
    "OutboxStore",
    "OutboxTaken",
    "Patience",
    "Pause",
    "PauseStore",
    "Received",
    "Redis",
    "RetentionStore",
    "Rewrite",
    "Scripts",
    "SessionStore",
    "Settled",
    "ConversationSnapshot",
    "Stale",
    "StatusStore",
    "CounterStore",
    "TraceStore",
    "TrialStore",
    "Trouble",
    "TroubleStore",
    "Tries",
    "TurnStore",
    "TurnTaken",
    "Trimmed",
    "Waiting",
    "Unreadable",
    "sender_of",
    "pause_of",
    "shared_secret",
]
