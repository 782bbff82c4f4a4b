"""All stores on one client, and a look at everything that a server holds."""

import re
from dataclasses import dataclass
from typing import Any, Self

from session.forgetting import Forgetter
from session.keys import Keys
from session.policy import Policy
from session.store import (
    CounterStore,
    DueStore,
    IntakeStore,
    OutboxStore,
    PauseStore,
    Redis,
    Scripts,
    SessionStore,
    StatusStore,
    TraceStore,
    TroubleStore,
    TurnStore,
)

#: Keys that may live for ever: one of each kind a shard.
_PERMANENT = re.compile(
    r"(\{s\d+\}:)?(intake|due|events|dead|fence|secret|paused|troubles|lease:intake|tally|waiting)"
)
#: Lists that live for as long as something is in them, since an empty list is no key; and a customer's last word.
_LASTING = re.compile(r"(\{s\d+\}:)?(mailbox|outbox|optout):.+", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Every store, on one client and with one policy."""

    client: Redis
    scripts: Scripts
    keys: Keys
    policy: Policy
    intake: IntakeStore
    turns: TurnStore
    outbox: OutboxStore
    statuses: StatusStore
    sessions: SessionStore
    due: DueStore
    pauses: PauseStore
    troubles: TroubleStore
    forgetter: Forgetter

    @classmethod
    def on(
        cls, client: Redis, *, shards: int = 1, policy: Policy | None = None, scripts: Scripts | None = None
    ) -> Self:
        scripts, keys, policy = scripts or Scripts(client), Keys(shards), policy or Policy()
        parts = (scripts, keys, policy)
        sessions = SessionStore(*parts)
        return cls(
            client=client,
            scripts=scripts,
            keys=keys,
            policy=policy,
            intake=IntakeStore(*parts),
            turns=TurnStore(*parts),
            outbox=OutboxStore(*parts),
            statuses=StatusStore(*parts),
            sessions=sessions,
            due=DueStore(*parts),
            pauses=PauseStore(scripts, keys),
            troubles=TroubleStore(scripts, keys),
            forgetter=Forgetter(
                client, sessions, CounterStore(scripts, keys), TraceStore(scripts, keys), keys
            ),
        )

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
        case "zset":
            return client.zrange(key, 0, -1, withscores=True)
        case "stream":
            return client.xrange(key)
    raise AssertionError(f"{key} has a type that the system does not use")


def immortal(client: Redis) -> list[str]:
    """Return the keys that would stay for ever though they belong to a customer."""
    return [
        key
        for key in client.scan_iter(count=1000)
        if client.pexpiretime(key) < 0 and not _PERMANENT.fullmatch(key) and not _LASTING.fullmatch(key)
    ]
