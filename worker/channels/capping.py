"""Limits the size of what a provider delivered: each string of a message, and all of it together. No other module does.

A signed body can contain megabytes. What exceeds a limit is cut off, and the message says so. An id that is too long is
not cut, because the result would be another id: its message is unreadable.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from session.bounds import LONGEST_TEXT, bounded
from session.messages import Kind, Location, Media, Message, Status
from worker.channels.outcomes import AccountNews, Echo
from worker.channels.reading import Malformed

#: Characters of the id of a message or an attachment; real ones have about a hundred.
LONGEST_ID = 512
#: Characters of the answers of a form, and of `Message.details` with everything in it.
LONGEST_STRUCTURE = 32_768
#: Characters of a name, of a person or a file; WhatsApp takes 240 for a file.
_LONGEST_NAME = 256
#: Characters of a name or an address of a place.
_LONGEST_PLACE = 1000
#: Characters of a URL; browsers and proxies accept no more.
_LONGEST_URL = 2048
#: Characters of a provider's description of a failure.
_LONGEST_WORDS = 500
#: Attachments of one message; Twilio sends ten, Meta one.
_MOST_MEDIA = 16
#: What each value counts in addition to its characters, because many small values are large too.
_VALUE = 8


def capped(message: Message) -> Message:
    """Return a message within the limits; `cut` says whether anything was cut off. Raises `Malformed` for a long id."""
    _check_ids(message.id, message.route.sender)
    room = _Room(LONGEST_STRUCTURE)
    longest_payload = LONGEST_STRUCTURE if message.kind is Kind.FORM else LONGEST_TEXT
    within = message.model_copy(
        update={
            "text": bounded(message.text),
            "name": _bounded(message.name, _LONGEST_NAME),
            "reply_to": _unless_longer(message.reply_to, LONGEST_ID),
            "payload": _bounded(message.payload, longest_payload),
            # Cut, not left out: without it the message would be answered in private.
            "group": _bounded(message.group, LONGEST_ID),
            "media": tuple(map(_media, message.media[:_MOST_MEDIA])),
            "location": message.location and _location(message.location),
            "details": room.of(message.details),
        }
    )
    return message if within == message else within.model_copy(update={"cut": True})


def capped_echo(echo: Echo) -> Echo:
    """Return an echo whose text is within the limits. Raises `Malformed` for a long id."""
    _check_ids(echo.action.id, echo.route.sender)
    text = bounded(echo.action.text)
    return replace(echo, action=echo.action.model_copy(update={"text": text}))


def capped_status(status: Status) -> Status:
    """Return a status whose words are within the limits. Raises `Malformed` for a long id."""
    _check_ids(status.provider_id, status.delivery)
    return status.model_copy(
        update={
            "code": _bounded(status.code, _LONGEST_NAME),
            "words": _bounded(status.words, _LONGEST_WORDS),
        }
    )


def capped_news(news: AccountNews) -> AccountNews:
    """Return news of an account whose words are within the limits."""
    trouble = news.trouble.model_copy(
        update={
            "about": bounded(news.trouble.about, _LONGEST_NAME),
            "kind": bounded(news.trouble.kind, _LONGEST_NAME),
            "code": bounded(news.trouble.code, _LONGEST_NAME),
            "words": bounded(news.trouble.words, _LONGEST_WORDS),
        }
    )
    return replace(news, trouble=trouble)


def _check_ids(*ids: str | None) -> None:
    if any(len(one) > LONGEST_ID for one in ids if one):
        raise Malformed("an id that is too long")


def _bounded(text: str | None, most: int) -> str | None:
    return None if text is None else bounded(text, most)


def _unless_longer(text: str | None, most: int) -> str | None:
    """Return a text that would be useless if it were cut, or None if it is too long."""
    return None if text is None or len(text) > most else text


def _media(media: Media) -> Media:
    return Media(
        mime_type=bounded(media.mime_type, _LONGEST_NAME),
        id=_unless_longer(media.id, LONGEST_ID),
        url=_unless_longer(media.url, _LONGEST_URL),
        filename=_bounded(media.filename, _LONGEST_NAME),
        sha256=_unless_longer(media.sha256, _LONGEST_NAME),
    )


def _location(place: Location) -> Location:
    return place.model_copy(
        update={
            "name": _bounded(place.name, _LONGEST_PLACE),
            "address": _bounded(place.address, _LONGEST_PLACE),
        }
    )


@dataclass(slots=True)
class _Room:
    """The characters that are left for a structure; values beyond them are left out."""

    left: int

    def of(self, value: Any) -> Any:
        """Return as much of a value as fits."""
        self.left -= _VALUE
        if isinstance(value, str):
            kept = bounded(value, max(1, min(LONGEST_TEXT, self.left)))
            self.left -= len(kept)
            return kept
        if isinstance(value, list):
            return self._list(value)
        return self._object(value) if isinstance(value, Mapping) else value

    def _list(self, values: list[Any]) -> list[Any]:
        kept = []
        for value in values:
            if self.left <= 0:
                break
            kept.append(self.of(value))
        return kept

    def _object(self, values: Mapping[str, Any]) -> dict[str, Any]:
        kept = {}
        for name, value in values.items():
            self.left -= len(name)
            if self.left <= 0:
                break
            kept[name] = self.of(value)
        return kept
