"""The history of a conversation: who said what, and what became of it. Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import Field

from session.bounds import LONGEST_TEXT, bounded
from session.content_parts import Quoted as Quoted  # noqa: PLC0414  (read from here by others)
from session.content_parts import Role as Role  # noqa: PLC0414  (read from here by others)
from session.contents import Content, Edit, Said, Text, Timer, is_plain, readable
from session.facts import json_length
from session.messages import DeliveryState, Forwarded, Message
from session.records import Instant, Record, from_ms

#: Characters of what a quote shows of the quoted message.
_EXCERPT = 200
#: Characters of JSON of a content that is more than its text.
MOST_CONTENT = 8_192
#: Reactions on one message.
_MOST_REACTIONS = 10


class Reacted(Record):
    """A reaction on an entry."""

    role: Role
    emoji: str
    at: Instant


class HistoryEntry(Record):
    """One entry of the history."""

    role: Role
    text: str = Field(alias="content")  #: what a person would read; never longer than a message can be
    timestamp: Instant
    message_id: str  #: the provider's id of a received message, the delivery id of a sent one
    cut: bool | None = None  #: True if the original text was longer
    full: Said | None = None  #: the content, if it is more than a text
    agent: str | None = None  #: the agent who said it
    quoted: Quoted | None = None
    forwarded: Forwarded | None = None
    edited_at: Instant | None = None
    deleted_at: Instant | None = None  #: the customer has deleted it; it is still here for agents
    reactions: tuple[Reacted, ...] | None = None
    #: of a reply in the history of a turn: what is known of its delivery; None if nothing is. It is stored elsewhere
    state: DeliveryState | None = Field(None, exclude=True)

    @property
    def content(self) -> Said:
        """The content; for a plain text, and in records of earlier releases, the text."""
        return self.full or Text(text=self.text)


def is_more_than_text(one: HistoryEntry) -> bool:
    """Whether an earlier release would lose something of an entry."""
    return bool(one.full or one.quoted or one.forwarded or one.edited_at or one.deleted_at or one.reactions)


def entry(
    role: Role,
    content: Content,
    *,
    at: datetime,
    id: str,  # noqa: A002
    cut: bool = False,
    **fields: Any,
) -> HistoryEntry:
    """Return an entry; a text that is too long is cut, and a content that is too large is kept as a text only."""
    text = readable(content)
    full = None if is_plain(content) or isinstance(content, Edit) else content
    if full and json_length(full.model_dump(mode="json", exclude_none=True)) > MOST_CONTENT:
        full, cut = None, True
    return HistoryEntry(
        role=role,
        text=bounded(text),
        timestamp=at,
        message_id=id,
        cut=cut or len(text) > LONGEST_TEXT or None,
        full=full,
        **fields,
    )


def newest(
    history: Sequence[HistoryEntry], most: int, *, still_open: Collection[str] = ()
) -> tuple[HistoryEntry, ...]:
    """Return the newest entries of a history, `most` at most. What nobody has answered, by its ids, stays longer than the rest."""
    places = range(len(history) - 1)  # the newest of all stays
    going = sorted(places, key=lambda place: history[place].message_id in still_open)
    gone = frozenset(going[: max(0, len(history) - most)])
    return tuple(one for place, one in enumerate(history) if place not in gone)


def heard(message: Message) -> HistoryEntry:
    """Return the entry of a customer's message, or of a timer, with what it quotes if `with_quoted` has found that."""
    role, content = Role.USER, message.content
    if isinstance(content, Timer):
        # The payload is for the turn; it may be longer than an entry.
        role, content = Role.TIMER, content.model_copy(update={"data": "", "by_hand": False})
    return entry(
        role,
        content,
        at=from_ms(message.received_at),
        id=message.id,
        cut=message.cut,
        quoted=message.quoted,
        forwarded=message.forwarded,
    )


def with_quoted(message: Message, history: Sequence[HistoryEntry], ids: Mapping[str, str]) -> Message:
    """Return a message with what is known of the message that it quotes; `ids` are those of deliveries, by the provider's ids."""
    if message.reply_to is None or message.quoted is not None:
        return message
    return message.model_copy(update={"quoted": quoted_in(history, message.reply_to, ids)})


def quoted_in(history: Sequence[HistoryEntry], id_: str, ids: Mapping[str, str]) -> Quoted:
    """Return what is known of a quoted message."""
    place = place_of(history, id_, ids)
    if place is None:
        return Quoted(id=id_)
    one = history[place]
    # What the customer has deleted is not told again.
    text = "" if one.deleted_at else bounded(one.text, _EXCERPT)
    return Quoted(id=id_, role=one.role, text=text, entry=one.message_id)


def place_of(history: Sequence[HistoryEntry], id_: str, ids: Mapping[str, str]) -> int | None:
    """Return where the message with a provider's id stands in a history; None if it is not there any more.

    A reply that was sent as several messages, "<turn>.<n>", is one entry with the id of the first of them.
    """
    delivery = ids.get(id_, "")
    turn, _, number = delivery.rpartition(".")
    found = None
    for place, one in enumerate(history):
        if one.message_id in (id_, delivery):
            return place
        own, _, first = one.message_id.rpartition(".")
        if turn and own == turn and first.isdecimal() and number.isdecimal() and int(first) < int(number):
            found = place
    return found


def edited(one: HistoryEntry, change: Message) -> HistoryEntry:
    """Return an entry of the customer that says what an edit of it says; if it was deleted, it stays so.

    An edit that was made before the one that the entry shows came too late, and changes nothing.
    """
    at = from_ms(change.sent_at)
    if one.edited_at and at < one.edited_at:
        return one
    again = entry(
        one.role,
        change.edit_of(one.content),
        at=one.timestamp,
        id=one.message_id,
        cut=change.cut,
        edited_at=at,
    )
    kept = ("quoted", "forwarded", "reactions", "deleted_at")
    return again.model_copy(update={name: getattr(one, name) for name in kept})


def deleted(one: HistoryEntry, change: Message) -> HistoryEntry:
    """Return an entry that the customer has deleted."""
    return one.model_copy(update={"deleted_at": from_ms(change.received_at)})


def reacted(one: HistoryEntry, change: Message) -> HistoryEntry:
    """Return an entry with the customer's reaction in place of an earlier one; an empty one only removes it."""
    others = [each for each in one.reactions or () if each.role is not Role.USER]
    if change.text:
        others.append(Reacted(role=Role.USER, emoji=change.text, at=from_ms(change.received_at)))
    return one.model_copy(update={"reactions": tuple(others[-_MOST_REACTIONS:]) or None})


def change_entry(
    history: Sequence[HistoryEntry],
    change: Message,
    how: Callable[[HistoryEntry, Message], HistoryEntry],
    ids: Mapping[str, str],
    *,
    own: bool = True,
) -> tuple[HistoryEntry, ...] | None:
    """Return a history in which the message that a change names is changed; None if it is not there.

    `own` says that only the customer's own messages can be changed in this way.
    """
    place = place_of(history, change.reply_to, ids) if change.reply_to else None
    if place is None or (own and history[place].role is not Role.USER):
        return None
    return (*history[:place], how(history[place], change), *history[place + 1 :])
