"""The statuses that providers report for accepted deliveries."""

from datetime import datetime

from session.dead_letters import AnyLetter
from session.errors import UnexpectedReply
from session.events import StatusNoted
from session.keys import Keys
from session.leases import TOO_LATE
from session.messages import BEHIND, Delivery, Status
from session.policy import Policy
from session.printable import mask
from session.reading import read_delivery
from session.records import MS, to_ms
from session.results import Accepted
from session.store.calls import Call, Program, Together, command, fields
from session.store.mending import Mender
from session.store.scripts import Scripts


class StatusStore:
    """Stores statuses, and puts replies back that failed late."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def count_foreign(self, shard: int, more: int) -> Call[int]:
        """Count statuses of messages that other programs sent through the same senders; nothing else is stored of them."""
        return command("count_foreign", "HINCRBY", self._keys.shard(shard).counters, "statuses|foreign", more)

    def sent(self, status: Status) -> Program[Accepted | None]:
        """Return the delivery of a status, if it was accepted recently, or waits to be sent again after a failure."""
        own = self._keys.of(status.conversation)
        waiting, accepted = yield Together(
            [command("sent", "LRANGE", own.outbox, 0, 0), command("sent", "LRANGE", own.sent, 0, -1)]
        )
        for raw in (*waiting, *accepted):
            found = read_delivery(raw, status.conversation)
            if isinstance(found, Delivery) and found.id == status.delivery:
                past = status.provider_id in found.failed_as
                # A delivery that waits in doubt was not accepted as far as is known: the courier decides about it.
                if past or raw not in waiting:
                    return Accepted(delivery=found, raw=raw, of_the_past=past)
                return None
        return None

    def send_again(
        self, accepted: Accepted, status: Status, *, now: datetime, retry_at: datetime
    ) -> Program[bool]:
        """Put an accepted delivery that failed later back to the head of its outbox; it is sent again at `retry_at`.

        Returns False, and changes nothing, if a newer reply was sent or is being sent.
        """
        at = to_ms(now)
        delivery = accepted.delivery
        own = self._keys.of(delivery.conversation)
        becomes = delivery.model_copy(update={"failed_as": (*delivery.failed_as, status.provider_id)})
        event = StatusNoted(
            delivery=delivery.id,
            status=status.state,
            code=status.code or "",
            words=mask(status.words or ""),
            again=True,
            queued=(delivery.queued_at,),
        )
        call = self._scripts.send_again(
            sent=own.sent,
            outbox=own.outbox,
            lease=own.delivery_lease,
            deliveries=own.deliveries,
            due=own.shared.due,
            fences=own.shared.fence,
            events=own.shared.events,
            entry=accepted.raw,
            becomes=becomes.to_json(),
            id=delivery.id,
            retry_at=to_ms(retry_at),
            member=own.deliver_due,
            garbage=at + TOO_LATE // MS,
            event_cap=self._policy.events_at_most,
            event=fields(event.stamped(at=at, conversation=delivery.conversation)),
        )
        match (yield from self._mender.call([delivery.conversation], call, now)):
            case ["waits"]:
                return True
            case ["too late"]:
                return False
            case reply:
                raise UnexpectedReply("send_again", reply)

    def note(self, status: Status, *, now: datetime, dead: AnyLetter | None = None) -> Program[bool]:
        """Store the state that a provider reports for a delivery; returns whether it is new. The state only moves forward.

        If it is new, `dead` becomes a dead letter. Nothing is stored for a customer who was forgotten since.
        """
        at = to_ms(now)
        own = self._keys.of(status.conversation)
        event = StatusNoted(
            delivery=status.delivery or status.provider_id,
            status=status.state,
            code=status.code or None,
            words=mask(status.words or "") if status.code else None,
        )
        call = self._scripts.note_status(
            deliveries=own.deliveries,
            events=own.shared.events,
            lease=own.delivery_lease,
            due=own.shared.due,
            dead=own.shared.dead,
            outbox=own.outbox,
            forgotten=own.shared.forgotten,
            secret=own.shared.secret,
            id=status.delivery or status.provider_id,
            state=status.state,
            forget_at=at + self._policy.keep_for // MS,
            event_cap=self._policy.events_at_most,
            now=at,
            member=own.deliver_due,
            conversation=status.conversation,
            behind=tuple(BEHIND[status.state]),
            event=fields(event.stamped(at=at, conversation=status.conversation)),
            letter=fields(dead.to_fields()) if dead else (),
        )
        match (yield from self._mender.call([status.conversation], call, now)):
            case ["noted"]:
                return True
            case ["known", str()]:
                return False
            case reply:
                raise UnexpectedReply("note_status", reply)
