"""Reads the content of a message of Meta's webhook, with one function for each type."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from session.messages import Kind, Location, Media
from worker.channels.reading import dump, number_at, object_at, text_at, word_at


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageContent:
    """The part of a `Message` that depends on its type."""

    kind: Kind
    text: str = ""
    reply_to: str | None = None
    payload: str | None = None
    media: tuple[Media, ...] = ()
    location: Location | None = None
    details: dict[str, Any] = field(default_factory=dict)


def content_of(message: Mapping[str, Any]) -> MessageContent:
    """Return the content of a cleaned message object; `UNSUPPORTED`, with all of it, if the type is unknown."""
    named = type_of(message)
    inner = message.get(named) if named else None
    if named == "request_welcome":
        return MessageContent(kind=Kind.WELCOME, details=inner if isinstance(inner, dict) else {})
    reader = _READERS.get(named) if named else None
    content = reader(inner) if reader and isinstance(inner, dict | list) else None
    if content:
        return content
    details = {"type": named} if named else {}
    return MessageContent(
        kind=Kind.UNSUPPORTED, details=details if inner is None else {**details, str(named): inner}
    )


def type_of(message: Mapping[str, Any]) -> str | None:
    """Return a message's type. If it names none, as in older bodies, the only readable member is its type."""
    if "type" in message:
        return word_at(message, "type")
    readable = [name for name in message if name in _READERS]
    return readable[0] if len(readable) == 1 else None


def _of_object(
    read: Callable[[dict[str, Any]], MessageContent | None],
) -> Callable[[Any], MessageContent | None]:
    return lambda inner: read(inner) if isinstance(inner, dict) else None


def _text(text: dict[str, Any]) -> MessageContent | None:
    body = text.get("body")
    return MessageContent(kind=Kind.TEXT, text=body) if isinstance(body, str) else None


def _attachment(media: dict[str, Any], *, kind: Kind) -> MessageContent:
    attached = Media(
        mime_type=text_at(media, "mime_type"),
        id=word_at(media, "id"),
        url=word_at(media, "url"),
        filename=word_at(media, "filename"),
        sha256=word_at(media, "sha256"),
    )
    known = {"mime_type", "id", "url", "filename", "sha256", "caption", "voice"}
    rest = {name: value for name, value in media.items() if name not in known}
    return MessageContent(kind=kind, text=text_at(media, "caption"), media=(attached,), details=rest)


def _audio(audio: dict[str, Any]) -> MessageContent:
    return _attachment(audio, kind=Kind.VOICE if audio.get("voice") is True else Kind.AUDIO)


def _location(place: dict[str, Any]) -> MessageContent | None:
    latitude, longitude = number_at(place, "latitude"), number_at(place, "longitude")
    if latitude is None or longitude is None:
        return None
    name, address = text_at(place, "name"), text_at(place, "address")
    return MessageContent(
        kind=Kind.LOCATION,
        text="\n".join(filter(None, (name, address))),
        location=Location(latitude=latitude, longitude=longitude, name=name or None, address=address or None),
        details={"url": place["url"]} if text_at(place, "url") else {},
    )


def _contacts(cards: Any) -> MessageContent | None:
    if not isinstance(cards, list):
        return None
    names = (object_at(card, "name") for card in cards if isinstance(card, dict))
    text = ", ".join(filter(None, (text_at(name, "formatted_name") for name in names)))
    return MessageContent(kind=Kind.CONTACTS, text=text, details={"contacts": cards})


def _button(button: dict[str, Any]) -> MessageContent:
    return MessageContent(kind=Kind.BUTTON, text=text_at(button, "text"), payload=word_at(button, "payload"))


def _interactive(interactive: dict[str, Any]) -> MessageContent | None:
    """Read a tap, a choice or a form. Other types (calls, payments) answer what is never sent."""
    button = interactive.get("button_reply")
    if isinstance(button, dict):
        return MessageContent(kind=Kind.BUTTON, text=text_at(button, "title"), payload=word_at(button, "id"))
    row = interactive.get("list_reply")
    if isinstance(row, dict):
        description = text_at(row, "description")
        return MessageContent(
            kind=Kind.CHOICE,
            text=text_at(row, "title"),
            payload=word_at(row, "id"),
            details={"description": description} if description else {},
        )
    form = interactive.get("nfm_reply")
    return _form(form) if isinstance(form, dict) else None


def _form(form: dict[str, Any]) -> MessageContent:
    response = form.get("response_json")
    return MessageContent(
        kind=Kind.FORM,
        text=text_at(form, "body"),
        payload=response if isinstance(response, str) or response is None else dump(response),
        details={"name": form["name"]} if text_at(form, "name") else {},
    )


def _order(order: dict[str, Any]) -> MessageContent:
    rest = {name: value for name, value in order.items() if name != "text"}
    return MessageContent(kind=Kind.ORDER, text=text_at(order, "text"), details=rest)


def _reaction(reaction: dict[str, Any]) -> MessageContent:
    """Read a reaction; its text is the emoji, empty if the customer removed it."""
    return MessageContent(
        kind=Kind.REACTION, text=text_at(reaction, "emoji"), reply_to=word_at(reaction, "message_id")
    )


def _system(system: dict[str, Any]) -> MessageContent:
    return MessageContent(kind=Kind.SYSTEM, text=text_at(system, "body"), details={"system": system})


def _edit(edit: dict[str, Any]) -> MessageContent:
    """Read an edit: the new content, as an edit of the message that it replaces."""
    message = object_at(edit, "message")
    named = type_of(message)
    new = content_of(message)
    details = {**new.details, "type": named} if named else new.details
    return replace(new, kind=Kind.EDIT, reply_to=word_at(edit, "original_message_id"), details=details)


def _revoke(revoke: dict[str, Any]) -> MessageContent:
    return MessageContent(kind=Kind.REVOKE, reply_to=word_at(revoke, "original_message_id"))


_READERS: Mapping[str, Callable[[Any], MessageContent | None]] = {
    "text": _of_object(_text),
    "image": _of_object(partial(_attachment, kind=Kind.IMAGE)),
    "video": _of_object(partial(_attachment, kind=Kind.VIDEO)),
    "document": _of_object(partial(_attachment, kind=Kind.DOCUMENT)),
    "audio": _of_object(_audio),
    "voice": _of_object(partial(_attachment, kind=Kind.VOICE)),  # before 2023
    "sticker": _of_object(partial(_attachment, kind=Kind.STICKER)),
    "location": _of_object(_location),
    "contacts": _contacts,
    "button": _of_object(_button),
    "interactive": _of_object(_interactive),
    "order": _of_object(_order),
    "reaction": _of_object(_reaction),
    "system": _of_object(_system),
    "edit": _of_object(_edit),
    "revoke": _of_object(_revoke),
}
