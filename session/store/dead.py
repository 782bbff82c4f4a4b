"""Lists and removes dead letters, and puts their contents back into the queues."""

import re
from collections.abc import Callable
from typing import Any

from session.agent_actions import OF_MERGES, AgentAction
from session.contents import Timer
from session.conversations import customer_of
from session.dead_letters import (
    ActionLetter,
    AnyLetter,
    BodyLetter,
    HookLetter,
    LetterRecord,
    MediumLetter,
    MessageLetter,
    ReplyLetter,
)
from session.errors import NotRevivable, UnexpectedReply
from session.events import LetterRevived
from session.joining import belonging
from session.keys import HOOK, INTAKE, Keys
from session.media_work import MediumRecord, MediumState
from session.messages import Delivery, DeliveryState, Message
from session.outgoing import AFTER_ALL
from session.policy import Policy
from session.reading import Newer, Unreadable, read_delivery, read_entry
from session.records import MS
from session.store.aliases import resolve
from session.store.calls import Call, Program, as_entries, as_text, command, fields
from session.store.mending import Mender
from session.store.scripts import Scripts

_PAGE = 500
#: The id of a letter: its shard, and its place in the stream.
_ID = re.compile(r"[0-9]{1,5}:[0-9]{1,19}(?:-[0-9]{1,19})?")
#: States that say that a reply given up in doubt was sent after all: sending it again would double it.
_ARRIVED = frozenset({DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ})


