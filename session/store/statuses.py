"""What providers tell later of the deliveries that they have accepted."""

from datetime import datetime

from session.dead_letters import AnyLetter
from session.errors import UnexpectedReply
from session.events import StatusNoted
from session.keys import Keys
from session.leases import TOO_LATE
from session.masking import mask
from session.messages import BEHIND, Delivery, Status
from session.policy import Policy
from session.reading import read_delivery
from session.records import to_ms
from session.results import Accepted
from session.store.asking import asking
from session.store.mending import Mender
from session.store.scripts import Scripts, Value, fields


class StatusStore:
    """Notes statuses."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._client = scripts.client
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def count_foreign(self, shard: int, more: int) -> None:
        """Count statuses of messages that others have sent through our senders; nothing else is kept of them."""
        with asking("count_foreign"):
            self._client.hincrby(self._keys.shard(shard).counters, "statuses|foreign", more)

    def sent(self, status: Status) -> Accepted | None:
        """Return the delivery that a status is about, if it was accepted a short while ago, or waits once more since."""
        own = self._keys.of(status.conversation)
        with asking("sent"), self._client.pipeline(transaction=False) as pipe:
            pipe.lrange(own.outbox, 0, 0)
            pipe.lrange(own.sent, 0, -1)
            waiting, accepted = pipe.execute()
        for raw in (*waiting, *accepted):
            found = read_delivery(raw, status.conversation)
            if isinstance(found, Delivery) and found.id == status.delivery:
                past = status.provider_id in found.failed_as
                # One that waits in doubt was not accepted, as far as we know: its outbox decides what becomes of it.
                return (
                    Accepted(delivery=found, raw=raw, of_the_past=past)
                    if past or raw not in waiting
                    else None
                )
        return None

    def send_again(self, accepted: Accepted, status: Status, *, now: datetime, retry_at: datetime) -> bool:
        """Put a delivery back that was accepted and has failed; it is sent again, before what waits, at `retry_at`.

        Returns False, and changes nothing, if something newer has gone out or is going out.
        """
        delivery = accepted.delivery
        own, shared = self._keys.of(delivery.conversation), self._keys.shard_for(delivery.conversation)
        becomes = delivery.model_copy(update={"failed_as": (*delivery.failed_as, status.provider_id)})
        event = StatusNoted(
            delivery=delivery.id,
            status=status.state,
            code=status.code or "",
            words=mask(status.words or ""),
            again=True,
            queued=(delivery.queued_at,),
        )
        keys = [
            own.sent,
            own.outbox,
            own.delivery_lease,
            own.deliveries,
            shared.due,
            shared.fence,
            shared.events,
        ]
        args: list[Value] = [
            accepted.raw,
            becomes.to_json(),
            delivery.id,
            to_ms(retry_at),
            own.deliver_due,
            to_ms(now + TOO_LATE),
            self._policy.events_at_most,
            *fields(event.stamped(at=to_ms(now), conversation=delivery.conversation)),
        ]
        match self._mender.call([delivery.conversation], "send_again", keys, args, now):
            case ["waits"]:
                return True
            case ["too late"]:
                return False
            case reply:
                raise UnexpectedReply("send_again", reply)

    def note(self, status: Status, *, now: datetime, dead: AnyLetter | None = None) -> bool:
        """Note what a provider tells of a delivery; returns whether it was news. It only ever moves forward.

        `dead` is kept as a dead letter if it was. Of a reply to a customer who was forgotten since, nothing is noted.
        """
        own, shared = self._keys.of(status.conversation), self._keys.shard_for(status.conversation)
        behind = BEHIND[status.state]
        event = StatusNoted(
            delivery=status.delivery or status.provider_id,
            status=status.state,
            code=status.code or None,
            words=mask(status.words or "") if status.code else None,
        )
        changes = fields(event.stamped(at=to_ms(now), conversation=status.conversation))
        keys = [own.deliveries, shared.events, own.delivery_lease, shared.due, shared.dead]
        keys += [own.outbox, shared.forgotten, shared.secret]
        match self._mender.call(
            [status.conversation],
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
                *(fields(dead.to_fields()) if dead else ()),
            ],
            now,
        ):
            case ["noted"]:
                return True
            case ["known", str()]:
                return False
            case reply:
                raise UnexpectedReply("note_status", reply)
