"""Moves unreadable records, and keys of a wrong type, to the dead letters, so that a conversation continues.

Every script fails before its first write, so it can be called again when its keys are mended. Keys are checked only after
a script has failed.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from loguru import logger
from redis.exceptions import ResponseError

from session.errors import NotDurable, UnexpectedReply
from session.keys import (
    CAMPAIGN,
    DELIVER,
    IDLE_TIMEOUT,
    INTAKE,
    TIMER,
    TURN,
    ConversationKeys,
    Keys,
    ShardKeys,
)
from session.leases import ATTEMPTS_AT_MOST, TOO_LATE, Held, Lease, Stale
from session.messages import DeliveryState
from session.policy import Policy
from session.printable import mask
from session.reading import Unreadable
from session.records import MS
from session.store.calls import Call, Program, Value, command, scan
from session.store.durability import durable
from session.store.scripts import Scripts

#: What a newer release wrote is due again after this time: the worker that is woken next may be of that release.
_LOOK_AGAIN: Final = timedelta(seconds=2)
#: Why a turn or an outbox waits if it has an unreadable record that could not be moved: to take it again at once would not end.
NOT_FOUND: Final = "an unreadable record was not found again"
_STATES = f" {' '.join(DeliveryState)} "


class Mender:
    """Returns programs that call scripts and mend the keys that make them fail."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy | None = None) -> None:
        self._scripts = scripts
        self._keys = keys
        self._policy = policy or Policy()

    def call(
        self, conversations: Iterable[str], call: Call[Any], *, shards: Iterable[int] = ()
    ) -> Program[Any]:
        """Make a call. If it fails because of a key of these conversations, their shards or `shards`, mend the key and call again."""
        try:
            return (yield call)
        except ResponseError:
            names = list(dict.fromkeys(conversations))
            mended = 0
            for conversation in names:
                mended += yield from self.mend(conversation)
            for shard in {*shards, *map(self._keys.shard_of, names)}:
                mended += yield from self.mend_shard(shard)
            if not mended:
                raise
        return (yield call)

    def call_durably(
        self, conversation: str, call: Call[Any], *, needed: bool = True
    ) -> Program[tuple[Any, NotDurable | None]]:
        """Make a call for a conversation; return its answer, and why it is not as safe as the policy demands if it is needed."""
        try:
            return (
                yield from self.call([conversation], durable(call, self._policy) if needed else call)
            ), None
        except NotDurable as error:
            return error.result, error

    def call_on_shard(self, shard: int, call: Call[Any]) -> Program[Any]:
        """Do the same for a call that concerns only a shard."""
        return (yield from self.call((), call, shards=(shard,)))

    def mend(self, conversation: str) -> Program[int]:
        """Move what is invalid in the keys of a conversation to the dead letters; returns how many values were."""
        own = self._keys.of(conversation)
        strings = (own.session, own.overflow, own.stop, own.marketing, own.alias, *own.usages.values())
        hashes = (own.prices, own.provider_ids, own.steps, own.media, own.timers, own.merging)
        shape = {
            **dict.fromkeys(strings, ("string", "")),
            **dict.fromkeys((own.mailbox, own.outbox, own.sent), ("list", "")),
            **dict.fromkeys(hashes, ("hash", "")),
            own.seen: ("zset", ""),
            own.names: ("set", ""),
            own.turn_lease: ("hash", "lease"),
            own.media_lease: ("hash", "lease"),
            own.delivery_lease: ("hash", "sends"),
            own.deliveries: ("hash", "states"),
            own.silence: ("string", "silence"),
        }
        return self._mend(own.shared, own, shape)

    def mend_shard(self, shard: int) -> Program[int]:
        """Do the same for the keys that the conversations of a shard share."""
        shared = self._keys.shard(shard)
        hashes = (shared.paused, shared.counters, shared.troubles, shared.templates, shared.campaigns)
        shape = {
            shared.dead: ("stream", ""),
            shared.fence: ("string", "fence"),
            shared.intake_lease: ("hash", "lease"),
            shared.intake: ("stream", ""),
            shared.events: ("stream", ""),
            **dict.fromkeys((shared.due, shared.waiting, shared.forgotten), ("zset", "")),
            **dict.fromkeys((*hashes, shared.loads, shared.spent, shared.looked), ("hash", "")),
        }
        mended = yield from self._mend(shared, None, shape)
        if mended:
            yield from self._make_due(shard)
        return mended

    def held(self, until: int, at: int, mend: Program[int]) -> Program[Held | None]:
        """Return a lease that another worker holds, or None if no lease lasts so long: `mend` has removed it, and it can be taken."""
        if 0 < until <= at + TOO_LATE // MS or not (yield from mend):
            return Held(until=until)
        return None

    def put_aside(
        self, conversation: str, found: Sequence[Unreadable], *, lease: Lease | None, key: str = ""
    ) -> Program[int | Stale]:
        """Move records to the dead letters if they have not changed since they were read; returns how many were moved.

        `lease` is that of the turn, or with a `key` the one that is there. Without a lease nothing is done during a turn.
        """
        own = self._keys.of(conversation)
        call = self._scripts.set_aside(
            due=own.shared.due,
            events=own.shared.events,
            dead=own.shared.dead,
            waiting=own.shared.waiting,
            session=own.session,
            mailbox=own.mailbox,
            outbox=own.outbox,
            lease=key or own.turn_lease,
            paused=own.shared.paused,
            media=own.media,
            fence=lease.fence if lease else "",
            holder=lease.holder if lease else "",
            conversation=conversation,
            idle_timeout_due=own.idle_timeout_due,
            event_cap=self._policy.events_at_most,
            records=[part for one in found for part in (one.place, one.why, one.raw)],
        )
        match (yield from self.call([conversation], call)):
            case ["aside", int(count)]:
                for one in found:
                    logger.error(
                        "unreadable, moved to the dead letters ({}): {}",
                        one.place,
                        one.why,
                        conversation=mask(conversation),
                    )
                return count
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case ["busy", int()]:
                return 0
            case reply:
                raise UnexpectedReply("set_aside", reply)

    def give_back(
        self,
        lease: Lease,
        *,
        keys: tuple[str, str],
        member: str,
        was: dict[str, int],
        why: NotDurable | str | None = None,
    ) -> Program[Held]:
        """Return a lease unchanged: a newer release wrote the record that waits, or for another reason.

        `keys` are the lease and `due`; `was` are the fields of the lease before it was taken.
        """
        answer = yield self._scripts.leave_to_newer(
            lease=keys[0],
            due=keys[1],
            fence=lease.fence,
            holder=lease.holder,
            wait=_LOOK_AGAIN // MS,
            member=member,
            was=["alone", "", *(part for pair in was.items() for part in pair)],
        )
        match answer:
            case ["left", int(until)]:
                pass
            case ["stale", int()]:
                until = 0
            case _:
                raise UnexpectedReply("leave_to_newer", answer)
        what = member.partition("|")[0]
        if why:
            logger.error("{} waits: {}", what, why)
        else:
            logger.warning("left to a newer release, which wrote it: {}", what)
        return Held(until=until)

    def _make_due(self, shard: int) -> Program[None]:
        """Make all conversations due if the due index is missing; work that is not due yet is found to be so when it is woken.

        Reads every key, which takes a second for a million keys.
        """
        due = self._keys.shard(shard).due
        if (yield command("due", "EXISTS", due)):
            return
        campaigns: list[str] = yield command("due", "HKEYS", self._keys.shard(shard).campaigns)
        for member in (INTAKE, *(CAMPAIGN + name for name in campaigns)):
            yield command("due", "ZADD", due, 0, member)  # longest of all
        of = ConversationKeys("", self._keys.shard(shard))
        due_for = {of.mailbox: TURN, of.outbox: DELIVER, of.session: IDLE_TIMEOUT, of.timers: TIMER}
        for place, kind in due_for.items():
            for key in (yield from scan("due", place.replace("{", "[{]").replace("}", "[}]") + "*")):
                yield command("due", "ZADD", due, "NX", 0, kind + key.removeprefix(place))

    def _mend(
        self, shared: ShardKeys, own: ConversationKeys | None, shape: dict[str, tuple[str, str]]
    ) -> Program[int]:
        conversation = own.conversation if own else ""
        values: list[Value] = [part for pair in shape.values() for part in pair]
        match (
            yield self._scripts.mend_keys(
                dead=shared.dead,
                fences=shared.fence,
                session=own.session if own else shared.dead,
                mailbox=own.mailbox if own else shared.dead,
                places=list(shape),
                too_late=TOO_LATE // MS,
                conversation=conversation,
                states=_STATES,
                keep_for=self._policy.seen_for // MS,
                most=ATTEMPTS_AT_MOST,
                shapes=values,
            )
        ):
            case ["mended", int(mended)]:
                if mended:
                    logger.error(
                        "{} unreadable keys put aside as dead letters", mended, of=mask(conversation)
                    )
                return mended
            case reply:
                raise UnexpectedReply("mend_keys", reply)
