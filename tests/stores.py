"""All stores on one client, and a look at everything that a server holds."""

import asyncio
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from inspect import signature
from types import GeneratorType
from typing import Any, Self

from session.clock import Clock, SystemClock
from session.forgetting import Forgetter
from session.idle_timeouts import IdleTimeouts
from session.keys import Keys
from session.leases import Lease, Stale
from session.policy import Policy
from session.store import (
    AsyncRunner,
    Call,
    CampaignStore,
    CampaignWorkStore,
    CounterStore,
    Drained,
    DueStore,
    ForgettingStore,
    HookStore,
    IdentityStore,
    IntakeStore,
    LoadStore,
    MailboxStore,
    MediaWorkStore,
    MergeStore,
    OutboxStore,
    PauseStore,
    Redis,
    Runner,
    RunningTurnStore,
    Scripts,
    SessionStore,
    StatusStore,
    TemplateStore,
    TimerStore,
    TroubleStore,
    TurnStore,
    WatchStore,
)

#: Keys that may live for ever: one of each kind a shard.
_PERMANENT = re.compile(
    r"(\{s\d+\}:)?(intake|due|events|dead|fence|secret|paused|troubles|templates|campaigns|lease:intake|tally|waiting|looked)"
)
#: Lists that live for as long as something is in them, since an empty list is no key; a customer's last word, and names.
_LASTING = re.compile(r"(\{s\d+\}:)?(mailbox|outbox|optout|alias|names):.+", re.DOTALL)


_of_this_call = threading.local()


class HandedClock:
    """What scripts take for the time of their server: what `now=` of a call says, else what a clock of the test says."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

    def now(self) -> datetime:
        now: datetime | None = getattr(_of_this_call, "now", None)
        return now or self._clock.now()


@contextmanager
def at(now: datetime | None) -> Iterator[None]:
    """Let it be this time on every server, for what this thread asks of stores with `scripts_by`."""
    before, _of_this_call.now = getattr(_of_this_call, "now", None), now
    try:
        yield
    finally:
        _of_this_call.now = before


def scripts_by(clock: Clock | None = None) -> Scripts:
    """Return the scripts, to which the time is handed in."""
    return Scripts.load(HandedClock(clock))


class AtOnce:
    """A store whose calls and programs are carried out as soon as they are made; the store itself is `bare`.

    `now` is an option of every method: the time of the server, if it is not that of the clock of the test.
    """

    def __init__(self, run: Runner, bare: Any) -> None:
        self._run = run
        self.bare = bare

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.bare, name)

        def carried_out(*args: Any, **options: Any) -> Any:
            now = options.get("now")
            if now and "now" not in signature(method).parameters:
                del options["now"]
            with at(now):
                made = method(*args, **options)
                return self._run(made) if isinstance(made, Call | GeneratorType) else made

        return carried_out


class RecordingRunner(Runner):
    """Remembers the scripts that it has carried out: name, keys and values of each."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self.calls: list[tuple[str, list[Any], list[Any]]] = []

    def _ask(self, calls: list[Call[Any]]) -> list[Any]:
        for call in calls:
            if call.text:
                first = 3 + int(call.words[2])
                self.calls.append((call.name, list(call.words[3:first]), list(call.words[first:])))
        return super()._ask(calls)


class OnALoop:
    """An `AsyncRunner` that is waited for, so that one story is told of both runners."""

    def __init__(self, client: Redis) -> None:
        self._run = AsyncRunner(client)
        self._loop = asyncio.Runner()

    def __call__(self, work: Any) -> Any:
        return self._loop.run(self._run(work))

    def together(self, works: Any) -> Any:
        return self._loop.run(self._run.together(works))

    def outcomes(self, works: Any) -> Any:
        return self._loop.run(self._run.outcomes(works))

    def close(self) -> None:
        self._loop.run(self._run.close())
        self._loop.close()


