"""Messages of a customer: a text, a tap, a place, a photo, a form and so on."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from session.content_parts import Card, Kind, Location, Media, OrderItem
from session.contents import Attachment, Contacts, Form, Order, Timer
from session.first_format import with_content
from session.messages import Message, Referral, Route
from session.records import to_ms

#: The default time.
NOW = datetime(2100, 1, 1, 12, tzinfo=UTC)
CUSTOMER = "+201001234567"
ROUTE = Route(channel="meta", sender="106540352242922", address="201001234567")


def message(text: str = "", *, kind: Kind = Kind.TEXT, customer: str = CUSTOMER, **fields: Any) -> Message:
    """Return a message of a customer; `fields` are those of `session.Message`."""
    fields = {
        "id": "wamid.1",
        "route": ROUTE.model_copy(update={"address": customer.removeprefix("+")}),
        "sent_at": to_ms(NOW),
        "received_at": to_ms(NOW),
    } | fields
    if "content" not in fields:
        fields = with_content({"text": text, "kind": kind} | fields)
    return Message(customer=customer, **fields)


def tap(id: str, title: str = "") -> Message:  # noqa: A002  (a button's own word)
    """Return the tap on a button."""
    return message(title, kind=Kind.BUTTON, payload=id)


def choice(id: str, title: str = "", description: str = "") -> Message:  # noqa: A002  (a row's own word)
    """Return the choice of a row of a menu."""
    details = {"description": description} if description else {}
    return message(title, kind=Kind.CHOICE, payload=id, details=details)


def place(latitude: float, longitude: float, name: str | None = None) -> Message:
    """Return a place that a customer shares."""
    where = Location(latitude=latitude, longitude=longitude, name=name)
    return message(name or "", kind=Kind.LOCATION, location=where)


def photo(
    caption: str = "", *, url: str = "https://media.example/photo.jpg", stored: str | None = None
) -> Message:
    """Return a photo; `stored` is its name in the `files` of the turn."""
    return message(caption, kind=Kind.IMAGE, media=(Media(mime_type="image/jpeg", url=url, stored=stored),))


def voice(words: str | None = None, *, stored: str | None = None) -> Message:
    """Return a voice note; `words` are what a transcriber has heard in it, `stored` is its name in the `files` of the turn."""
    media = Media(mime_type="audio/ogg", words=words, stored=stored)
    return message(content=Attachment(kind=Kind.VOICE, media=(media,)))


def document(
    name: str, caption: str = "", *, mime_type: str = "application/pdf", stored: str | None = None
) -> Message:
    """Return a document by the name of its file; `stored` is its name in the `files` of the turn."""
    media = Media(mime_type=mime_type, filename=name, stored=stored)
    return message(content=Attachment(kind=Kind.DOCUMENT, text=caption, media=(media,)))


def form(**answers: Any) -> Message:
    """Return a completed form; the answers are values of JSON."""
    return message(content=Form(text="Sent", name="flow", payload=json.dumps(answers)))


def order(*products: str | OrderItem, note: str = "") -> Message:
    """Return a cart of products, by their ids or with quantity and price."""
    items = (one if isinstance(one, OrderItem) else OrderItem(product=one) for one in products)
    return message(content=Order(text=note, items=tuple(items)))


def card(name: str, *phones: str, emails: Sequence[str] = ()) -> Message:
    """Return the card of a contact."""
    return message(content=Contacts(text=name, cards=(Card(name=name, phones=phones, emails=tuple(emails)),)))


def timer(name: str, text: str = "", *, payload: Any = None) -> Message:
    """Return what the assistant gets when a timer has rung; it is alone in its turn. The payload is a value of JSON."""
    return _planned(Kind.TIMER, name, text, payload)


def decision(
    name: str, text: str = "", *, data: Any = None, approved: bool = True, by: str = "mona", note: str = ""
) -> Message:
    """Return what the assistant gets when an approval is decided; it is alone in its turn. The data are a value of JSON."""
    return _planned(Kind.APPROVAL, name, text, data, approved=approved, by=by, note=note)


def _planned(
    kind: Literal[Kind.TIMER, Kind.APPROVAL], name: str, text: str, payload: Any, **decided: Any
) -> Message:
    data = "" if payload is None else json.dumps(payload)
    # Nothing has set it before.
    content = Timer(kind=kind, name=name, text=text, at=to_ms(NOW), data=data, by_hand=True, **decided)
    return message(id=f"timer:{name}", content=content)


def from_ad(
    headline: str, said: str | Message = "Can I get more info on this?", *, body: str = ""
) -> Message:
    """Return a message of a customer whom an ad has brought."""
    referral = Referral(
        headline=headline, body=body or None, source_type="ad", source_id="120200000000000001"
    )
    return _message(said).model_copy(update={"referral": referral})


def quote(of: str, said: str | Message) -> Message:
    """Return a message that quotes another by its id: one of `Answer.ids`, or the id of an earlier message."""
    return _message(said).model_copy(update={"reply_to": of})


def _message(said: str | Message) -> Message:
    return said if isinstance(said, Message) else message(said)


def messages_of(said: Sequence[str | Message], customer: str, *, before: int = 0) -> list[Message]:
    """Return texts and messages as messages; ids of texts continue after `before`."""
    return [
        one if isinstance(one, Message) else message(one, customer=customer, id=f"wamid.{before + n}")
        for n, one in enumerate(said, start=1)
    ]
