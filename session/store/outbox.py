"""The outbox of one conversation: deliveries in order, each settled once."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from session.dead_letters import AnyLetter
from session.delivery_events import ReplyCancelled, ReplyFailed, ReplySent, SendInDoubt
from session.errors import NotDurable, UnexpectedReply
from session.keys import Keys
from session.leases import (
    ATTEMPTS_AT_MOST,
    TOO_LATE,
    Held,
    Lease,
    OutboxEmpty,
    OutboxTaken,
    Stale,
    until_unreadable,
)
from session.messages import BEHIND, Delivery, DeliveryState
from session.outgoing import ALL, Silence
from session.pauses import read_pauses
from session.policy import Policy
from session.reading import Newer, Unreadable, read_marketing
from session.records import MS, from_ms
from session.results import Settled
from session.store.calls import Program, as_text, command, fields
from session.store.mending import NOT_FOUND, Mender
from session.store.scripts import Scripts

#: How long accepted deliveries are kept, because a later status may report that they have failed.
SENT_FOR = timedelta(minutes=15)


class OutboxStore:
    """Leases outboxes, and settles and postpones deliveries."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def take(
        self, conversation: str, *, holder: str, limit: int = 20
    ) -> Program[OutboxTaken | OutboxEmpty | Held]:
        """Lease an outbox and return its oldest deliveries; from now on the first one counts as being sent.

        If that is not as safe as `Policy.durability` demands, the lease is returned: after a failover nobody would know that
        it may have been sent.
        """
        own = self._keys.of(conversation)
        call = self._scripts.take_outbox(
            lease=own.delivery_lease,
            outbox=own.outbox,
            due=own.shared.due,
            fences=own.shared.fence,
            paused=own.shared.paused,
            deliveries=own.deliveries,
            opt_out=own.opt_out,
            silence=own.silence,
            stop=own.stop,
            marketing=own.marketing,
            holder=holder,
            lease_for=self._policy.send_lease_for // MS,
            limit=limit,
            member=own.deliver_due,
            garbage=TOO_LATE // MS,
        )
        while True:
            answer, why = yield from self._mender.call_durably(conversation, call)
            match answer:
                case ["held", int(until), int(at)]:
                    if held := (yield from self._mender.held(until, at, self._mender.mend(conversation))):
                        return held
                case ["empty"]:
                    return OutboxEmpty()
                case ["taken", int(fence), int(at), *found]:
                    lease = Lease(fence=fence, holder=holder)
                    if why:
                        return (yield from self._give_back(conversation, lease, found[:3], why))
                    taken = yield from self._taken(conversation, lease, at, found)
                    if taken is not None:
                        return taken
                case reply:
                    raise UnexpectedReply("take_outbox", reply)

    def _taken(
        self, conversation: str, lease: Lease, at: int, found: list[Any]
    ) -> Program[OutboxTaken | Held | None]:
        """Return the readable deliveries; None if there were none, and the outbox must be taken again."""
        attempt, doubts, interrupted, known, opted_out, silence, stop, wish, senders, *rest = found
        paused, unreadable = read_pauses(
            dict(zip(rest[: 2 * senders : 2], rest[1 : 2 * senders : 2], strict=True))
        )
        deliveries, broken = until_unreadable(rest[2 * senders :], conversation)
        if isinstance(broken, Newer) and not deliveries:
            return (yield from self._give_back(conversation, lease, found[:3], None))
        if isinstance(broken, Unreadable) and not deliveries:
            unreadable.append(broken)
        put: int | Stale = 0
        if unreadable:
            key = self._keys.of(conversation).delivery_lease
            put = yield from self._mender.put_aside(conversation, unreadable, lease=lease, key=key)
            if isinstance(put, Stale):
                return Held(until=0)
        if not deliveries:
            return None if put else (yield from self._give_back(conversation, lease, found[:3], NOT_FOUND))
        if known and known not in BEHIND:
            yield from self._mender.mend(conversation)
            known = ""
        return OutboxTaken(
            lease=lease,
            now=from_ms(at),
            attempt=min(attempt, ATTEMPTS_AT_MOST),
            doubts=doubts,
            interrupted=bool(interrupted),
            known=DeliveryState(known) if known else None,
            opted_out=bool(opted_out),
            silence=(yield from self._silence(conversation, silence, stop, wish)),
            paused=paused,
            deliveries=deliveries,
        )

    def _give_back(
        self, conversation: str, lease: Lease, was: Sequence[int], why: NotDurable | str | None
    ) -> Program[Held]:
        own, (attempt, doubts, interrupted) = self._keys.of(conversation), was
        return self._mender.give_back(
            lease,
            keys=(own.delivery_lease, own.shared.due),
            member=own.deliver_due,
            was={"attempts": attempt - 1, "sending": 1 + interrupted if doubts else 0},
            why=why,
        )

    def _silence(self, conversation: str, since: str, stop: str, wish: str) -> Program[Silence]:
        if since and since != ALL and not re.fullmatch(r"[0-9]{1,15}", since):
            yield from self._mender.mend(conversation)
            since = yield command("silence", "GET", self._keys.of(conversation).silence, read=as_text)
        wished = read_marketing(wish)
        return Silence(since, stop, no_marketing=wished is not None and wished.wish == "stop")

    def settle(
        self,
        delivery: Delivery,
        lease: Lease,
        state: DeliveryState,
        *,
        event: ReplySent | ReplyFailed | ReplyCancelled,
        dead: AnyLetter | None = None,
        instead: Delivery | None = None,
        more: bool = True,
    ) -> Program[Settled | Stale]:
        """Remove the first delivery of its outbox; from now on the next one counts as being sent.

        `instead` is what was sent in its place: what a later status says is about that.
        Without `more` the caller takes the outbox again before it sends that one. With it, and if that is not as safe as
        `Policy.durability` demands, the lease is returned.
        """
        conversation = delivery.conversation
        own = self._keys.of(conversation)
        call = self._scripts.settle_delivery(
            lease=own.delivery_lease,
            outbox=own.outbox,
            deliveries=own.deliveries,
            due=own.shared.due,
            fences=own.shared.fence,
            events=own.shared.events,
            dead=own.shared.dead,
            silence=own.silence,
            stop=own.stop,
            marketing=own.marketing,
            sent=own.sent,
            provider_ids=own.provider_ids,
            fence=lease.fence,
            holder=lease.holder,
            lease_for=self._policy.send_lease_for // MS,
            member=own.deliver_due,
            id=delivery.id,
            became=instead.to_json() if instead else "",
            state=state,
            provider_id=event.sent if isinstance(event, ReplySent) else "",
            keep_for=self._policy.keep_for // MS,
            event_cap=self._policy.events_at_most,
            sent_for=SENT_FOR // MS,
            event=fields(event.concerning(conversation)),
            letter=fields(dead.to_fields()) if dead else (),
        )
        answer, why = yield from self._mender.call_durably(conversation, call, needed=more)
        match answer:
            case ["settled", int(left), int(fence), *_] if fence and why:
                lease = Lease(fence=fence, holder=lease.holder)
                yield from self._give_back(conversation, lease, (1, 0, 0), why)
                return Settled(left=left, lease=None)
            case ["settled", int(left), int(fence), str(since), str(stop), str(wish)]:
                following = Lease(fence=fence, holder=lease.holder) if fence else None
                silence = yield from self._silence(conversation, since, stop, wish)
                return Settled(left=left, lease=following, silence=silence)
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("settle_delivery", reply)

    def postpone(
        self,
        delivery: Delivery,
        lease: Lease,
        *,
        wait: timedelta,
        attempts: int,
        doubts: int = 0,
    ) -> Program[Stale | None]:
        """Leave the first delivery in its outbox for `wait`; `attempts` is the number of attempts so far.

        `doubts` is how many of its sends are in doubt. If there are any, its state is `unknown`, and a status of the provider
        ends the wait.
        """
        conversation = delivery.conversation
        own = self._keys.of(conversation)
        event = SendInDoubt(delivery=delivery.id, unknown=True)
        call = self._scripts.postpone_delivery(
            lease=own.delivery_lease,
            due=own.shared.due,
            deliveries=own.deliveries,
            events=own.shared.events,
            fence=lease.fence,
            holder=lease.holder,
            wait=wait // MS,
            member=own.deliver_due,
            attempts=attempts,
            doubt=delivery.id if doubts else "",
            keep_for=self._policy.keep_for // MS,
            event_cap=self._policy.events_at_most,
            doubts=doubts,
            event=fields(event.concerning(conversation)),
        )
        match (yield from self._mender.call([conversation], call)):
            case ["postponed"]:
                return None
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("postpone_delivery", reply)
