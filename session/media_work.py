"""What must be fetched, and what became of it: one record for each medium of a received message. Pure.

The key `media:<conversation>` has them by "<message id>/<n>". Scripts read the beginning of a record, so its first two
fields stay where they are.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import Self

from pydantic import Field

from session.bounds import LONGEST_TEXT, bounded
from session.content_parts import Card, Kind, Media
from session.contents import Attachment, Contacts
from session.facts import json_length
from session.history import HistoryEntry, entry
from session.messages import Message, Route, with_words
from session.records import Ms, Record, left_out, to_ms

#: Characters of what a transcriber or a describer returns that are kept.
WORDS_AT_MOST = 4000
#: Cards that are read in the files of one message.
_MOST_CARDS = 20
#: Characters of JSON of these cards. With the files they stay below `history.MOST_CONTENT`: an entry keeps both.
_CARDS_AT_MOST = 4096


class MediumState(StrEnum):
    """What became of a medium."""

    WAITING = "waiting"  # it is to be fetched
    KEPT = "kept"
    FAILED = "failed"


class MediumRecord(Record):
    """One medium of a message that was received."""

    state: MediumState
    not_before: Ms = 0  #: while it waits, ms since the epoch
    attempts: int = Field(0, ge=0)  #: so far
    at: Ms = 0  #: ms since the epoch, when its message was stored
    kind: Kind  #: of its message, which decides how large it may be
    route: Route
    media: Media  #: as the provider describes it; when it is kept, as it was found to be
    cards: tuple[Card, ...] = left_out(())  #: what was read in a vCard

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return a stored record; None if it cannot be read."""
        try:
            return cls.model_validate_json(text)
        except ValueError:
            return None


def field_of(message_id: str, n: int) -> str:
    """Return the name of a medium: the n-th of its message."""
    return f"{message_id}/{n}"


def _shown_in(message: Message) -> str:
    """Return the id of the message that shows what a message brings: the one that it edits, or itself."""
    return message.reply_to or message.id if message.edited else message.id


def to_fetch(message: Message) -> str:
    """Return the records of what is to be fetched for a message, as a JSON object; "" if there is nothing."""
    shown_in, kind = _shown_in(message), (message.edited or message.content).kind
    records = {
        field_of(shown_in, n): MediumRecord(
            state=MediumState.WAITING,
            at=message.received_at,
            kind=kind,
            route=message.route,
            media=media,
        ).to_json()
        for n, media in enumerate(message.media)
        if (media.id or media.url) and message.group is None
    }
    return json.dumps(records, ensure_ascii=False) if records else ""


def with_media(message: Message, found: Mapping[str, MediumRecord]) -> Message:
    """Return a message with what is known of its media. One that still waits is given as it is, and says so."""
    said = message.edited or message.content
    if not isinstance(said, Attachment | Contacts):
        return message
    known = with_known(said, _shown_in(message), found)
    if known is said:
        return message
    content = message.content.model_copy(update={"new": known}) if message.edited else known
    return message.model_copy(update={"content": content})


def with_known(
    said: Attachment | Contacts, message_id: str, found: Mapping[str, MediumRecord]
) -> Attachment | Contacts:
    """Return a content with what is known of its media: files, words, cards. The names on the cards are its text."""
    media = known_media(said.media, message_id, found)
    if media == said.media:
        return said
    known = with_words(said, media)
    if not isinstance(known, Contacts):
        return known
    cards = _known_cards(known.cards, said.media, message_id, found)
    names = bounded(", ".join(card.name for card in cards if card.name), LONGEST_TEXT)
    return known.model_copy(update={"cards": cards, "text": known.text or names})


def _known_cards(
    cards: Sequence[Card], media: Sequence[Media], message_id: str, found: Mapping[str, MediumRecord]
) -> tuple[Card, ...]:
    """Return cards with those of the files that were not known before."""
    new = (found.get(field_of(message_id, n)) for n, one in enumerate(media) if not one.stored)
    return capped_cards([*cards, *chain.from_iterable(record.cards for record in new if record)])


def capped_cards(cards: Sequence[Card]) -> tuple[Card, ...]:
    """Return the first cards, as many as are kept."""
    left, kept = _CARDS_AT_MOST, []
    for card in cards[:_MOST_CARDS]:
        left -= json_length(card.model_dump(mode="json", exclude_none=True))
        if left < 0:
            break
        kept.append(card)
    return tuple(kept)


def known_media(
    media: Sequence[Media], message_id: str, found: Mapping[str, MediumRecord]
) -> tuple[Media, ...]:
    """Return the media of a message with what is known of them; one that is kept already stays as it is."""
    return tuple(
        one if one.stored else _known(one, found.get(field_of(message_id, n))) for n, one in enumerate(media)
    )


def with_late_media(
    history: tuple[HistoryEntry, ...], found: Mapping[str, MediumRecord]
) -> tuple[HistoryEntry, ...]:
    """Return a history with what is known by now of media that were missing when their messages had their turn."""
    return tuple(_with_late_media(one, found) for one in history)


def _with_late_media(one: HistoryEntry, found: Mapping[str, MediumRecord]) -> HistoryEntry:
    said = one.full
    if not isinstance(said, Attachment | Contacts):
        return one
    known = with_known(said, one.message_id, found)
    if known is said:
        return one
    again = entry(
        one.role,
        known,
        at=one.timestamp,
        id=one.message_id,
        cut=bool(one.cut),
    )
    return one.model_copy(update={"full": again.full, "text": again.text, "cut": again.cut})


def _known(media: Media, record: MediumRecord | None) -> Media:
    if record is None or (record.media.id, record.media.url) != (media.id, media.url):
        return media  # an edit has put another file in its place
    if record.state is MediumState.WAITING:
        return media.model_copy(update={"why_not": "it has not arrived yet"})
    return record.media


def still_waited_for(
    messages: Sequence[Message], found: Mapping[str, MediumRecord], *, now: datetime, at_most: timedelta
) -> tuple[list[str], timedelta]:
    """Return the media that a turn waits for, and how long it may still wait: `at_most` after each message was stored."""
    fields: list[str] = []
    longest = timedelta()
    for message in messages:
        own = [field_of(_shown_in(message), n) for n in range(len(message.media))]
        waits = [field for field in own if field in found and found[field].state is MediumState.WAITING]
        left = at_most - timedelta(milliseconds=max(0, to_ms(now) - message.received_at))
        if waits and left > timedelta():
            fields += waits
            longest = max(longest, left)
    return fields, longest


def read_records(pairs: Iterable[str]) -> dict[str, MediumRecord]:
    """Return the records in an answer of a script: field, record, field, record, ... Unreadable ones are left out."""
    parts = list(pairs)
    read = {field: MediumRecord.read(text) for field, text in zip(parts[::2], parts[1::2], strict=True)}
    return {field: record for field, record in read.items() if record}