class DeadStore:
    """Lists, drops and revives dead letters."""

    def __init__(self, scripts: Scripts, keys: Keys) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys)
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

    def page(
        self, *, after: str, covers: Callable[[LetterRecord], bool], limit: int
    ) -> Program[list[LetterRecord]]:
        """Return letters for which `covers` is true, at most `limit`, behind the one with the id `after`; "" for the first ones."""
        shard, _, behind = after.partition(":")
        found: list[LetterRecord] = []
        for number in range(int(shard) if shard.isdecimal() else 0, self._keys.shards):
            first = f"({behind}" if behind and number == int(shard) else "-"
            while first and len(found) < limit:
                page: list[Any] = yield self._range(number, first, "+", _PAGE)
                records = (LetterRecord.of(entry, shard=number, id=id_) for id_, entry in page)
                found += [record for record in records if covers(record)]
                first = f"({page[-1][0]}" if len(page) == _PAGE else ""
        return found[:limit]

    def get(self, id_: str) -> Program[LetterRecord | None]:
        """Return one letter, or None if there is none with this id."""
        shard, _, entry = id_.partition(":")
        if not _ID.fullmatch(id_) or int(shard) >= self._keys.shards:
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
        because a person decided to send it. An event for a hook stays a letter until it is accepted.

        Raises `NotRevivable` for a part of a body, which cannot be read alone, for a status, for an unreadable record, and
        for a reply that was sent according to a later status.
        """
        shard, _, entry = record.id.partition(":")
        shared, source, medium = self._keys.shard(int(shard)), "", ""
        letter = record.letter
        if isinstance(letter, HookLetter):
            return (yield from self._send_again(record, letter.hook))
        raw, conversation = letter.raw, letter.conversation or ""
        content = _content(letter, conversation)
        own = self._keys.of(conversation)
        if conversation and not isinstance(content, MediumRecord) and not _is_merge(content):
            (there,) = yield from resolve(self._keys, [conversation])
            own = self._keys.of(there)
            if own.shared.shard != shared.shard:
                raise NotRevivable(f"{record.id} is of a customer who is on another shard now")
        event = LetterRevived(revived=letter.kind)
        match letter, content:
            case ((MessageLetter() | ActionLetter() | ReplyLetter()), None):
                raise NotRevivable(f"{record.id} cannot be read")
            case MediumLetter(field=medium), MediumRecord() as content if conversation:
                target, member = own.media, own.media_due
                again = {"state": MediumState.WAITING, "attempts": 0, "not_before": 0}
                raw = content.model_copy(update=again).to_json()
            case BodyLetter(whole="yes"), _:
                target, member, source = shared.intake, INTAKE, letter.source
            case ((MessageLetter() | ActionLetter()), (Message() | AgentAction() as content)) if conversation:
                if isinstance(content, Message) and isinstance(content.content, Timer):
                    by_hand = content.content.model_copy(update={"by_hand": True})
                    raw = (content := content.model_copy(update={"content": by_hand})).to_json()
                target, member = own.mailbox, own.turn_due
                if own.conversation != conversation:
                    raw = belonging(content, customer_of(own.conversation), content.also).to_json()
                event = LetterRevived(revived=letter.kind, came=(content.received_at,))
            case ReplyLetter(), Delivery() as content if conversation:
                target, member = own.outbox, own.deliver_due
                state = yield command("deliveries", "HGET", own.deliveries, content.id, read=as_text)
                if state in _ARRIVED:
                    raise NotRevivable(
                        f"{record.id} is not sent again: the provider has reported since that it was {state}"
                    )
                changes = {
                    "conversation": own.conversation,
                    "window_until": 0,
                    "by_agent": True,
                    "fence": AFTER_ALL,
                }
                raw = content.model_copy(update=changes).to_json()
                event = LetterRevived(revived=letter.kind, queued=(content.queued_at,))
            case _:
                raise NotRevivable(
                    f"{record.id} holds nothing that could be put back: it is a part of a body, a status, unreadable, or what a full mailbox or outbox did not take"
                )
        call = self._scripts.revive_letter(
            dead=shared.dead,
            target=target,
            due=shared.due,
            events=shared.events,
            id=entry,
            member=member,
            raw=raw,
            source=source,
            field=medium,
            keep_for=Policy().seen_for // MS,
            event_cap=Policy().events_at_most,
            event=fields(event.concerning(own.conversation if conversation else "")),
        )
        concerned = [own.conversation] if conversation else []
        match (yield from self._mender.call(concerned, call, shards=(shared.shard,))):
            case ["revived"]:
                return True
            case ["gone"]:
                return False
            case reply:
                raise UnexpectedReply("revive_letter", reply)

    def _send_again(self, record: LetterRecord, hook: str) -> Program[bool]:
        """Let a hook send an event once more; whoever repeats that changes nothing."""
        shard, _, entry = record.id.partition(":")
        shared, again = self._keys.shard(int(shard)), self._keys.shard(int(shard)).hook(hook)[1]
        if not (yield self._range(int(shard), entry, entry, 1)):
            return False
        yield command("dead", "LREM", again, 0, entry)
        yield command("dead", "RPUSH", again, entry)
        yield command("dead", "PEXPIRE", again, Policy().letters_for // MS)
        yield command("dead", "ZADD", shared.due, 0, HOOK + hook)
        return True

    def _range(self, shard: int, first: str, last: str, count: int) -> Call[list[Any]]:
        stream = self._keys.shard(shard).dead
        return command("dead", "XRANGE", stream, first, last, "COUNT", count, read=as_entries)


def _is_merge(content: object) -> bool:
    """Whether it is an action of a merge, which belongs where it was."""
    return isinstance(content, AgentAction) and content.type in OF_MERGES


def _content(letter: AnyLetter, conversation: str) -> Message | AgentAction | Delivery | MediumRecord | None:
    """Return the entry in a letter; None if there is none that this release can read."""
    match letter:
        case MessageLetter() | ActionLetter():
            entry = read_entry(letter.raw, conversation)
            return None if isinstance(entry, Unreadable | Newer) else entry
        case ReplyLetter():
            delivery = read_delivery(letter.raw, conversation)
            return delivery if isinstance(delivery, Delivery) else None
        case MediumLetter():
            return MediumRecord.read(letter.raw)
        case _:
            return None
