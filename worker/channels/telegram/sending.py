"""Fits a reply to what a message of Telegram can carry, and writes the request. The limits are those of the Bot API."""

import json
import re
from typing import Any

from session.channels.telegram import number_in
from session.files import File, FileKind
from session.messages import Delivery
from session.replies import Reply, Row
from session.templates import UnusableTemplate
from worker.channels.reading import wellformed
from worker.channels.texts import as_text, in_parts, in_words, options_of, shorten, split, units

#: In UTF-16 code units, see `texts`.
TEXT_LIMIT = 4096
#: Bytes of what a button sends back when it is tapped.
DATA_LIMIT = 64
#: Buttons of a message.
BUTTONS_LIMIT = 100
#: A longer title would not be readable on a phone.
TITLE_LIMIT = 64

#: The text of a medium, once its marks are read.
CAPTION_LIMIT = 1024
#: Bytes of the largest file that a bot may send; a picture may have 10 MB, which is more than WhatsApp takes.
LARGEST_FILE = 50 * 1024 * 1024
#: The parameter that carries an attachment, after which its method is called.
_FIELDS: dict[FileKind, str] = {
    "image": "photo",
    "video": "video",
    "audio": "audio",
    "voice": "voice",
    "document": "document",
    "sticker": "sticker",
}
#: A button by which the customer sends a place.
_ASKS_LOCATION = {
    "keyboard": [[{"text": "📍", "request_location": True}]],
    "one_time_keyboard": True,
    "resize_keyboard": True,
}

#: What a button sends back begins with what it was: a button, or a row of a menu.
BUTTON, CHOICE = "b:", "c:"

_BOLD = re.compile(r"(?<![\w*])\*(\S|\S[^*\n]*\S)\*(?![\w*])")

#: A message must have a text, even if the assistant wrote only buttons.
_NO_WORDS = "…"
#: Buttons with titles up to this length stand side by side, at most three.
_SHORT_TITLE, _SIDE_BY_SIDE = 12, 3


def render(reply: Reply) -> tuple[Reply, ...]:
    """Return the reply as messages that Telegram takes, at least one; the last one has the buttons.

    Options that are too many, or whose ids a button cannot carry, become numbered lines. What Telegram has no message for
    becomes text. Raises `UnusableTemplate` for a message template.
    """
    if reply.template:
        raise UnusableTemplate(reply.template.name, reply.template.language, "Telegram has no templates")
    options = options_of(reply)
    if reply.is_plain and not options:
        return in_parts(reply, wellformed(reply.text), TEXT_LIMIT)
    fit = _fit(options)
    text = (_with_descriptions(reply, options) if options else reply.text) if fit else as_text(reply)
    under = {"buttons": reply.buttons, "menu": reply.menu} if fit else {}
    if reply.media and (reply.media.size or 0) > LARGEST_FILE:
        text, reply = f"{text}\n\n{reply.media.name}".strip(), reply.model_copy(update={"media": None})
    if reply.media:
        return _with_medium(reply, text, under)
    # A button cannot open a place, a card or a form: they are messages of their own, or words.
    if reply.flow:
        text = f"{text}\n\n{reply.flow.instead}".strip()
    others = _others(reply)
    if not text.strip() and others:
        return others
    *ahead, last = in_parts(reply, wellformed(text), TEXT_LIMIT)
    kept = {"link": reply.link, "asks_location": reply.asks_location}
    return (*ahead, last.model_copy(update={**under, **kept}), *others)


def _with_medium(reply: Reply, text: str, under: dict[str, Any]) -> tuple[Reply, ...]:
    under = {**under, "media": reply.media, "link": reply.link}
    if not text.strip() or (reply.media and reply.media.kind == "sticker"):
        texts = in_parts(reply, wellformed(text), TEXT_LIMIT) if text.strip() else ()
        return (*texts, Reply().model_copy(update={**under, "reply_to": None if texts else reply.reply_to}))
    *ahead, last = in_parts(reply, wellformed(text), TEXT_LIMIT)
    *before, caption = split(last.text, CAPTION_LIMIT)
    # Whole texts, not one part for each caption.
    rest = [Reply(text=part) for part in split("\n\n".join(before), TEXT_LIMIT)]
    return (*ahead, *rest, last.model_copy(update={**under, "text": caption}))


def _others(reply: Reply) -> tuple[Reply, ...]:
    """Return the place and the cards of a reply, a message each."""
    place = (Reply(location=reply.location),) if reply.location else ()
    return (*place, *(Reply(contacts=(contact,)) for contact in reply.contacts))


