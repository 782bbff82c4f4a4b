"""Reads the content of a message of Meta's webhook, with one function for each type."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from session.content_parts import Card, Kind, Location, Media, OrderItem, Product
from session.contents import (
    Attachment,
    AttachmentKind,
    Contacts,
    Content,
    Edit,
    Form,
    Order,
    Place,
    Reaction,
    Revoke,
    System,
    Tap,
    Text,
    Unsupported,
    Welcome,
)
from worker.channels.reading import dump, list_at, number_at, object_at, text_at, word_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What one message says."""

    content: Content
    reply_to: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


def content_of(message: Mapping[str, Any]) -> Read:
    """Return the content of a cleaned message object; `Unsupported`, with all of it in `details`, if the type is unknown."""
    named = type_of(message)
    inner = message.get(named) if named else None
    if named == "request_welcome":
        return Read(content=Welcome(), details=inner if isinstance(inner, dict) else {})
    reader = _READERS.get(named) if named else None
    read = reader(inner) if reader and isinstance(inner, dict | list) else None
    if isinstance(read, Read):
        return read
    if read:
        return Read(content=_about_product(read, message))
    details = {"type": named} if named else {}
    return Read(
        content=_unsupported(message, named),
        details=details if inner is None else {**details, str(named): inner},
    )


def _about_product(content: Content, message: Mapping[str, Any]) -> Content:
    """Return a text as a question about the product that it refers to."""
    if not isinstance(content, Text) or "context" not in message:
        return content
    referred = object_at(object_at(message, "context"), "referred_product")
    product = word_at(referred, "product_retailer_id")
    if product is None:
        return content
    return Text(text=content.text, product=Product(id=product, catalog=word_at(referred, "catalog_id")))


def _unsupported(message: Mapping[str, Any], named: str | None) -> Unsupported:
    error = next((one for one in list_at(message, "errors") if isinstance(one, dict)), {})
    inner = object_at(message, "unsupported")
    return Unsupported(
        type=word_at(inner, "type") or named,
        code=word_at(error, "code"),
        reason=text_at(object_at(error, "error_data"), "details") or text_at(error, "title") or None,
    )


def type_of(message: Mapping[str, Any]) -> str | None:
    """Return a message's type. If it names none, as in older bodies, the only readable member is its type."""
    if "type" in message:
        return word_at(message, "type")
    readable = [name for name in message if name in _READERS]
    return readable[0] if len(readable) == 1 else None


def _of_object(
    read: Callable[[dict[str, Any]], Content | Read | None],
) -> Callable[[Any], Content | Read | None]:
    return lambda inner: read(inner) if isinstance(inner, dict) else None


def _text(text: dict[str, Any]) -> Text | None:
    body = text.get("body")
    return Text(text=body) if isinstance(body, str) else None


def _attachment(media: dict[str, Any], *, kind: AttachmentKind) -> Read:
    attached = Media(
        mime_type=text_at(media, "mime_type"),
        id=word_at(media, "id"),
        url=word_at(media, "url"),
        filename=word_at(media, "filename"),
        sha256=word_at(media, "sha256"),
    )
    known = {"mime_type", "id", "url", "filename", "sha256", "caption", "voice"}
    rest = {name: value for name, value in media.items() if name not in known}
    return Read(
        content=Attachment(kind=kind, text=text_at(media, "caption"), media=(attached,)), details=rest
    )


def _audio(audio: dict[str, Any]) -> Read:
    return _attachment(audio, kind=Kind.VOICE if audio.get("voice") is True else Kind.AUDIO)


def _location(place: dict[str, Any]) -> Place | None:
    latitude, longitude = number_at(place, "latitude"), number_at(place, "longitude")
    if latitude is None or longitude is None:
        return None
    name, address = text_at(place, "name"), text_at(place, "address")
    return Place(
        text="\n".join(filter(None, (name, address))),
        location=Location(latitude=latitude, longitude=longitude, name=name or None, address=address or None),
        url=text_at(place, "url") or None,
    )


