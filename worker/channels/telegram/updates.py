"""Reads one update of Telegram's webhook: a message, an edit, or a tap on a button. One body holds one update."""

from collections.abc import Callable
from functools import partial
from typing import Any

from session.channels.telegram import PROVIDER, TELEGRAM, message_id
from session.content_parts import Card, Kind, Location, Media
from session.contents import (
    Attachment,
    AttachmentKind,
    Contacts,
    Edit,
    Place,
    Tap,
    Text,
    Unsupported,
    Welcome,
)
from session.messages import Message, Route
from worker.channels.gathering import Found, Ignored, attempt
from worker.channels.reading import (
    Malformed,
    clean,
    instant_at,
    list_at,
    load,
    number_at,
    object_at,
    text_at,
    text_of,
    word_at,
)
from worker.channels.telegram.sending import BUTTON, CHOICE

#: Attachments, in the order in which they are looked for, each with its kind and the MIME type if none is named. Older
#: clients are told of a GIF as a document too.
_ATTACHMENTS: dict[str, tuple[AttachmentKind, str]] = {
    "animation": (Kind.VIDEO, "video/mp4"),
    "video": (Kind.VIDEO, "video/mp4"),
    "video_note": (Kind.VIDEO, "video/mp4"),
    "voice": (Kind.VOICE, "audio/ogg"),
    "audio": (Kind.AUDIO, "audio/mpeg"),
    "sticker": (Kind.STICKER, "image/webp"),
    "document": (Kind.DOCUMENT, "application/octet-stream"),
}

#: Members of a message that have a field of their own, or that say nothing about what the customer wrote.
_FIELDS = frozenset(
    {
        "caption", "chat", "contact", "date", "edit_date", "from", "location", "message_id", "photo", "reply_to_message",
        "text", "venue", *_ATTACHMENTS,
    }
)  # fmt: skip

#: What a customer sends by opening the chat for the first time, or again.
_START = "/start"
#: The usual command to a bot to stop writing; without the slash it is an opt-out.
_STOP = "/stop"


def read(body: bytes, *, received_at: int, sender: str) -> Found:
    """Return what a body holds; never raises. `sender` is the id of the bot, `received_at` is in ms since the epoch."""
    return attempt(partial(_update, body, received_at, sender), raw=partial(text_of, body))


def _update(body: bytes, received_at: int, sender: str) -> Found:
    update = load(body)
    if not isinstance(update, dict) or word_at(update, "update_id") is None:
        raise Malformed("not an update")
    cleaned = clean(update)
    number = str(cleaned.pop("update_id"))
    name = next((known for known in _READERS if known in cleaned), "")
    if not name:
        return Ignored(name=next(iter(cleaned), "empty"))
    if not isinstance(cleaned[name], dict):
        raise Malformed(f"{name} is not an object")
    return _READERS[name](cleaned[name], number, received_at, sender)


def _private_chat(message: dict[str, Any]) -> str | Ignored:
    """Return the id of a private chat, which is its customer's; other chats are ignored by the name of their type."""
    chat = object_at(message, "chat")
    kind = text_at(chat, "type")
    if kind != "private":
        return Ignored(name=f"in_{kind or 'no_chat'}")
    id_ = word_at(chat, "id")
    if id_ is None or not TELEGRAM.id.fullmatch(id_):
        raise Malformed("a private chat without an id")
    return id_


def _number(message: dict[str, Any]) -> str:
    number = word_at(message, "message_id")
    if number is None or not number.isdecimal():
        raise Malformed("a message without an id")
    return number


def _message(message: dict[str, Any], update: str, received_at: int, sender: str) -> Found:  # noqa: ARG001
    chat = _private_chat(message)
    if isinstance(chat, Ignored):
        return chat
    sent_at = instant_at(message, "date")
    quoted = word_at(object_at(message, "reply_to_message"), "message_id")
    return Message(
        id=message_id(chat, _number(message)),
        sent_at=received_at if sent_at is None else sent_at,
        reply_to=message_id(chat, quoted) if quoted else None,
        forwarded="once" if "forward_origin" in message else None,
        **_ends(chat, message, received_at, sender),
        **_content(message),
    )


def _edit(message: dict[str, Any], update: str, received_at: int, sender: str) -> Found:
    chat = _private_chat(message)
    if isinstance(chat, Ignored):
        return chat
    if "location" in message:
        return Ignored(name="live_location")
    number, sent_at = _number(message), instant_at(message, "edit_date")
    content = _content(message)
    new = content["content"]
    return Message(
        # Each edit is a message of its own: two of them may come within a second.
        id=message_id(chat, number, update),
        sent_at=received_at if sent_at is None else sent_at,
        reply_to=message_id(chat, number),
        **_ends(chat, message, received_at, sender),
        content=Edit(
            text=new.text, new=new if isinstance(new, Text | Attachment | Place | Contacts) else None
        ),
        details=content["details"],
    )


