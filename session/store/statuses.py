"""The statuses that providers report for accepted deliveries."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from session.dead_letters import AnyLetter
from session.delivery_events import StatusNoted
from session.errors import UnexpectedReply
from session.keys import ConversationKeys, Keys
from session.leases import TOO_LATE
from session.messages import Delivery, Status
from session.policy import Policy
from session.printable import mask
from session.reading import read_delivery
from session.records import MS
from session.results import Accepted
from session.store.aliases import resolve
from session.store.calls import Program, Together, Value, command, fields, flat
from session.store.mending import Mender
from session.store.scripts import Scripts

#: Names of ignored parts are words of a provider; others would be a label of the metrics with many values.
_NAME: Final = re.compile(r"[a-z][a-z_]{1,40}")
#: Statuses in one script: the server does nothing else meanwhile.
_AT_ONCE: Final = 64
#: The answer of the script for a status of a conversation that has moved.
_MOVED: Final = 2


class StatusStore:
    """Stores statuses, and puts replies back that failed late."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def count_ignored(self, shard: int, ignored: Mapping[str, int], *, foreign: int = 0) -> Program[None]:
        """Count parts of bodies of which nothing else is stored, by name.

        `foreign` are the statuses of messages that other programs sent through the same senders.
        """
        more = {f"ignored|{name if _NAME.fullmatch(name) else 'other'}": n for name, n in ignored.items()}
        counters = self._keys.shard(shard).counters
        yield Together(
            [
                self._mender.call_on_shard(shard, command("count_ignored", "HINCRBY", counters, name, n))
                for name, n in (more | {"statuses|foreign": foreign}).items()
                if n
            ]
        )

    def sent(self, status: Status) -> Program[Accepted | None]:
        """Return the delivery of a status, if it was accepted recently, or waits to be sent again after a failure."""
        (status,) = yield from self._of_now([status])
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
        return (yield from self._note_one(status, dead))

    def is_new(self, status: Status) -> Program[bool]:
        """Return whether `note` would find a status to be new. Nothing is written."""
        return (yield from self._note_one(status, looks=True))

    def note_all(self, statuses: Sequence[Status]) -> Program[list[bool]]:
        """Do the same for many statuses, in their order; returns for each whether it is new."""
        noted = yield from self._note_all(statuses)
        moved = [place for place, one in enumerate(noted) if one == _MOVED]
        if moved:
            there = yield from self._of_now([statuses[place] for place in moved])
            for place, one in zip(moved, (yield from self._note_all(there)), strict=True):
                noted[place] = one
        return [one == 1 for one in noted]

    def _note_one(
        self, status: Status, dead: AnyLetter | None = None, *, looks: bool = False
    ) -> Program[bool]:
        (noted,) = yield from self._note(
            self._keys.shard_of(status.conversation), [status], dead, looks=looks
        )
        if noted != _MOVED:
            return noted == 1
        (there,) = yield from self._of_now([status])
        (noted,) = yield from self._note(self._keys.shard_of(there.conversation), [there], dead, looks=looks)
        return noted == 1

    def _of_now(self, statuses: Sequence[Status]) -> Program[list[Status]]:
        """Return statuses as those of the conversations where their customers are now."""
        ends = yield from resolve(self._keys, [status.conversation for status in statuses])
        return [
            status.model_copy(update={"conversation": end})
            for status, end in zip(statuses, ends, strict=True)
        ]

    def _note_all(self, statuses: Sequence[Status]) -> Program[list[int]]:
        by_shard: dict[int, list[int]] = {}
        for place, status in enumerate(statuses):
            by_shard.setdefault(self._keys.shard_of(status.conversation), []).append(place)
        batches = [
            (shard, places[first : first + _AT_ONCE])
            for shard, places in by_shard.items()
            for first in range(0, len(places), _AT_ONCE)
        ]
        found: list[list[int]] = yield Together(
            [self._note(shard, [statuses[place] for place in places]) for shard, places in batches]
        )
        news = dict(
            pair
            for (_, places), batch in zip(batches, found, strict=True)
            for pair in zip(places, batch, strict=True)
        )
        return [news[place] for place in range(len(statuses))]

    def _note(
        self, shard: int, statuses: Sequence[Status], dead: AnyLetter | None = None, *, looks: bool = False
    ) -> Program[list[int]]:
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
                price=str(status.price) if status.price else None,
            ).concerning(status.conversation)
            letter = dead.to_fields() if dead else {}
            price = str(status.priced or status.price or "")
            values += [number, id_, status.state, status.provider_id, price, *flat([event, letter])]
        owns = [self._keys.of(conversation) for conversation in numbers]
        call = self._scripts.note_statuses(
            events=shared.events,
            due=shared.due,
            dead=shared.dead,
            forgotten=shared.forgotten,
            secret=shared.secret,
            spent=shared.spent,
            conversations=[key for own in owns for key in _keys_of(own)],
            keep_for=self._policy.keep_for // MS,
            event_cap=self._policy.events_at_most,
            looks="yes" if looks else "",
            members=[value for own in owns for value in (own.deliver_due, own.conversation)],
            statuses=values,
        )
        match (yield from self._mender.call(numbers, call)):
            case ["noted", *news]:
                return [int(one) for one in news]
            case reply:
                raise UnexpectedReply("note_statuses", reply)


def _keys_of(own: ConversationKeys) -> tuple[str, ...]:
    return (own.deliveries, own.delivery_lease, own.outbox, own.prices, own.provider_ids, own.alias)
