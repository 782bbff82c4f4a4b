"""The store: all access to Redis. There is one class for each kind of record, and a runner that carries out their calls."""

from session.store.async_runner import AsyncRunner, AwaitedRunner
from session.store.calls import Call, Program, Together
from session.store.counters import CounterStore
from session.store.dead import DeadStore
from session.store.desk import DeskStore
from session.store.events import EventReader
from session.store.forgetting import ForgettingStore, shared_secret
from session.store.intake import IntakeStore
from session.store.listening import published
from session.store.loads import LoadStore
from session.store.mailboxes import Drained, MailboxStore
from session.store.outbox import OutboxStore
from session.store.runners import Redis, Runner
from session.store.running_turns import RunningTurnStore
from session.store.scripts import Scripts
from session.store.senders import PauseStore, TroubleStore
from session.store.sessions import SessionStore
from session.store.sign_ins import AttemptKeys, AttemptLimits, SignInStore
from session.store.statuses import StatusStore
from session.store.sweeping import DueStore, RetentionStore
from session.store.turns import TurnStore

__all__ = [
    "AsyncRunner",
    "AttemptKeys",
    "AttemptLimits",
    "AwaitedRunner",
    "Call",
    "CounterStore",
    "DeadStore",
    "DeskStore",
    "Drained",
    "DueStore",
    "EventReader",
    "ForgettingStore",
    "IntakeStore",
    "LoadStore",
    "MailboxStore",
    "OutboxStore",
    "PauseStore",
    "Program",
    "Redis",
    "RetentionStore",
    "Runner",
    "RunningTurnStore",
    "Scripts",
    "SessionStore",
    "SignInStore",
    "StatusStore",
    "Together",
    "TroubleStore",
    "TurnStore",
    "published",
    "shared_secret",
]
