"""The statuses that providers report for accepted deliveries."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from session.dead_letters import AnyLetter
from session.errors import UnexpectedReply
from session.events import StatusNoted
from session.keys import Keys
from session.leases import TOO_LATE
from session.messages import Delivery, Status
from session.policy import Policy
from session.printable import mask
from session.reading import read_delivery
from session.records import MS
from session.results import Accepted
from session.store.calls import Call, Program, Together, Value, command, fields, flat
from session.store.mending import Mender
from session.store.scripts import Scripts

#: Statuses in one script: the server does nothing else meanwhile.
_AT_ONCE: Final = 64


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

    def send_again(self, accepted: Accepted, status: Status, *, wait: timedelta) -> Program[bool]:
        """Put an accepted delivery that failed later back to the head of its outbox; it is sent again after `wait`.

        Returns False, and changes nothing, if a newer reply was sent or is being sent.
        """
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
            wait=wait // MS,
            member=own.deliver_due,
            garbage=TOO_LATE // MS,
            event_cap=self._policy.events_at_most,
            event=fields(event.concerning(delivery.conversation)),
        )
        match (yield from self._mender.call([delivery.conversation], call)):
            case ["waits"]:
                return True
            case ["too late"]:
                return False
            case reply:
                raise UnexpectedReply("send_again", reply)

    def note(self, status: Status, *, dead: AnyLetter | None = None) -> Program[bool]:
        """Store the state that a provider reports for a delivery; returns whether it is new. The state only moves forward.

        If it is new, `dead` becomes a dead letter. Nothing is stored for a customer who was forgotten since.
        """
        (is_new,) = yield from self._note(self._keys.shard_of(status.conversation), [status], dead)
        return is_new

    def note_all(self, statuses: Sequence[Status]) -> Program[list[bool]]:
        """Do the same for many statuses, in their order; returns for each whether it is new."""
        by_shard: dict[int, list[int]] = {}
        for place, status in enumerate(statuses):
            by_shard.setdefault(self._keys.shard_of(status.conversation), []).append(place)
        batches = [
            (shard, places[first : first + _AT_ONCE])
            for shard, places in by_shard.items()
            for first in range(0, len(places), _AT_ONCE)
        ]
        found: list[list[bool]] = yield Together(
            [self._note(shard, [statuses[place] for place in places]) for shard, places in batches]
        )
        news = dict(
            pair
            for (_, places), batch in zip(batches, found, strict=True)
            for pair in zip(places, batch, strict=True)
        )
        return [news[place] for place in range(len(statuses))]

    def _note(
        self, shard: int, statuses: Sequence[Status], dead: AnyLetter | None = None
    ) -> Program[list[bool]]:
        shared = self._keys.shard(shard)
        numbers: dict[str, int] = {}
        values: list[Value] = []
        for status in statuses:
            number = numbers.setdefault(status.conversation, len(numbers) + 1)
            id_ = status.delivery or status.provider_id
            event = StatusNoted(
                delivery=id_,
                status=status.state,
                code=status.code or None,
                words=mask(status.words or "") if status.code else None,
            ).concerning(status.conversation)
            letter = dead.to_fields() if dead else {}
            values += [number, id_, status.state, *flat([event, letter])]
        owns = [self._keys.of(conversation) for conversation in numbers]
        call = self._scripts.note_statuses(
            events=shared.events,
            due=shared.due,
            dead=shared.dead,
            forgotten=shared.forgotten,
            secret=shared.secret,
            conversations=[key for own in owns for key in (own.deliveries, own.delivery_lease, own.outbox)],
            keep_for=self._policy.keep_for // MS,
            event_cap=self._policy.events_at_most,
            members=[value for own in owns for value in (own.deliver_due, own.conversation)],
            statuses=values,
        )
        match (yield from self._mender.call(numbers, call)):
            case ["noted", *news]:
                return [bool(one) for one in news]
            case reply:
                raise UnexpectedReply("note_statuses", reply)
