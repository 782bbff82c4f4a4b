"""Fits a reply to what a message of Telegram can carry, and writes the request. The limits are those of the Bot API."""

import json
import re
from typing import Any

from session.channels.telegram import number_in
from session.messages import Delivery, Reply, Row
from worker.channels.reading import wellformed
from worker.channels.texts import as_text, in_parts, options_of, shorten, units

#: In UTF-16 code units, see `texts`.
TEXT_LIMIT = 4096
#: Bytes of what a button sends back when it is tapped.
DATA_LIMIT = 64
#: Buttons of a message.
BUTTONS_LIMIT = 100
#: A longer title would not be readable on a phone.
TITLE_LIMIT = 64

#: What a button sends back begins with what it was: a button, or a row of a menu.
BUTTON, CHOICE = "b:", "c:"

_BOLD = re.compile(r"(?<![\w*])\*(\S|\S[^*\n]*\S)\*(?![\w*])")

#: A message must have a text, even if the assistant wrote only buttons.
_NO_WORDS = "…"
#: Buttons with titles up to this length stand side by side, at most three.
_SHORT_TITLE, _SIDE_BY_SIDE = 12, 3


def render(reply: Reply) -> tuple[Reply, ...]:
    """Return the reply as messages that Telegram takes, at least one; the last one has the buttons.

    Options that are too many, or whose ids a button cannot carry, become numbered lines.
    """
    options = options_of(reply)
    if not options:
        return in_parts(reply, wellformed(reply.text), TEXT_LIMIT)
    if not _fit(options):
        return in_parts(reply, as_text(reply), TEXT_LIMIT)
    *ahead, last = in_parts(reply, _with_descriptions(reply, options), TEXT_LIMIT)
    return (*ahead, last.model_copy(update={"buttons": reply.buttons, "menu": reply.menu}))


def payload_of(delivery: Delivery) -> dict[str, Any]:
    """Return the parameters of `sendMessage` for one rendered reply."""
    reply = delivery.reply
    quoted = number_in(reply.reply_to or "")
    keyboard = _keyboard(reply)
    text, bold = _without_marks(reply.text)
    return {
        "chat_id": delivery.route.address,
        "text": text,
        **({"entities": bold} if bold else {}),
        "link_preview_options": {"is_disabled": True},
        # A customer may have deleted the quoted message.
        **(
            {"reply_parameters": {"message_id": quoted, "allow_sending_without_reply": True}}
            if quoted
            else {}
        ),
        **({"reply_markup": {"inline_keyboard": keyboard}} if keyboard else {}),
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
    rows = [[_button(CHOICE, row.id, row.title)] for row in (reply.menu.rows if reply.menu else ())]
    if len(buttons) <= _SIDE_BY_SIDE and all(len(button["text"]) <= _SHORT_TITLE for button in buttons):
        return [buttons, *rows] if buttons else rows
    return [*([button] for button in buttons), *rows]


def _button(prefix: str, id_: str, title: str) -> dict[str, str]:
    text = shorten(wellformed(title), TITLE_LIMIT) or shorten(wellformed(id_), TITLE_LIMIT)
    return {"text": text, "callback_data": _data(prefix, id_).decode()}