def _contacts(cards: Any) -> Contacts | None:
    if not isinstance(cards, list):
        return None
    read = tuple(_card(card) for card in cards if isinstance(card, dict))
    return Contacts(text=", ".join(card.name for card in read if card.name), cards=read)


def _card(card: dict[str, Any]) -> Card:
    name = object_at(card, "name")
    phones = (one for one in list_at(card, "phones") if isinstance(one, dict))
    emails = (one for one in list_at(card, "emails") if isinstance(one, dict))
    return Card(
        name=text_at(name, "formatted_name"),
        phones=tuple(filter(None, (text_at(one, "phone") or text_at(one, "wa_id") for one in phones))),
        emails=tuple(filter(None, (text_at(one, "email") for one in emails))),
        organisation=text_at(object_at(card, "org"), "company") or None,
    )


def _button(button: dict[str, Any]) -> Tap:
    return Tap(kind=Kind.BUTTON, text=text_at(button, "text"), payload=word_at(button, "payload"))


def _interactive(interactive: dict[str, Any]) -> Content | None:
    """Read a tap, a choice or a form. Other types (calls, payments) answer what is never sent."""
    button = interactive.get("button_reply")
    if isinstance(button, dict):
        return Tap(kind=Kind.BUTTON, text=text_at(button, "title"), payload=word_at(button, "id"))
    row = interactive.get("list_reply")
    if isinstance(row, dict):
        return Tap(
            kind=Kind.CHOICE,
            text=text_at(row, "title"),
            payload=word_at(row, "id"),
            description=text_at(row, "description") or None,
        )
    form = interactive.get("nfm_reply")
    return _form(form) if isinstance(form, dict) else None


def _form(form: dict[str, Any]) -> Form:
    response = form.get("response_json")
    return Form(
        text=text_at(form, "body"),
        payload=response if isinstance(response, str) or response is None else dump(response),
        name=text_at(form, "name") or None,
    )


def _order(order: dict[str, Any]) -> Order:
    items = (one for one in list_at(order, "product_items") if isinstance(one, dict))
    return Order(
        text=text_at(order, "text"),
        catalog=word_at(order, "catalog_id"),
        items=tuple(map(_item, items)),
    )


def _item(item: dict[str, Any]) -> OrderItem:
    quantity = number_at(item, "quantity")
    return OrderItem(
        product=word_at(item, "product_retailer_id") or "",
        quantity=1 if quantity is None else quantity,
        price=number_at(item, "item_price"),
        currency=word_at(item, "currency"),
    )


def _reaction(reaction: dict[str, Any]) -> Read:
    """Read a reaction; its text is the emoji, empty if the customer removed it."""
    return Read(content=Reaction(text=text_at(reaction, "emoji")), reply_to=word_at(reaction, "message_id"))


def _system(system: dict[str, Any]) -> Read:
    content = System(text=text_at(system, "body"), change=text_at(system, "type") or None)
    return Read(content=content, details={"system": system})


def _edit(edit: dict[str, Any]) -> Read:
    """Read an edit: the new content, as an edit of the message that it replaces."""
    new = content_of(object_at(edit, "message"))
    said = None if isinstance(new.content, Reaction | Revoke | System | Edit) else new.content
    if isinstance(said, Attachment):
        # Nothing but the caption can be edited on WhatsApp, whatever id the file has now.
        said = said.model_copy(update={"media": ()})
    content = Edit(text=new.content.text, new=said)
    return Read(content=content, reply_to=word_at(edit, "original_message_id"), details=new.details)


def _revoke(revoke: dict[str, Any]) -> Read:
    return Read(content=Revoke(), reply_to=word_at(revoke, "original_message_id"))


_READERS: Mapping[str, Callable[[Any], Content | Read | None]] = {
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
