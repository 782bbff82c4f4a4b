"""Lists the dead letters, drops them, and puts back what they hold."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from session.agent_actions import AgentAction
from session.dead_letters import (
    ActionLetter,
    AnyLetter,
    BodyLetter,
    LetterRecord,
    MessageLetter,
    ReplyLetter,
)
from session.errors import NotRevivable, UnexpectedReply
from session.events import LetterRevived
from session.keys import INTAKE, Keys
from session.messages import Delivery, DeliveryState, Message
from session.policy import Policy
from session.reading import Newer, Unreadable, read_delivery, read_entry
from session.records import to_ms
from session.silence import AFTER_ALL
from session.store.asking import asking
from session.store.scripts import Scripts, fields

_PAGE = 500
#: States of a reply that was given up in doubt, and has arrived after all: to send it again would double it.
_ARRIVED = frozenset({DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ})


class DeadStore:
    """Lists, drops and revives dead letters."""

    def __init__(self, scripts: Scripts, keys: Keys) -> None:
        self._scripts = scripts
        self._keys = keys

    def all(self) -> Iterator[LetterRecord]:
        """Yield every letter, oldest first within a shard."""
        for shard in range(self._keys.shards):
            after = "-"
            while True:
                page = self._range(shard, after, "+", _PAGE)
                for id_, entry in page:
                    yield LetterRecord.of(entry, shard=shard, id=id_)
                if len(page) < _PAGE:
                    break
                after = f"({page[-1][0]}"

    def get(self, id_: str) -> LetterRecord | None:
        """Return one letter, or None if there is none with this id."""
        shard, _, entry = id_.partition(":")
        if not shard.isdecimal() or int(shard) >= self._keys.shards or not entry.replace("-", "").isdecimal():
            return None
        found = self._range(int(shard), entry, entry, 1)
        if not found:
            return None
        id_, fields_ = found[0]
        return LetterRecord.of(fields_, shard=int(shard), id=id_)

    def drop(self, record: LetterRecord) -> bool:
        """Remove a letter for good; returns whether it was still there."""
        shard, _, entry = record.id.partition(":")
        with asking("dead"):
            return bool(self._scripts.client.xdel(self._keys.shard(int(shard)).dead, entry))

    def revive(self, record: LetterRecord, *, now: datetime) -> bool:
        """Put what a letter holds back to where it waited; returns whether it was still there.

        A reply whose customer service window was closed is sent if the customer has written since; a person sends it now, so
        no takeover cancels it.

        Raises `NotRevivable` for a part of a body, which cannot be read on its own, for a status, for what cannot be read,
        and for a reply of which the provider has reported since that it was sent.
        """
        shard, _, entry = record.id.partition(":")
        shared, source = self._keys.shard(int(shard)), ""
        letter = record.letter
        raw, conversation = letter.raw, letter.conversation or ""
        own = self._keys.of(conversation)
        event = LetterRevived(revived=letter.kind)
        match letter, _content(letter, conversation):
            case ((MessageLetter() | ActionLetter() | ReplyLetter()), None):
                raise NotRevivable(f"{record.id} cannot be read")
            case BodyLetter(whole="yes"), _:
                target, member, source = shared.intake, INTAKE, letter.source
            case ((MessageLetter() | ActionLetter()), (Message() | AgentAction() as content)) if conversation:
                target, member = own.mailbox, own.turn_due
                event = LetterRevived(revived=letter.kind, came=(content.received_at,))
            case ReplyLetter(), Delivery() as content if conversation:
                target, member = own.outbox, own.deliver_due
                if (state := self._came_to(own.deliveries, content.id)) in _ARRIVED:
                    raise NotRevivable(
                        f"{record.id} is not sent again: the provider has reported since that it was {state}"
                    )
                changes = {"window_until": 0, "by_agent": True, "fence": AFTER_ALL}
                raw = content.model_copy(update=changes).to_json()
                event = LetterRevived(revived=letter.kind, queued=(content.queued_at,))
            case _:
                raise NotRevivable(
                    f"{record.id} holds nothing that could be put back: it is a part of a body, a status, unreadable, or what a full mailbox or outbox did not take"
                )
        stamped = event.stamped(at=to_ms(now), conversation=conversation)
        match self._scripts.call(
            "revive_letter",
            [shared.dead, target, shared.due, shared.events],
            [entry, member, to_ms(now), raw, source, Policy().events_at_most, *fields(stamped)],
        ):
            case ["revived"]:
                return True
            case ["gone"]:
                return False
            case reply:
                raise UnexpectedReply("revive_letter", reply)

    def _came_to(self, states: str, delivery: str) -> str:
        with asking("deliveries"):
            found: Any = self._scripts.client.hget(states, delivery)
        return found or ""

    def _range(self, shard: int, first: str, last: str, count: int) -> list[Any]:
        with asking("dead"):
            found: Any = self._scripts.client.xrange(self._keys.shard(shard).dead, first, last, count=count)
        return list(found)


def _content(letter: AnyLetter, conversation: str) -> Message | AgentAction | Delivery | None:
    """Return the entry that a letter holds; None if it holds none, or none that this release can read."""
    match letter:
        case MessageLetter() | ActionLetter():
            entry = read_entry(letter.raw, conversation)
            return None if isinstance(entry, Unreadable | Newer) else entry
        case ReplyLetter():
            delivery = read_delivery(letter.raw, conversation)
            return delivery if isinstance(delivery, Delivery) else None
        case _:
            return None
