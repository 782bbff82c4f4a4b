"""How far each hook has come in the event stream: leased like all work, settled event by event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from loguru import logger
from redis.exceptions import ResponseError

from session.dead_letters import HookLetter, from_fields
from session.errors import UnexpectedReply
from session.event_records import EventRecord
from session.hook_work import HookTaken, read_taken
from session.keys import HOOK, Keys
from session.leases import TOO_LATE, Held, Lease, Stale
from session.policy import Policy
from session.records import MS, from_ms, to_ms
from session.store.calls import Call, Program, Value, as_entries, as_fields, command, flat
from session.store.mending import Mender
from session.store.scripts import Scripts

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class HookEmpty:
    """Nothing is to be sent; the lease was released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookSettled:
    """What is written about events for a hook."""

    state: Mapping[str, str | int] = field(default_factory=dict)  #: fields of its state
    gone: Sequence[str] = ()  #: fields that are of no use any more
    letters: Sequence[HookLetter] = ()  #: events that were given up
    event: str = ""  #: the id of the event that is settled, if it is one
    letter: str = ""  #: the dead letter that was tried once more, by its id in the stream
    accepted: bool = False  #: whether that was accepted
    counts: Mapping[str, int] = field(default_factory=dict)  #: counters and their increments
    release_in: timedelta | None = (
        None  #: the lease is released, and the hook due again then; None: it is extended
    )


class HookStore:
    """Leases hooks, and keeps what became of their events."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def look(self, shard: int, hooks: Sequence[str]) -> Program[list[str]]:
        """Make those of these hooks due that have not seen the newest event of a shard; at least one name.

        Returns those that were not due before: for them nobody has published a wake-up.
        """
        shared = self._keys.shard(shard)
        own = [shared.hook(name) for name in hooks]
        call = self._scripts.look_at_hooks(
            events=shared.events,
            due=shared.due,
            hooks=[key for state, _, lease in own for key in (state, lease)],
            keep_for=self._policy.events_for // MS,
            members=[HOOK + name for name in hooks],
        )
        match (yield from self._call(shard, hooks, call)):
            case ["looked", *members]:
                return [str(member).removeprefix(HOOK) for member in members]
            case reply:
                raise UnexpectedReply("look_at_hooks", reply)

    def take(
        self, shard: int, hook: str, *, holder: str, limit: int
    ) -> Program[HookTaken | HookEmpty | Held]:
        """Lease a hook for a shard, and return the next `limit` events behind those that are settled.

        A holder takes again for the next ones; if there are none, the lease is released.
        """
        shared = self._keys.shard(shard)
        state, again, lease = shared.hook(hook)
        call = self._scripts.take_hook(
            lease=lease,
            hook=state,
            again=again,
            events=shared.events,
            dead=shared.dead,
            due=shared.due,
            fences=shared.fence,
            counters=shared.counters,
            holder=holder,
            lease_for=self._policy.send_lease_for // MS,
            limit=limit,
            member=HOOK + hook,
            garbage=TOO_LATE // MS,
            keep_for=self._policy.events_for // MS,
            counter=f"hooks|{hook}|lost",
        )
        match (yield from self._call(shard, [hook], call)):
            case ["held", int(until)]:
                return Held(until=until)
            case ["empty"]:
                return HookEmpty()
            case ["taken", int(fence), int(now), int(lost), found, events, letters]:
                return read_taken(
                    Lease(fence=fence, holder=holder),
                    now=from_ms(now),
                    lost=lost,
                    state=as_fields(found),
                    records=[EventRecord.of(entry, shard=shard, id=id_) for id_, entry in as_entries(events)],
                    letters={
                        id_: from_fields(as_fields(entry))
                        for id_, entry in zip(letters[::2], letters[1::2], strict=True)
                    },
                )
            case reply:
                raise UnexpectedReply("take_hook", reply)

    def settle(self, shard: int, hook: str, lease: Lease, settled: HookSettled) -> Program[Stale | None]:
        """Write what became of events; None if it is written."""
        shared = self._keys.shard(shard)
        state, again, held = shared.hook(hook)
        wait = settled.release_in
        call = self._scripts.settle_hook(
            lease=held,
            hook=state,
            again=again,
            events=shared.events,
            dead=shared.dead,
            due=shared.due,
            counters=shared.counters,
            fence=lease.fence,
            holder=lease.holder,
            member=HOOK + hook,
            lease_for=self._policy.send_lease_for // MS,
            release_in=-1 if wait is None else max(0, wait // MS),
            event=settled.event,
            letter=settled.letter,
            dropped="yes" if settled.accepted else "",
            state=_pairs(settled.state),
            gone=settled.gone,
            letters=flat([letter.to_fields() for letter in settled.letters]),
            counts=_pairs(settled.counts),
        )
        match (yield from self._call(shard, [hook], call)):
            case ["settled"]:
                return None
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("settle_hook", reply)

    def leave(self, shard: int, hook: str) -> Call[bool]:
        """Let a hook be due no more that nobody has configured; returns whether it was."""
        return command("leave", "ZREM", self._keys.shard(shard).due, HOOK + hook, read=bool)

    def rewind(self, shard: int, hook: str, since: datetime) -> Program[int]:
        """Let a hook send the stored events of a shard since a time again, in order; returns how many they are."""
        shared = self._keys.shard(shard)
        state, _, lease = shared.hook(hook)
        first, behind = f"{max(0, to_ms(since))}-0", 0
        last = after = f"{max(0, to_ms(since) - 1)}-{2**63}"
        page: list[Any] = yield command(
            "hook", "XRANGE", shared.events, first, "+", "COUNT", _PAGE, read=as_entries
        )
        while page:
            behind, last = behind + len(page), page[-1][0]
            page = yield command(
                "hook", "XRANGE", shared.events, f"({last}", "+", "COUNT", _PAGE, read=as_entries
            )
        call = self._scripts.rewind_hook(
            lease=lease,
            hook=state,
            events=shared.events,
            due=shared.due,
            after=after,
            behind=behind,
            last=last,
            member=HOOK + hook,
            keep_for=self._policy.events_for // MS,
        )
        reply = yield from self._call(shard, [hook], call)
        if reply != ["rewound"]:
            raise UnexpectedReply("rewind_hook", reply)
        return behind

    def state(self, shard: int, hook: str) -> Call[dict[str, str]]:
        """Return how far a hook has come, see `session.hook_work`; empty if it has not begun."""
        return command("hook", "HGETALL", self._keys.shard(shard).hook(hook)[0], read=as_fields)

    def _call(self, shard: int, hooks: Sequence[str], call: Call[Any]) -> Program[Any]:
        try:
            return (yield from self._mender.call_on_shard(shard, call))
        except ResponseError:
            # A key of a hook has a wrong type, or a lease is none. They hold places, and nothing that is sent.
            logger.error("the state of a hook cannot be read, it begins anew: {}", ", ".join(hooks))
            own = [key for name in hooks for key in self._keys.shard(shard).hook(name)]
            yield command("hook", "DEL", *own)
        return (yield call)


def _pairs(values: Mapping[str, str | int]) -> list[Value]:
    return [part for pair in values.items() for part in pair]
