"""Lists and removes dead letters, and puts their contents back into the queues."""

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
from session.outgoing import AFTER_ALL
from session.policy import Policy
from session.reading import Newer, Unreadable, read_delivery, read_entry
from session.store.calls import Call, Program, as_entries, as_text, command, fields
from session.store.scripts import Scripts

_PAGE = 500
#: States that say that a reply given up in doubt was sent after all: sending it again would double it.
_ARRIVED = frozenset({DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ})


class DeadStore:
    """Lists, drops and revives dead letters."""

    def __init__(self, scripts: Scripts, keys: Keys) -> None:
        self._scripts = scripts
        self._keys = keys

    def all(self) -> Program[list[LetterRecord]]:
        """Return every letter, oldest first within a shard."""
        found: list[LetterRecord] = []
        for shard in range(self._keys.shards):
            after = "-"
            while after:
                page: list[Any] = yield self._range(shard, after, "+", _PAGE)
                found += [LetterRecord.of(entry, shard=shard, id=id_) for id_, entry in page]
                after = f"({page[-1][0]}" if len(page) == _PAGE else ""
        return found

    def get(self, id_: str) -> Program[LetterRecord | None]:
        """Return one letter, or None if there is none with this id."""
        shard, _, entry = id_.partition(":")
        if not shard.isdecimal() or int(shard) >= self._keys.shards or not entry.replace("-", "").isdecimal():
            return None
        for found, fields_ in (yield self._range(int(shard), entry, entry, 1)):
            return LetterRecord.of(fields_, shard=int(shard), id=found)
        return None

    def drop(self, record: LetterRecord) -> Call[bool]:
        """Remove a letter; returns whether it existed."""
        shard, _, entry = record.id.partition(":")
        return command("dead", "XDEL", self._keys.shard(int(shard)).dead, entry, read=bool)

    def revive(self, record: LetterRecord) -> Program[bool]:
        """Put the content of a letter back into its queue; returns whether the letter existed.

        A reply whose customer service window was closed is sent if the customer has written since. No takeover cancels it,
        because a person decided to send it.

        Raises `NotRevivable` for a part of a body, which cannot be read alone, for a status, for an unreadable record, and
        for a reply that was sent according to a later status.
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
                state = yield command("deliveries", "HGET", own.deliveries, content.id, read=as_text)
                if state in _ARRIVED:
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
        match (
            yield self._scripts.revive_letter(
                dead=shared.dead,
                target=target,
                due=shared.due,
                events=shared.events,
                id=entry,
                member=member,
                raw=raw,
                source=source,
                event_cap=Policy().events_at_most,
                event=fields(event.concerning(conversation)),
            )
        ):
            case ["revived"]:
                return True
            case ["gone"]:
                return False
            case reply:
                raise UnexpectedReply("revive_letter", reply)

    def _range(self, shard: int, first: str, last: str, count: int) -> Call[list[Any]]:
        stream = self._keys.shard(shard).dead
        return command("dead", "XRANGE", stream, first, last, "COUNT", count, read=as_entries)


def _content(letter: AnyLetter, conversation: str) -> Message | AgentAction | Delivery | None:
    """Return the entry in a letter; None if there is none that this release can read."""
    match letter:
        case MessageLetter() | ActionLetter():
            entry = read_entry(letter.raw, conversation)
            return None if isinstance(entry, Unreadable | Newer) else entry
        case ReplyLetter():
            delivery = read_delivery(letter.raw, conversation)
            return delivery if isinstance(delivery, Delivery) else None
        case _:
            return None
