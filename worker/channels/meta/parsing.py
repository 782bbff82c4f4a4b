"""Reads Meta's webhook envelope: every entry, change, message and status."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from session.authors import Contacts, standby_value
from session.channels.meta import OBJECT
from worker.channels.gathering import TEST, Found, Ignored, attempt, attempt_all
from worker.channels.meta.accounts import account_news, value_error
from worker.channels.meta.messages import Envelope, echo_from, message_from
from worker.channels.meta.reports import (
    handover_from,
    overheard,
    overheard_echo,
    past_from,
    past_medium,
    preference_from,
)
from worker.channels.meta.statuses import status_from
from worker.channels.meta.templates import FIELDS, change_from
from worker.channels.outcomes import Broken
from worker.channels.reading import (
    Malformed,
    clean,
    dump,
    instant_at,
    list_at,
    load,
    object_at,
    text_of,
    word_at,
)

#: The account id in the invented bodies that the "Test" buttons of Meta's dashboard send; no account has it.
_SAMPLE = "0"

#: The field of a change with messages and statuses.
_MESSAGES = "messages"
_STANDBY = "standby"
#: The fields of a change that are read, each with the lists in it.
_READ = {
    _MESSAGES: ("messages", "statuses", "errors"),
    "smb_message_echoes": ("message_echoes",),
    _STANDBY: ("messages", "statuses", "message_echoes"),
    "user_preferences": ("user_preferences",),
    "history": ("history", "messages"),
}
#: A field whose value is one thing.
_HANDOVERS = "messaging_handovers"


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
        account = word_at(entry, "id") or ""
        if account == _SAMPLE:
            yield Ignored(name=TEST)
            continue
        for change in changes:
            account, at = word_at(entry, "id") or "", instant_at(entry, "time") or 0
            if (found := _template_change(change, account, at, body)) is not None:
                yield found
                continue
            yield from _change(change, body=body, received_at=received_at, sender=sender, account=account)


def _change(change: Any, *, body: bytes, received_at: int, sender: str, account: str) -> Iterator[Found]:
    field = change.get("field", _MESSAGES) if isinstance(change, dict) else None
    if not isinstance(field, str):
        yield Broken(why="a change without a field", raw=dump(change, otherwise=body))
        return
    value = change.get("value")
    if field == _HANDOVERS and isinstance(value, dict):
        envelope = _envelope(value, received_at=received_at, sender=sender)
        yield from attempt_all(
            partial(_item, value, partial(handover_from, envelope=envelope)),
            raw=partial(dump, change, otherwise=body),
        )
        return
    if field not in _READ:
        yield attempt(partial(_news, field, value, account), raw=partial(dump, change, otherwise=body))
        return
    if not isinstance(value, dict):
        yield Broken(why="a change without a value", raw=dump(change, otherwise=body))
        return
    if field == _STANDBY:
        value = standby_value(value)
    yield from _value(field, value, body=body, received_at=received_at, sender=sender, account=account)


def _template_change(change: Any, account: str, at: int, body: bytes) -> Found | None:
    """Return what a change says about a message template; None for any other change."""
    field, value = (change.get("field"), change.get("value")) if isinstance(change, dict) else (None, None)
    if not isinstance(field, str) or field not in FIELDS or not isinstance(value, dict):
        return None

    def found() -> Found:
        read = change_from(field, clean(value), account=account, at=at)
        return read or Ignored(name=field)

    return attempt(found, raw=partial(dump, change, otherwise=body))


def _news(field: str, value: Any, account: str) -> Found:
    found = account_news(field, clean(value), account=account) if isinstance(value, dict) else None
    return found or Ignored(name=field)


def _value(
    field: str, value: dict[str, Any], *, body: bytes, received_at: int, sender: str, account: str
) -> Iterator[Found]:
    parts = {name: value[name] for name in _READ[field] if value.get(name) is not None}
    if not parts:
        yield Ignored(name="empty")
    envelope = _envelope(value, received_at=received_at, sender=sender)
    readers: dict[str, Callable[[dict[str, Any]], Found | Iterator[Found]]] = {
        "messages": partial(message_from, envelope=envelope),
        "statuses": partial(status_from, sender=envelope.sender),
        "message_echoes": partial(echo_from, envelope=envelope),
        "errors": partial(value_error, sender=envelope.sender, account=account),
        "user_preferences": partial(preference_from, envelope=envelope),
        "history": partial(past_from, envelope=envelope),
    }
    if field == _STANDBY:
        readers["messages"] = partial(overheard, envelope=envelope)
        readers["message_echoes"] = partial(overheard_echo, envelope=envelope)
    elif field == "history":
        number = word_at(object_at(value, "metadata"), "display_phone_number")
        readers["messages"] = partial(past_medium, envelope=envelope, number=number)
    for name, items in parts.items():
        if not isinstance(items, list):
            yield Broken(why=f"{name} is no list", raw=dump(items, otherwise=body))
            continue
        for item in items:
            yield from attempt_all(
                partial(_item, item, readers[name]), raw=partial(dump, item, otherwise=body)
            )


def _item(item: Any, reader: Callable[[dict[str, Any]], Found | Iterator[Found]]) -> Iterator[Found]:
    if not isinstance(item, dict):
        raise Malformed("not an object")
    found = reader(clean(item))
    if isinstance(found, Iterator):
        yield from found
    else:
        yield found


def _envelope(value: dict[str, Any], *, received_at: int, sender: str) -> Envelope:
    messages = [message for message in list_at(value, "messages") if isinstance(message, dict)]
    return Envelope(
        sender=word_at(object_at(value, "metadata"), "phone_number_id") or sender,
        contacts=Contacts.among(list(_contacts(value)), messages),
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
