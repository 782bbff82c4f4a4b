"""Messages of a customer: a text, a tap, a place, a photo."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from session.messages import Kind, Location, Media, Message, Route
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
    return Message(text=text, kind=kind, customer=customer, **fields)


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


def photo(caption: str = "", *, url: str = "https://media.example/photo.jpg") -> Message:
    """Return a photo."""
    return message(caption, kind=Kind.IMAGE, media=(Media(mime_type="image/jpeg", url=url),))


def messages_of(said: Sequence[str | Message], customer: str, *, before: int = 0) -> list[Message]:
    """Return texts and messages as messages; ids of texts continue after `before`."""
    return [
        one if isinstance(one, Message) else message(one, customer=customer, id=f"wamid.{before + n}")
        for n, one in enumerate(said, start=1)
    ]
