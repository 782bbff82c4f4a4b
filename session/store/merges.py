"""The two sides of a merge: one conversation hands over everything that it has, another one takes it in.

Each step can be repeated: what was taken out stays with the steps of its turn until the turn ends, and what was put is taken
in once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from session.agent_actions import AgentAction, AgentActionType
from session.conversations import conversation_of, customer_of
from session.counters import waiting
from session.errors import NamesUnsettled, UnexpectedReply
from session.keys import Keys
from session.leases import Lease, Stale
from session.messages import Delivery
from session.parcels import Parcel, states_of
from session.policy import Policy
from session.records import MS
from session.store.aliases import resolve
from session.store.calls import Program
from session.store.durability import durable
from session.store.mending import Mender
from session.store.outbox import SENT_FOR
from session.store.scripts import Scripts

#: How often a turn waits for what comes: with the pauses of `worker/merging.py` about five minutes.
MOST_WAITS: Final = 40
_TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class Sending:
    """A reply is being sent or in doubt: nothing was taken out."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """Nothing has come yet."""

    times: int  #: how often it was waited for


@dataclass(frozen=True, slots=True)
class Late:
    """Nothing has come, and it was waited for often enough."""


def field_of(action: AgentAction) -> str:
    """Return the field of the steps in which a parcel is kept until the turn ends."""
    return f'["{action.type}","{action.id}"]'


class MergeStore:
    """Moves everything of a conversation to another one of the same customer."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def pack(self, action: AgentAction, lease: Lease) -> Program[str | Sending | Stale]:
        """Take everything out of the keys of the conversation, in its turn; return it as it is stored."""
        conversation = action.conversation
        own = self._keys.of(conversation)
        call = self._scripts.pack_up(
            lease=own.turn_lease,
            session=own.session,
            mailbox=own.mailbox,
            outbox=own.outbox,
            delivery_lease=own.delivery_lease,
            deliveries=own.deliveries,
            prices=own.prices,
            provider_ids=own.provider_ids,
            media=own.media,
            media_lease=own.media_lease,
            timers=own.timers,
            sent=own.sent,
            seen=own.seen,
            opt_out=own.opt_out,
            marketing=own.marketing,
            stop=own.stop,
            silence=own.silence,
            steps=own.steps,
            due=own.shared.due,
            waiting=own.shared.waiting,
            usages=list(own.usages.values()),
            fence=lease.fence,
            holder=lease.holder,
            field=field_of(action),
            conversation=conversation,
            deliver_due=own.deliver_due,
            media_due=own.media_due,
            idle_timeout_due=own.idle_timeout_due,
            timer_due=own.timer_due,
            seen_for=self._policy.seen_for // MS,
        )
        match (yield from self._mender.call([conversation], call)):
            case ["packed", str(parcel)]:
                return parcel
            case ["sending"]:
                return Sending()
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("pack_up", reply)

    def put(self, action: AgentAction, parcel: str) -> Program[str]:
        """Put a parcel where the customer is now, and return that conversation, to be woken.

        Raises `NamesUnsettled` if the customer goes on moving.
        """
        target = conversation_of(action.other, action.scope)
        for _ in range(_TRIES):
            own = self._keys.of(target)
            there = action.model_copy(
                update={
                    "type": AgentActionType.MERGE,
                    "customer": customer_of(target),
                    "other": action.customer,
                }
            )
            call = self._scripts.put_parcel(
                alias=own.alias,
                merging=own.merging,
                mailbox=own.mailbox,
                seen=own.seen,
                lease=own.turn_lease,
                due=own.shared.due,
                counters=own.shared.counters,
                id=action.id,
                parcel=parcel,
                entry=there.to_json(),
                counter=waiting("mailbox", action.received_at),
                member=own.turn_due,
                seen_for=self._policy.seen_for // MS,
                comes_back="yes" if target == action.conversation else "no",
            )
            # The other server must have it before this one forgets it.
            made = durable(call, self._policy) if self._keys.shards > 1 else call
            match (yield from self._mender.call([target], made)):
                case ["put"]:
                    return target
                case ["moved"]:
                    (target,) = yield from resolve(self._keys, [target])
                case reply:
                    raise UnexpectedReply("put_parcel", reply)
        raise NamesUnsettled("a customer moved again and again meanwhile")

    def take(self, action: AgentAction, lease: Lease) -> Program[str | Awaited | Late | Stale]:
        """Return what has come for a merge, as it is stored; "" if it was taken in before. Otherwise count that it is awaited."""
        own = self._keys.of(action.conversation)
        call = self._scripts.take_parcel(
            lease=own.turn_lease,
            merging=own.merging,
            fence=lease.fence,
            holder=lease.holder,
            id=action.id,
            most=MOST_WAITS,
            keep_for=self._policy.seen_for // MS,
        )
        match (yield from self._mender.call([own.conversation], call)):
            case ["parcel", str(parcel)]:
                return parcel
            case ["waits", int(times)]:
                return Awaited(times)
            case ["late"]:
                return Late()
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("take_parcel", reply)

    def take_in(
        self, action: AgentAction, lease: Lease, parcel: Parcel, cancelled: Sequence[Delivery]
    ) -> Program[Stale | None]:
        """Add what came to the keys of the conversation, once; the commit of the turn writes session and deliveries."""
        conversation = action.conversation
        own = self._keys.of(conversation)
        call = self._scripts.take_in(
            lease=own.turn_lease,
            merging=own.merging,
            steps=own.steps,
            mailbox=own.mailbox,
            counters=own.shared.counters,
            seen=own.seen,
            deliveries=own.deliveries,
            prices=own.prices,
            provider_ids=own.provider_ids,
            media=own.media,
            due=own.shared.due,
            media_due=own.media_due,
            sent=own.sent,
            usages=list(own.usages.values()),
            fence=lease.fence,
            holder=lease.holder,
            id=action.id,
            field=field_of(action),
            seen_for=self._policy.seen_for // MS,
            keep_for=self._policy.keep_for // MS,
            sent_for=SENT_FOR // MS,
            ids=list(parcel.seen),
            states=states_of(parcel, list(cancelled)),
            priced=list(parcel.prices),
            fetched=list(parcel.media),
            short_ids=list(parcel.provider_ids),
            accepted=parcel.accepted(conversation_of(action.other, action.scope), conversation),
            uses=[part for usage in parcel.used() for part in (usage.used, usage.until)],
        )
        match (yield from self._mender.call([conversation], call)):
            case ["taken in"]:
                return None
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("take_in", reply)