def _tap(query: dict[str, Any], update: str, received_at: int, sender: str) -> Found:  # noqa: ARG001
    message = object_at(query, "message")
    if not message:
        return Ignored(name="inline_callback")
    chat = _private_chat(message)
    if isinstance(chat, Ignored):
        return chat
    id_, data = word_at(query, "id"), text_at(query, "data")
    if id_ is None:
        raise Malformed("a tap without an id")
    return Message(
        id=message_id(chat, "tap", id_),
        content=Tap(
            kind=Kind.CHOICE if data.startswith(CHOICE) else Kind.BUTTON,
            text=_title(message, data) or data,
            payload=data.removeprefix(CHOICE if data.startswith(CHOICE) else BUTTON) or None,
        ),
        sent_at=received_at,
        reply_to=message_id(chat, _number(message)),
        details={"callback_query_id": id_},
        **_ends(chat, query, received_at, sender),
    )


def _title(message: dict[str, Any], data: str) -> str:
    """Return what was written on the tapped button; "" if the message is too old to say it."""
    rows = list_at(object_at(message, "reply_markup"), "inline_keyboard")
    buttons = (button for row in rows if isinstance(row, list) for button in row if isinstance(button, dict))
    return next((text_at(button, "text") for button in buttons if button.get("callback_data") == data), "")


def _ends(chat: str, item: dict[str, Any], received_at: int, sender: str) -> dict[str, Any]:
    """Return who wrote to whom."""
    author = object_at(item, "from")
    names = (text_at(author, "first_name"), text_at(author, "last_name"))
    return {
        "customer": f"{TELEGRAM.name}:{chat}",
        "route": Route(channel=PROVIDER.name, sender=sender, address=chat),
        "received_at": received_at,
        "name": " ".join(filter(None, names)) or text_at(author, "username") or None,
    }


def _content(message: dict[str, Any]) -> dict[str, Any]:
    """Return what a message says, and the rest of it."""
    rest = {name: value for name, value in message.items() if name not in _FIELDS}
    text, caption = text_at(message, "text"), text_at(message, "caption")
    if text == _START or text.startswith(f"{_START} "):
        # As the word alone it takes back an opt-out.
        payload = text.removeprefix(_START).strip() or None
        return {"content": Welcome(text=_START[1:], payload=payload), "details": rest}
    if text:
        return {"content": Text(text=_STOP[1:] if text.strip() == _STOP else text), "details": rest}
    if photo := _photo(message):
        return {"content": Attachment(kind=Kind.IMAGE, text=caption, media=(photo,)), "details": rest}
    for name, (kind, mime_type) in _ATTACHMENTS.items():
        if attached := object_at(message, name):
            media = Media(
                mime_type=text_at(attached, "mime_type") or mime_type,
                id=word_at(attached, "file_id"),
                filename=word_at(attached, "file_name"),
            )
            return {"content": Attachment(kind=kind, text=caption, media=(media,)), "details": rest}
    return _place(message, rest) or _contact(message, rest) or {"content": Unsupported(), "details": rest}


def _photo(message: dict[str, Any]) -> Media | None:
    """Return the largest size of a photo, which is the last one."""
    sizes = [size for size in list_at(message, "photo") if isinstance(size, dict)]
    return Media(mime_type="image/jpeg", id=word_at(sizes[-1], "file_id")) if sizes else None


def _place(message: dict[str, Any], rest: dict[str, Any]) -> dict[str, Any] | None:
    venue = object_at(message, "venue")
    place = object_at(venue, "location") or object_at(message, "location")
    latitude, longitude = number_at(place, "latitude"), number_at(place, "longitude")
    if latitude is None or longitude is None:
        return None
    name, address = text_at(venue, "title"), text_at(venue, "address")
    location = Location(latitude=latitude, longitude=longitude, name=name or None, address=address or None)
    text = "\n".join(filter(None, (name, address)))
    return {"content": Place(text=text, location=location), "details": rest}


def _contact(message: dict[str, Any], rest: dict[str, Any]) -> dict[str, Any] | None:
    contact = object_at(message, "contact")
    if not contact:
        return None
    name = " ".join(filter(None, (text_at(contact, "first_name"), text_at(contact, "last_name"))))
    phone = text_at(contact, "phone_number")
    card = Card(name=name, phones=(phone,) if phone else ())
    return {"content": Contacts(text=name, cards=(card,)), "details": rest}


_READERS: dict[str, Callable[[dict[str, Any], str, int, str], Found]] = {
    "message": _message,
    "edited_message": _edit,
    "callback_query": _tap,
}
