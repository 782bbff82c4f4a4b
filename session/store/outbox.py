"""The outbox of one conversation: deliveries in order, each settled once, and what providers tell of them later."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from session.errors import UnexpectedReply
from session.keys import Keys
from session.logs import mask
from session.messages import Delivery, DeliveryState, Status
from session.policy import Policy
from session.records import to_ms
from session.silence import NO_SILENCE, Silence
from session.store.lease import Held, Lease, Stale
from session.store.scripts import Scripts, fields

_GARBAGE_AFTER = timedelta(days=2)

#: How far a delivery can come. What failed, or was cancelled in doubt, may have arrived after all.
_ORDER: Final = (
    DeliveryState.QUEUED,
    DeliveryState.UNKNOWN,
    DeliveryState.CANCELLED,
    DeliveryState.SENT,
    DeliveryState.FAILED,
    DeliveryState.DELIVERED,
    DeliveryState.READ,
)
#: The states that each state may follow.
BEHIND: Final = {state: _ORDER[:n] for n, state in enumerate(_ORDER)}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxTaken:
    """The outbox is ours to send."""

    lease: Lease
    attempt: int  #: at the first delivery, 1 for the first
    #: nobody knows what became of an earlier send of the first delivery: it may have arrived
    interrupted: bool
    known: DeliveryState | None  #: how far an interrupted delivery came, as far as is known
    opted_out: bool  #: the customer wants nothing to be sent
    silence: Silence  #: at this moment
    paused: dict[str, str]  #: line -> why nothing is sent on it
    deliveries: tuple[Delivery, ...]  #: oldest first, at least one


@dataclass(frozen=True, slots=True)
class OutboxEmpty:
    """Nothing waits: somebody has sent it already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The first delivery is off the outbox."""

    left: int
    lease: Lease | None  #: to go on with; None: nothing is left, and the lease was given back
    silence: Silence = NO_SILENCE  #: at this moment


class OutboxStore:
    """Hands out, settles and postpones deliveries."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._keys = keys
        self._policy = policy

    def take(
        self, conversation: str, *, holder: str, now: datetime, limit: int = 20
    ) -> OutboxTaken | OutboxEmpty | Held:
        """Lease an outbox and read its oldest deliveries; the first one counts as being sent from now on."""
        own, shared = self._keys.of(conversation), self._keys.shard_for(conversation)
        match self._scripts.call(
            "take_outbox",
            [
                own.delivery_lease,
                own.outbox,
                shared.due,
                shared.fence,
                shared.paused,
                own.deliveries,
                own.opt_out,
                own.silence,
            ],
            [
                to_ms(now),
                holder,
                to_ms(now + self._policy.lease_for),
                limit,
                own.deliver_due,
                to_ms(now + _GARBAGE_AFTER),
            ],
        ):
            case ["held", int(until)]:
                return Held(until=until)
            case ["empty"]:
                return OutboxEmpty()
            case ["taken", int(fence), int(attempt), int(interrupted), str(known), int(opted_out), *rest]:
                silence, lines, rest = rest[0], rest[1], rest[2:]
                paused = dict(zip(rest[: 2 * lines : 2], rest[1 : 2 * lines : 2], strict=True))
                return OutboxTaken(
                    lease=Lease(fence=fence, holder=holder),
                    attempt=attempt,
                    interrupted=bool(interrupted),
                    known=DeliveryState(known) if known else None,
                    opted_out=bool(opted_out),
                    silence=Silence(silence),
                    paused=paused,
                    deliveries=tuple(Delivery.model_validate_json(entry) for entry in rest[2 * lines :]),
                )
            case reply:
                raise UnexpectedReply("take_outbox", reply)

    def settle(
        self,
        delivery: Delivery,
        lease: Lease,
        state: DeliveryState,
        *,
        changes: dict[str, str],
        now: datetime,
        dead: dict[str, str] | None = None,
    ) -> Settled | Stale:
        """Take the first delivery off its outbox; the next one counts as being sent from now on."""
        policy = self._policy
        conversation = delivery.conversation
        own, shared = self._keys.of(conversation), self._keys.shard_for(conversation)
        event = fields(
            {"conversation": conversation, "at": str(to_ms(now)), "delivery": delivery.id} | changes
        )
        match self._scripts.call(
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
            ],
            [
                lease.fence,
                lease.holder,
                to_ms(now + policy.lease_for),
                own.deliver_due,
                delivery.id,
                state,
                to_ms(now + policy.keep_for),
                policy.events_at_most,
                len(event),
                *event,
                *fields(dead or {}),
            ],
        ):
            case ["settled", int(left), int(fence), str(silence)]:
                following = Lease(fence=fence, holder=lease.holder) if fence else None
                return Settled(left=left, lease=following, silence=Silence(silence))
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
        doubt: bool = False,
    ) -> Stale | None:
        """Leave the first delivery where it is until `retry_at`; `attempts` is what the next one counts on.

        With `doubt` nobody knows what became of its send: it is noted as unknown, and a status of the provider that
        says more ends the wait.
        """
        conversation = delivery.conversation
        own, shared = self._keys.of(conversation), self._keys.shard_for(conversation)
        event = {"conversation": conversation, "at": str(to_ms(now)), "delivery": delivery.id, "unknown": "1"}
        match self._scripts.call(
            "postpone_delivery",
            [own.delivery_lease, shared.due, own.deliveries, shared.events],
            [
                lease.fence,
                lease.holder,
                to_ms(retry_at),
                own.deliver_due,
                attempts,
                delivery.id if doubt else "",
                to_ms(now + self._policy.keep_for),
                self._policy.events_at_most,
                *fields(event),
            ],
        ):
            case ["postponed"]:
                return None
            case ["stale", int(fence)]:
                return Stale(fence=fence)
            case reply:
                raise UnexpectedReply("postpone_delivery", reply)

    def note(self, status: Status, *, now: datetime, dead: dict[str, str] | None = None) -> bool:
        """Note what a provider tells of a delivery; returns whether it was news. It only ever moves forward.

        `dead` is kept as a dead letter if it was. Of a reply to a customer who was forgotten since, nothing is noted.
        """
        own, shared = self._keys.of(status.conversation), self._keys.shard_for(status.conversation)
        behind = BEHIND[status.state]
        event = {
            "conversation": status.conversation,
            "at": str(to_ms(now)),
            "delivery": status.delivery or status.provider_id,
            "status": status.state.value,
        }
        if status.code:
            event |= {"code": status.code, "words": mask(status.words or "")}
        changes = fields(event)
        keys = [own.deliveries, shared.events, own.delivery_lease, shared.due, shared.dead]
        keys += [own.outbox, shared.forgotten, shared.secret]
        match self._scripts.call(
            "note_status",
            keys,
            [
                status.delivery or status.provider_id,
                status.state,
                to_ms(now + self._policy.keep_for),
                self._policy.events_at_most,
                to_ms(now),
                own.deliver_due,
                len(behind),
                len(changes),
                status.conversation,
                *behind,
                *changes,
                *fields(dead or {}),
            ],
        ):
            case ["noted"]:
                return True
            case ["known", str()]:
                return False
            case reply:
                raise UnexpectedReply("note_status", reply)