def method_of(reply: Reply) -> str:
    """Return the method of the Bot API that sends one rendered reply."""
    if reply.media:
        return f"send{_FIELDS[reply.media.kind].title()}"
    if reply.location:
        return "sendVenue" if reply.location.name and reply.location.address else "sendLocation"
    if reply.contacts and reply.contacts[0].phones:
        return "sendContact"
    return "sendMessage"


def field_of(attachment: File) -> str:
    """Return the parameter that carries an attachment."""
    return _FIELDS[attachment.kind]


def payload_of(delivery: Delivery) -> dict[str, Any]:
    """Return the parameters of this method; an attachment without an address of its own is not among them."""
    reply = delivery.reply
    quoted = number_in(reply.reply_to or "")
    keyboard = _keyboard(reply)
    return {
        "chat_id": delivery.route.address,
        **_content(reply),
        # A customer may have deleted the quoted message.
        **(
            {"reply_parameters": {"message_id": quoted, "allow_sending_without_reply": True}}
            if quoted
            else {}
        ),
        **({"reply_markup": {"inline_keyboard": keyboard}} if keyboard else {}),
        **({"reply_markup": _ASKS_LOCATION} if reply.asks_location and not keyboard else {}),
    }


def _content(reply: Reply) -> dict[str, Any]:
    if reply.media:
        text, bold = _without_marks(reply.text)
        return {
            **({_FIELDS[reply.media.kind]: reply.media.url} if reply.media.url else {}),
            **({"caption": text} if text else {}),
            **({"caption_entities": bold} if bold else {}),
        }
    if reply.location:
        place = reply.location
        point = {"latitude": place.latitude, "longitude": place.longitude}
        named = {"title": place.name, "address": place.address} if place.name and place.address else {}
        return {**point, **named}
    if reply.contacts and (phones := reply.contacts[0].phones):
        return {"phone_number": phones[0], "first_name": wellformed(reply.contacts[0].name)[:64]}
    text, bold = _without_marks(reply.text or in_words(reply))
    return {
        "text": text,
        **({"entities": bold} if bold else {}),
        "link_preview_options": {"is_disabled": True},
    }


def write(payload: dict[str, Any]) -> bytes:
    """Return parameters as JSON; in ASCII, so that there is no character that cannot be written."""
    return json.dumps(payload).encode("ascii")


def _without_marks(text: str) -> tuple[str, list[dict[str, Any]]]:
    """Return a text without the asterisks that make words bold on WhatsApp, and the places of these words.

    Places are counted in UTF-16 code units. Marking them up in the text could make it invalid: then nothing would be sent.
    """
    plain, bold, end = "", [], 0
    for found in _BOLD.finditer(text):
        plain += text[end : found.start()]
        bold.append({"type": "bold", "offset": units(plain), "length": units(found[1])})
        plain += found[1]
        end = found.end()
    return plain + text[end:], bold


def _fit(options: tuple[Row, ...]) -> bool:
    # An id is never shortened: it comes back as the payload, and must be the one that the assistant gave.
    ids = {
        option.id for option in options if option.id.strip() and len(_data(BUTTON, option.id)) <= DATA_LIMIT
    }
    return len(ids) == len(options) <= BUTTONS_LIMIT


def _data(prefix: str, id_: str) -> bytes:
    return (prefix + wellformed(id_)).encode()


def _with_descriptions(reply: Reply, options: tuple[Row, ...]) -> str:
    """Return the text, and below it what a button has no room for."""
    lines = [
        f"{' '.join(option.title.split())}: {' '.join(option.description.split())}"
        for option in options
        if option.description and option.description.strip()
    ]
    return (
        "\n\n".join(filter(None, (wellformed(reply.text).strip(), wellformed("\n".join(lines))))) or _NO_WORDS
    )


def _keyboard(reply: Reply) -> list[list[dict[str, str]]]:
    """Return the rows of buttons under a reply."""
    buttons = [_button(BUTTON, button.id, button.title) for button in reply.buttons]
    if reply.link:
        title = shorten(wellformed(reply.link.title), TITLE_LIMIT)
        return [[{"text": title, "url": reply.link.url}]]
    rows = [[_button(CHOICE, row.id, row.title)] for row in (reply.menu.rows if reply.menu else ())]
    if len(buttons) <= _SIDE_BY_SIDE and all(len(button["text"]) <= _SHORT_TITLE for button in buttons):
        return [buttons, *rows] if buttons else rows
    return [*([button] for button in buttons), *rows]


def _button(prefix: str, id_: str, title: str) -> dict[str, str]:
    text = shorten(wellformed(title), TITLE_LIMIT) or shorten(wellformed(id_), TITLE_LIMIT)
    return {"text": text, "callback_data": _data(prefix, id_).decode()}