def at_once(client: Redis, bare: Any) -> Any:
    """Return a store that carries out what it is asked on a client."""
    return AtOnce(Runner(client), bare)


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Every store, on one client and with one policy, each of them at once."""

    client: Redis
    run: Runner
    scripts: Scripts
    keys: Keys
    policy: Policy
    intake: Any
    mailboxes: Any
    media: Any
    identities: Any
    merges: Any
    turns: Any
    running: Any
    outbox: Any
    statuses: Any
    sessions: Any
    due: Any
    timers: Any
    watches: Any
    hooks: Any
    campaigns: Any
    campaign_work: Any
    pauses: Any
    troubles: Any
    templates: Any
    loads: Any
    counters: Any
    forgetting: Any
    forgetter: Any
    idle_timeouts: Any

    @classmethod
    def on(
        cls,
        client: Redis,
        *,
        shards: int = 1,
        policy: Policy | None = None,
        run: Runner | None = None,
        clock: Clock | None = None,
    ) -> Self:
        run, scripts, keys, policy = (
            run or Runner(client),
            scripts_by(clock),
            Keys(shards),
            policy or Policy(),
        )
        parts = (scripts, keys, policy)
        forgetting, counters = ForgettingStore(*parts), CounterStore(scripts, keys)
        stores = {
            "intake": IntakeStore(*parts),
            "mailboxes": MailboxStore(*parts),
            "media": MediaWorkStore(*parts),
            "identities": IdentityStore(*parts),
            "merges": MergeStore(*parts),
            "turns": TurnStore(*parts),
            "running": RunningTurnStore(*parts),
            "outbox": OutboxStore(*parts),
            "statuses": StatusStore(*parts),
            "sessions": SessionStore(*parts),
            "due": DueStore(*parts),
            "timers": TimerStore(*parts),
            "watches": WatchStore(*parts),
            "hooks": HookStore(*parts),
            "campaigns": CampaignStore(*parts),
            "campaign_work": CampaignWorkStore(*parts),
            "pauses": PauseStore(scripts, keys),
            "troubles": TroubleStore(scripts, keys),
            "templates": TemplateStore(scripts, keys),
            "loads": LoadStore(*parts),
            "counters": counters,
            "forgetting": forgetting,
            "forgetter": Forgetter(forgetting, counters, keys),
            "idle_timeouts": IdleTimeouts(SessionStore(*parts), MailboxStore(*parts), policy),
        }
        at_once = {name: AtOnce(run, store) for name, store in stores.items()}
        return cls(client=client, run=run, scripts=scripts, keys=keys, policy=policy, **at_once)

    def settle(self, shard: int, lease: Lease, handled: Sequence[str], **options: Any) -> int | Stale:
        """Settle bodies of an intake in which nothing was; returns how many are left."""
        now = options.pop("now")
        drained = Drained(shard=shard, lease=lease, handled=handled, **options)
        left: int | Stale = self.mailboxes.receive([], now=now, drained=drained).left
        return left

    # -- looking at one shard, the only one of most tests

    def waiting_since(self) -> dict[str, int]:
        """Return the due index: member -> when, in ms."""
        return {member: int(score) for member, score in self.client.zrange("due", 0, -1, withscores=True)}

    def events(self) -> list[dict[str, str]]:
        return [fields for _, fields in self.client.xrange("events")]

    def dead(self) -> list[dict[str, str]]:
        return [fields for _, fields in self.client.xrange("dead")]


def everything(client: Redis) -> dict[str, tuple[Any, int]]:
    """Return every key of a server with what it holds and when it expires (ms; -1 for never)."""
    return {
        key: (_held(client, key), client.pexpiretime(key)) for key in sorted(client.scan_iter(count=1000))
    }


def _held(client: Redis, key: str) -> Any:
    match client.type(key):
        case "string":
            return client.get(key)
        case "list":
            return client.lrange(key, 0, -1)
        case "hash":
            return client.hgetall(key)
        case "set":
            return sorted(client.smembers(key))
        case "zset":
            return client.zrange(key, 0, -1, withscores=True)
        case "stream":
            return client.xrange(key)
        case "none":
            return None  # it has just expired
    raise AssertionError(f"{key} has a type that the system does not use")


def immortal(client: Redis) -> list[str]:
    """Return the keys that would stay for ever though they belong to a customer."""
    return [
        key
        for key in client.scan_iter(count=1000)
        if client.pexpiretime(key) == -1 and not _PERMANENT.fullmatch(key) and not _LASTING.fullmatch(key)
    ]
