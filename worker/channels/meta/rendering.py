"""Fits a reply to what a WhatsApp message can carry through Meta. The limits are those of Meta's message reference."""

from typing import Any

from session.replies import Button, Menu, Reply, Row
from worker.channels.reading import wellformed
from worker.channels.texts import as_text, in_parts, options_of, shorten, split, units

#: In UTF-16 code units, see `texts`.
TEXT_LIMIT = 4096
BODY_LIMIT = 1024  # the text above buttons or a list
BUTTON_TITLE_LIMIT = 20
BUTTON_ID_LIMIT = 256
ROW_TITLE_LIMIT = 24
ROW_DESCRIPTION_LIMIT = 72
ROW_ID_LIMIT = 200

#: The kinds of media with a text of their own, also as the header of buttons.
CAPTIONED = frozenset({"image", "video", "document"})

BUTTONS_LIMIT = 3
ROWS_LIMIT = 10

#: The label of a list without one.
MENU_LABEL = "Options"

#: The text of a message with buttons, if the assistant wrote none; it must have one.
_NO_WORDS = "…"


def render(reply: Reply) -> tuple[Reply, ...]:
    """Return the reply as messages that Meta takes, at least one.

    Too many buttons, or buttons whose shortened titles would be equal, become a list; too many rows, or ids that Meta would
    reject, become numbered lines. Text that is too long for the message with the options
    goes ahead of it.
    """
    if reply.template:
        return (reply,)
    if not reply.is_plain:
        return _carrying(reply)
    options = options_of(reply)
    if not options:
        return in_parts(reply, wellformed(reply.text), TEXT_LIMIT)
    label = shorten(reply.menu.button if reply.menu else "", BUTTON_TITLE_LIMIT)
    if reply.menu is None and _fit_buttons(options):
        buttons = tuple(Button(id=wellformed(o.id), title=_title(o, BUTTON_TITLE_LIMIT)) for o in options)
        return _with_options(reply, Reply(text="", buttons=buttons))
    if _fit_rows(options):
        menu = Menu(button=wellformed(label) or MENU_LABEL, rows=tuple(map(_row, options)))
        return _with_options(reply, Reply(text="", menu=menu))
    return in_parts(reply, as_text(reply), TEXT_LIMIT)


def _carrying(reply: Reply) -> tuple[Reply, ...]:
    """Return the messages of a reply that carries more than a text with options."""
    if reply.media is None:
        return _with_last(reply) if reply.location or reply.contacts else _with_options(reply, _alone(reply))
    has_caption = reply.media.kind in CAPTIONED
    options = options_of(reply)
    if not options and not reply.link:
        return _with_caption(reply) if has_caption else _with_last(reply)
    if has_caption and (reply.link or (reply.menu is None and _fit_buttons(options))):
        buttons = tuple(Button(id=wellformed(o.id), title=_title(o, BUTTON_TITLE_LIMIT)) for o in options)
        return _with_options(reply, _alone(reply, buttons=buttons))
    # A list has no picture above it, a sound and a sticker no button below.
    picture = Reply(media=reply.media)
    return (picture, *render(reply.model_copy(update={"media": None})))


def _alone(reply: Reply, **changes: Any) -> Reply:
    """Return what a reply carries, without its text."""
    if reply.link:
        title = shorten(wellformed(reply.link.title), BUTTON_TITLE_LIMIT)
        changes["link"] = reply.link.model_copy(update={"title": title})
    if reply.flow:
        label = shorten(wellformed(reply.flow.button), BUTTON_TITLE_LIMIT)
        changes["flow"] = reply.flow.model_copy(update={"button": label})
    return reply.model_copy(update={"text": "", "reply_to": None, **changes})


def _with_last(reply: Reply) -> tuple[Reply, ...]:
    """Return the text as messages ahead of what has no caption."""
    if not reply.text.strip():
        return (_alone(reply).model_copy(update={"reply_to": reply.reply_to}),)
    return (*in_parts(reply, wellformed(reply.text), TEXT_LIMIT), _alone(reply))


def _with_caption(reply: Reply) -> tuple[Reply, ...]:
    if not reply.text.strip():
        return _with_last(reply)
    return _with_options(reply, _alone(reply))


def _fit_buttons(options: tuple[Row, ...]) -> bool:
    titles = {_title(option, BUTTON_TITLE_LIMIT) for option in options}
    return (
        len(options) <= BUTTONS_LIMIT and len(titles) == len(options) and _have_ids(options, BUTTON_ID_LIMIT)
    )


def _fit_rows(options: tuple[Row, ...]) -> bool:
    return len(options) <= ROWS_LIMIT and _have_ids(options, ROW_ID_LIMIT)


def _have_ids(options: tuple[Row, ...], limit: int) -> bool:
    # An id is never shortened, because it comes back as the payload.
    ids = {option.id for option in options if option.id.strip() and units(option.id) <= limit}
    return len(ids) == len(options)


def _title(option: Row, limit: int) -> str:
    return shorten(wellformed(option.title), limit) or shorten(wellformed(option.id), limit)


def _row(option: Row) -> Row:
    title = _title(option, ROW_TITLE_LIMIT)
    whole = " ".join(wellformed(option.title).split())
    # A shortened title is shown in full as the description, if there is none.
    description = wellformed(option.description or "").strip() or (whole if title != whole else "")
    return Row(
        id=wellformed(option.id),
        title=title,
        description=shorten(description, ROW_DESCRIPTION_LIMIT) or None,
    )


def _with_options(reply: Reply, options: Reply) -> tuple[Reply, ...]:
    text = wellformed(reply.text)
    if not text.strip():
        text = _NO_WORDS
    *ahead, last = in_parts(reply, text, TEXT_LIMIT)
    *_, body = split(last.text, BODY_LIMIT)
    before = last.text.rstrip().removesuffix(body.rstrip()).rstrip()
    if before:
        ahead.append(last.model_copy(update={"text": before}))
        last = Reply(text=body)
    return (*ahead, options.model_copy(update={"text": body, "reply_to": last.reply_to}))
