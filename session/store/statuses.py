"""What providers tell later of the deliveries that they have accepted."""

from datetime import datetime
from typing import Any

from session.errors import UnexpectedReply
from session.keys import Keys
from session.logs import mask
from session.messages import BEHIND, Delivery, Status
from session.policy import Policy
from session.records import to_ms
from session.store.asking import asking
from session.store.mending import Mender
from session.store.reading import read_delivery
from session.store.scripts import Scripts, fields


class StatusStore:
    """Notes statuses."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._client = scripts.client
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def count_foreign(self, shard: int, more: int) -> None:
        """Count statuses of messages that others have sent on our lines; nothing else is kept of them."""
        with asking("count_foreign"):
            self._client.hincrby(self._keys.shard(shard).tally, "statuses|foreign", more)

    def sent(self, status: Status) -> Delivery | None:
        """Return the delivery that a status is about, if it was accepted a short while ago."""
        own = self._keys.of(status.conversation)
        with asking("sent"):
            entries: Any = self._client.lrange(own.sent, 0, -1)
        found = (read_delivery(raw, status.conversation) for raw in entries)
        return next((one for one in found if isinstance(one, Delivery) and one.id == status.delivery), None)

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
                *fields(dead or {}),
            ],
            now,
        ):
            case ["noted"]:
                return True
            case ["known", str()]:
                return False
            case reply:
                raise UnexpectedReply("note_status", reply)
