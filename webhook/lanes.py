"""Finds whose a signed JSON body is, so that the bodies of different customers are read by different shards. Pure.

What concerns one customer must be read in the order of arrival, so it must come to the same shard, whatever else is in
its body: a body of Meta's for customers of several shards is divided. What names no customer (a warning about an account,
a status of another program's message, an unreadable part) stays with the first of them.

Customers are found as `worker/channels` finds them, by `session.authors`; `tests/webhook/test_lanes.py` compares.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from session.authors import (
    Contacts,
    concern,
    customer_in,
    names_of_recipient,
    names_of_report,
    standby_value,
    word_at,
)
from session.channels.meta import OBJECT
from session.channels.meta import PROVIDER as META
from session.channels.telegram import PROVIDER as TELEGRAM
from session.conversations import conversation_from, conversation_of, customer_of
from session.identities import Names

#: The lists whose items concern a customer, by the field of their change.
_LISTS = {
    "messages": ("messages", "statuses"),
    "smb_message_echoes": ("message_echoes",),
    "standby": ("messages", "statuses", "message_echoes"),
    "user_preferences": ("user_preferences",),
}
#: The field whose value concerns one customer; what was written before (`history`) stays with the first shard.
_HANDOVERS = "messaging_handovers"
_UPDATES = ("message", "edited_message", "callback_query")


class Part(NamedTuple):
    """A body, or what is in it for the customers of one shard."""

    ordering_key: str
    body: bytes


def meta_parts(body: bytes, shard_of: Callable[[str], int]) -> Sequence[Part]:
    """Return a body of Meta's as it is, or divided, if it is for customers of several shards."""
    envelope = _flat(_object(_loaded(body)))
    if envelope.get("object") != OBJECT:
        return (Part(META.name, body),)
    keys: dict[int, str] = {}
    for entry in _list(envelope, "entry"):
        for change in _list(entry, "changes"):
            if key := _handed_over(change):
                keys.setdefault(shard_of(key), key)
            for items in _with_keys(change).values():
                for _, key in items:
                    if key:
                        keys.setdefault(shard_of(key), key)
    if len(keys) <= 1:
        return (Part(next(iter(keys.values()), META.name), body),)
    first = next(iter(keys))
    return [
        Part(key, json.dumps(_part(envelope, shard, shard_of, rest=shard == first)).encode())
        for shard, key in keys.items()
    ]


def _flat(envelope: dict[str, Any]) -> dict[str, Any]:
    """Return an envelope in which no change nests its value once more, as those of `standby` may."""
    for entry in _list(envelope, "entry"):
        for change in _list(entry, "changes"):
            value = _object(change).get("value")
            if _object(change).get("field") == "standby" and isinstance(value, dict) and "standby" in value:
                change["value"] = standby_value(value)
    return envelope


def telegram_key(body: bytes) -> str:
    """Return the ordering key of an update of Telegram's: its chat, which is that of one customer."""
    update = _object(_loaded(body))
    name = next((name for name in _UPDATES if update.get(name) is not None), "")
    item = _object(update.get(name))
    message = _object(item.get("message")) if name == "callback_query" else item
    chat = word_at(_object(message.get("chat")), "id")
    return conversation_of(f"{TELEGRAM.namespace.name}:{chat}") if chat else TELEGRAM.name


def _part(
    envelope: dict[str, Any], shard: int, shard_of: Callable[[str], int], *, rest: bool
) -> dict[str, Any]:
    """Return the envelope with the items of one shard; with `rest`, also with what concerns nobody."""
    entries = []
    for entry in envelope["entry"]:
        if not _list(entry, "changes"):
            entries += [entry] if rest else []
            continue
        changes = []
        for change in entry["changes"]:
            if key := _handed_over(change):
                changes += [change] if shard_of(key) == shard else []
                continue
            value = _object(_object(change).get("value"))
            kept = {
                name: [item for item, key in items if (shard_of(key) == shard if key else rest)]
                for name, items in _with_keys(change).items()
            }
            if any(kept.values()):
                own = value if rest else {"metadata": value.get("metadata")}
                changes.append({**change, "value": {**own, **kept, "contacts": _contacts_of(value, kept)}})
            elif rest:
                changes.append({**change, "value": {**value, **kept}} if kept else change)
        if changes:
            entries.append({**entry, "changes": changes})
    return {**envelope, "entry": entries}


def _contacts_of(value: dict[str, Any], kept: dict[str, list[Any]]) -> list[Any]:
    """Return the contacts for the messages that are kept. The only contact would be taken for that of the only author."""
    contacts, messages = _list(value, "contacts"), kept.get("messages", [])
    if _objects(messages) == _objects(_list(value, "messages")):
        return contacts
    return [one for one in contacts if concern(_object(one), _objects(messages))]


def _with_keys(change: Any) -> dict[str, list[tuple[Any, str | None]]]:
    """Return the items that concern a customer, by the name of their list, each with its ordering key if it names one."""
    field = _object(change).get("field", "messages")
    lists = _LISTS.get(field, ()) if isinstance(field, str) else ()
    value = _object(_object(change).get("value"))
    contacts = Contacts.among(_objects(_list(value, "contacts")), _objects(_list(value, "messages")))
    return {
        name: [(item, _key(name, _object(item), contacts)) for item in items]
        for name in lists
        if (items := _list(value, name))
    }


def _key(name: str, item: dict[str, Any], contacts: Contacts) -> str | None:
    if name == "statuses":
        echoed = item.get("biz_opaque_callback_data")
        told = conversation_from(echoed.partition(" ")[0]) if isinstance(echoed, str) else None
        return conversation_of(customer_of(told)) if told else None
    if name == "user_preferences":
        return _of_names(names_of_report(item))
    if name == "message_echoes":
        return _of_names(names_of_recipient(item))
    customer = customer_in(item, contacts)
    return conversation_of(customer) if customer else None


def _handed_over(change: Any) -> str | None:
    """Return the ordering key of a change of who has a conversation; None for every other change."""
    if _object(change).get("field") != _HANDOVERS:
        return None
    return _of_names(names_of_report(_object(_object(_object(change).get("value")).get("sender"))))


def _of_names(names: Names | None) -> str | None:
    return conversation_of(names.customer) if names else None


def _loaded(body: bytes) -> Any:
    """Return the JSON value, in linear time; None if it cannot be read, or contains a number of thousands of digits."""
    try:
        return json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(items: Sequence[Any]) -> list[dict[str, Any]]:
    return [one for one in items if isinstance(one, dict)]


def _list(holder: Any, name: str) -> list[Any]:
    value = _object(holder).get(name)
    return value if isinstance(value, list) else []
