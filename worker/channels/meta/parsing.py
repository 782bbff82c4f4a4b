"""Reads Meta's webhook envelope: every entry, change, message and status."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from session.channels.meta import OBJECT
from worker.channels.gathering import TEST, Found, Ignored, attempt
from worker.channels.meta.accounts import account_news, value_error
from worker.channels.meta.messages import Envelope, echo_from, message_from
from worker.channels.meta.statuses import status_from
from worker.channels.outcomes import Broken
from worker.channels.reading import Malformed, clean, dump, list_at, load, object_at, text_of, word_at

#: The account id in the invented bodies that the "Test" buttons of Meta's dashboard send; no account has it.
_SAMPLE = "0"

#: The field of a change with messages and statuses.
_MESSAGES = "messages"
#: The fields of a change that are read, each with the lists in it.
_READ = {_MESSAGES: ("messages", "statuses", "errors"), "smb_message_echoes": ("message_echoes",)}


def read(body: bytes, *, received_at: int, sender: str) -> Iterator[Found]:
    """Yield the contents of a body, in order; never raises.

    `sender` is used for messages whose change names no phone_number_id. A part that cannot be read is yielded as `Broken` with
    its own JSON; a body without the envelope as one `Broken` with all of it, undecodable bytes as surrogate escapes.
    """
    try:
        envelope = load(body)
    except Malformed as error:
        yield Broken(why=str(error), raw=text_of(body))
        return
    if (
        not isinstance(envelope, dict)
        or envelope.get("object") != OBJECT
        or not isinstance(envelope.get("entry"), list)
    ):
        yield Broken(why="not a WhatsApp envelope", raw=text_of(body))
        return
    for entry in envelope["entry"]:
        changes = entry.get("changes") if isinstance(entry, dict) else None
        if not isinstance(changes, list):
            yield Broken(why="an entry without changes", raw=dump(entry, otherwise=body))
            continue
        if word_at(entry, "id") == _SAMPLE:
            yield Ignored(name=TEST)
            continue
        for change in changes:
            account = word_at(entry, "id") or ""
            yield from _change(change, body=body, received_at=received_at, sender=sender, account=account)


def _change(change: Any, *, body: bytes, received_at: int, sender: str, account: str) -> Iterator[Found]:
    field = change.get("field", _MESSAGES) if isinstance(change, dict) else None
    if not isinstance(field, str):
        yield Broken(why="a change without a field", raw=dump(change, otherwise=body))
        return
    value = change.get("value")
    if field not in _READ:
        yield attempt(partial(_news, field, value, account), raw=partial(dump, change, otherwise=body))
        return
    if not isinstance(value, dict):
        yield Broken(why="a change without a value", raw=dump(change, otherwise=body))
        return
    yield from _value(value, _READ[field], body=body, received_at=received_at, sender=sender, account=account)


def _news(field: str, value: Any, account: str) -> Found:
    found = account_news(field, clean(value), account=account) if isinstance(value, dict) else None
    return found or Ignored(name=field)


def _value(
    value: dict[str, Any], names: tuple[str, ...], *, body: bytes, received_at: int, sender: str, account: str
) -> Iterator[Found]:
    parts = {name: value[name] for name in names if value.get(name) is not None}
    if not parts:
        yield Ignored(name="empty")
    envelope = _envelope(value, received_at=received_at, sender=sender)
    readers: dict[str, Callable[[dict[str, Any]], Found]] = {
        "messages": partial(message_from, envelope=envelope),
        "statuses": status_from,
        "message_echoes": partial(echo_from, envelope=envelope),
        "errors": partial(value_error, sender=envelope.sender, account=account),
    }
    for name, items in parts.items():
        if not isinstance(items, list):
            yield Broken(why=f"{name} is no list", raw=dump(items, otherwise=body))
            continue
        for item in items:
            yield attempt(partial(_item, item, readers[name]), raw=partial(dump, item, otherwise=body))


def _item(item: Any, reader: Callable[[dict[str, Any]], Found]) -> Found:
    if not isinstance(item, dict):
        raise Malformed("not an object")
    return reader(clean(item))


def _envelope(value: dict[str, Any], *, received_at: int, sender: str) -> Envelope:
    contacts = list(_contacts(value))
    authors = {
        word_at(message, "from") or word_at(message, "from_user_id")
        for message in list_at(value, "messages")
        if isinstance(message, dict)
    }
    names = ((word_at(contact, name), contact) for name in ("user_id", "wa_id") for contact in contacts)
    return Envelope(
        sender=word_at(object_at(value, "metadata"), "phone_number_id") or sender,
        contacts={name: contact for name, contact in names if name},
        # `from` and `wa_id` of the same customer differ for some Brazilian and Mexican numbers.
        sole_contact=contacts[0] if len(contacts) == len(authors) == 1 else {},
        received_at=received_at,
    )


def _contacts(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for contact in list_at(value, "contacts"):
        try:
            cleaned = clean(contact)
        except Malformed:
            continue
        if isinstance(cleaned, dict):
            yield cleaned
