"""The store: all access to Redis. There is one class for each kind of record, and a runner that carries out their calls."""

from session.store.async_runner import AsyncRunner, AwaitedRunner
from session.store.calls import Call, Program, Together
from session.store.campaign_work import CampaignOver, CampaignTaken, CampaignWorkStore
from session.store.campaigns import CampaignStore
from session.store.counters import CounterStore
from session.store.dead import DeadStore
from session.store.desk import DeskStore
from session.store.events import EventReader
from session.store.forgetting import ForgettingStore, shared_secret
from session.store.hooks import HookEmpty, HookSettled, HookStore
from session.store.identities import IdentityStore
from session.store.intake import IntakeStore
from session.store.listening import published
from session.store.loads import LoadStore
from session.store.mailboxes import MailboxStore
from session.store.media import MediaWorkStore
from session.store.merges import Awaited, Late, MergeStore, Sending, field_of
from session.store.outbox import OutboxStore
from session.store.receiving import Drained, GatherFor
from session.store.runners import Redis, Runner
from session.store.running_turns import RunningTurnStore
from session.store.scripts import Scripts
from session.store.senders import PauseStore, TroubleStore
from session.store.sessions import SessionStore
from session.store.sign_ins import AttemptKeys, AttemptLimits, SignInStore
from session.store.spending import SpendingStore
from session.store.statuses import StatusStore
from session.store.sweeping import DueStore, RetentionStore
from session.store.templates import TemplateStore
from session.store.timers import Rang, TimerStore
from session.store.turns import TurnStore
from session.store.uploads import UploadStore
from session.store.waits import WaitStore
from session.store.watches import TimerPage, WatchStore

__all__ = [
    "AsyncRunner",
    "AttemptKeys",
    "AttemptLimits",
    "Awaited",
    "AwaitedRunner",
    "Call",
    "CampaignOver",
    "CampaignStore",
    "CampaignTaken",
    "CampaignWorkStore",
    "CounterStore",
    "DeadStore",
    "DeskStore",
    "Drained",
    "DueStore",
    "EventReader",
    "ForgettingStore",
    "GatherFor",
    "HookEmpty",
    "HookSettled",
    "HookStore",
    "IdentityStore",
    "IntakeStore",
    "Late",
    "LoadStore",
    "MailboxStore",
    "MediaWorkStore",
    "MergeStore",
    "OutboxStore",
    "PauseStore",
    "Program",
    "Rang",
    "Redis",
    "RetentionStore",
    "Runner",
    "RunningTurnStore",
    "Scripts",
    "Sending",
    "SessionStore",
    "SignInStore",
    "SpendingStore",
    "StatusStore",
    "TemplateStore",
    "TimerPage",
    "TimerStore",
    "Together",
    "TroubleStore",
    "TurnStore",
    "UploadStore",
    "WaitStore",
    "WatchStore",
    "field_of",
    "published",
    "shared_secret",
]
