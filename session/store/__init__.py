"""The store: every atomic thing that can be done to Redis, a method a script. The only rooms that know Redis."""

from session.store.counters import CounterStore
from session.store.dead import DeadStore
from session.store.desk import DeskStore
from session.store.door import DoorStore, Patience, Tries
from session.store.due import DueStore
from session.store.events import EventReader
from session.store.intake import IntakeStore
from session.store.outbox import OutboxStore
from session.store.pauses import PauseStore
from session.store.retention import RetentionStore
from session.store.scripts import Redis, Scripts
from session.store.secret import shared_secret
from session.store.sessions import SessionStore
from session.store.statuses import StatusStore
from session.store.traces import TraceStore
from session.store.troubles import TroubleStore
from session.store.trying import TrialStore
from session.store.turns import TurnStore

__all__ = [
    "CounterStore",
    "DeadStore",
    "DeskStore",
    "DoorStore",
    "DueStore",
    "EventReader",
    "IntakeStore",
    "OutboxStore",
    "Patience",
    "PauseStore",
    "Redis",
    "RetentionStore",
    "Scripts",
    "SessionStore",
    "StatusStore",
    "TraceStore",
    "TrialStore",
    "Tries",
    "TroubleStore",
    "TurnStore",
    "shared_secret",
]
