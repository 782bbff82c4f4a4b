"""The outbox of one conversation: deliveries in order, each settled once."""

import re
from datetime import datetime, timedelta
from typing import Any

from session.dead_letters import AnyLetter
from session.errors import UnexpectedReply
from session.events import ReplyCancelled, ReplyFailed, ReplySent, SendInDoubt
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
from session.pauses import read_pauses
from session.policy import Policy
from session.reading import Newer, Unreadable
from session.records import to_ms
from session.results import Settled
from session.silence import Silence
from session.store.aside import Aside
from session.store.asking import asking
from session.store.mending import Mender
from session.store.newer import leave_to_newer
from session.store.scripts import Scripts, Value, fields

#: How long what was accepted is kept, in case that a status says later that it has failed.
SENT_FOR = timedelta(minutes=15)


class OutboxStore:
    """Hands out, settles and postpones deliveries."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._aside = Aside(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def take(
        self, conversation: str, *, holder: str, now: datetime, limit: int = 20
    ) -> OutboxTaken | OutboxEmpty | Held:
        """Lease an outbox and read its oldest deliveries; the first one counts as being sent from now on."""
        own, shared = self._keys.of(conversation), self._keys.shard_for(conversation)
        keys = [
            own.delivery_lease,
            own.outbox,
            shared.due,
            shared.fence,
            shared.paused,
            own.deliveries,
            own.opt_out,
            own.silence,
            own.stop,
        ]
        till = to_ms(now + self._policy.send_lease_for)
        args: list[Value] = [to_ms(now), holder, till, limit, own.deliver_due, to_ms(now + TOO_LATE)]
        match self._mender.call([conversation], "take_outbox", keys, args, now):
            case ["held", int(until)]:
                if not 0 < until <= to_ms(now + TOO_LATE) and self._mender.mend(conversation, now=now):
                    return self.take(conversation, holder=holder, now=now, limit=limit)
                return Held(until=until)
            case ["empty"]:
                return OutboxEmpty()
            case ["taken", int(fence), int(attempt), int(doubts), *rest]:
                interrupted, known, opted_out, *rest = rest
                silence, stop, senders, *rest = rest
                lease = Lease(fence=fence, holder=holder)
                paused, unreadable = read_pauses(
                    dict(zip(rest[: 2 * senders : 2], rest[1 : 2 * senders : 2], strict=True))
                )
                deliveries, broken = until_unreadable(rest[2 * senders :], conversation)
                if isinstance(broken, Newer) and not deliveries:
                    was = {"attempts": attempt - 1, "sending": 1 + interrupted if doubts else 0}
                    where = (own.delivery_lease, shared.due)
                    return leave_to_newer(
                        self._scripts, lease, keys=where, member=own.deliver_due, now=now, was=was
                    )
                if isinstance(broken, Unreadable) and not deliveries:
                    unreadable.append(broken)
                if unreadable:
                    put = self._aside.put(conversation, unreadable, lease=lease, now=now, sending=True)
                    if isinstance(put, Stale):
                        return Held(until=to_ms(now))
                if not deliveries:
                    return self.take(conversation, holder=holder, now=now, limit=limit)
                return OutboxTaken(
                    lease=lease,
                    attempt=min(attempt, ATTEMPTS_AT_MOST),
                    doubts=doubts,
                    interrupted=bool(interrupted),
                    known=self._state(conversation, known, now),
                    opted_out=bool(opted_out),
                    silence=self._silence(conversation, silence, stop, now),
                    paused=paused,
                    deliveries=deliveries,
                )
            case reply:
                raise UnexpectedReply("take_outbox", reply)

    def _state(self, conversation: str, known: str, now: datetime) -> DeliveryState | None:
        if known and known not in BEHIND:
            self._mender.mend(conversation, now=now)
            return None
        return DeliveryState(known) if known else None

    def _silence(self, conversation: str, since: str, stop: str, now: datetime) -> Silence:
        if since and since != "all" and not re.fullmatch(r"[0-9]{1,15}", since):
            self._mender.mend(conversation, now=now)
            with asking("silence"):
                found: Any = self._scripts.client.get(self._keys.of(conversation).silence)
            return Silence(found or "", stop)
        return Silence(since, stop)

    def settle(
        self,
        delivery: Delivery,
        lease: Lease,
        state: DeliveryState,
        *,
        event: ReplySent | ReplyFailed | ReplyCancelled,
        now: datetime,
        dead: AnyLetter | None = None,
    ) -> Settled | Stale:
        """Take the first delivery off its outbox; the next one counts as being sent from now on."""
        policy = self._policy
        conversation = delivery.conversation
        own, shared = self._keys.of(conversation), self._keys.shard_for(conversation)
        written = fields(event.stamped(at=to_ms(now), conversation=conversation))
        match self._mender.call(
            [conversation],
            "settle_delivery",
            [
                own.delivery_lease,
                own.outbox,
                own.deliveries,
                shared.due,
                shared.fence,
                shared.events,
                shared.dead,
                own.silence,
                own.stop,
                own.sent,
            ],
            [
                lease.fence,
                lease.holder,
                to_ms(now + policy.send_lease_for),
                own.deliver_due,
                delivery.id,
                state,
                to_ms(now + policy.keep_for),
                policy.events_at_most,
                len(written),
                to_ms(now + SENT_FOR),
                *written,
                *(fields(dead.to_fields()) if dead else ()),
            ],
            now,
        ):
            case ["settled", int(left), int(fence), str(silence), str(stop)]:
                following = Lease(fence=fence, holder=lease.holder) if fence else None
                silent = self._silence(conversation, silence, stop, now)
                return Settled(left=left, lease=following, silence=silent)
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("settle_delivery", reply)

    def postpone(
        self,
        delivery: Delivery,
        lease: Lease,
        *,
        retry_at: datetime,
        attempts: int,
        now: datetime,
        doubts: int = 0,
    ) -> Stale | None:
        """Leave the first delivery where it is until `retry_at`; `attempts` is what the next one counts on.

        With `doubts` nobody knows what became of so many sends of it: it is noted as unknown, and a status of the
        provider that says more ends the wait.
        """
        conversation = delivery.conversation
        own, shared = self._keys.of(conversation), self._keys.shard_for(conversation)
        event = SendInDoubt(delivery=delivery.id, unknown=True)
        match self._mender.call(
            [conversation],
            "postpone_delivery",
            [own.delivery_lease, shared.due, own.deliveries, shared.events],
            [
                lease.fence,
                lease.holder,
                to_ms(retry_at),
                own.deliver_due,
                attempts,
                delivery.id if doubts else "",
                to_ms(now + self._policy.keep_for),
                self._policy.events_at_most,
                doubts,
                *fields(event.stamped(at=to_ms(now), conversation=conversation)),
            ],
            now,
        ):
            case ["postponed"]:
                return None
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("postpone_delivery", reply)
