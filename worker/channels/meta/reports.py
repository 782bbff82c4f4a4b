"""Reads what Meta reports about conversations besides messages: who has one, what was written before, what a customer wishes.

The shapes are those of Meta's webhook reference: `messaging_handovers` and `standby` (Conversation Routing, August 2026),
`user_preferences`, and `history` (the business app's phone stays in use: "coexistence").
"""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from session.agent_actions import APP, PHONE, AgentAction, AgentActionType
from session.authors import names_of_report
from session.contents import Content, Text
from session.history import HistoryEntry, Role
from session.history import entry as history_entry
from session.identities import Names, names_in
from session.marketing import Marketing
from session.messages import SILENT, Message, Route
from session.records import from_ms
from session.reported_actions import MEDIUM
from worker.channels.capping import LONGEST_ID, capped_content
from worker.channels.gathering import NOT_SHARED, Ignored
from worker.channels.meta.contents import content_of
from worker.channels.meta.messages import Envelope, echo_from, message_from, route_of
from worker.channels.outcomes import Echo
from worker.channels.reading import Malformed, instant_at, list_at, object_at, text_at, word_at

#: The newest messages of a thread that are taken over from one body; a session keeps fewer.
_MOST_PAST = 50
#: The type of a past message whose attachment is described by a later body.
_PLACEHOLDER = "media_placeholder"
#: Why there is no history: the business does not share it (Meta's code).
_DECLINED = "2593109"
_WISHES = ("stop", "resume")


def preference_from(item: dict[str, Any], *, envelope: Envelope) -> Echo | Ignored:
    """Return what a customer wishes about marketing messages as an action. Raises `Malformed` if it names no customer."""
    wish, category = text_at(item, "value"), text_at(item, "category")
    if category != "marketing_messages" or wish not in _WISHES:
        return Ignored(name=f"user_preference_{category}")
    names = _named(names_of_report(item))
    at = instant_at(item, "timestamp") or envelope.received_at
    return _action(
        AgentActionType.PREFERENCE,
        f"{AgentActionType.PREFERENCE}:{wish}:{at}",
        names,
        envelope,
        marketing=Marketing(wish="stop" if wish == "stop" else "resume", at=at),
    )


def handover_from(value: dict[str, Any], *, envelope: Envelope) -> Echo | Ignored:
    """Return the change of who has a conversation as an action. Raises `Malformed` if it names no customer.

    `control_taken` goes to the app that had it, `control_passed` to the one that has it now.
    """
    told = [one for one in ("control_taken", "control_passed") if isinstance(value.get(one), Mapping)]
    kind = text_at(value, "type") or next(iter(told), "")
    if kind not in ("control_taken", "control_passed"):
        return Ignored(name=f"handover_{kind or 'unnamed'}")
    names = _named(names_of_report(object_at(value, "sender")))
    at = instant_at(value, "timestamp") or envelope.received_at
    # Times are whole seconds: of several changes in one, those that say something else are others.
    said = sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]
    return _action(AgentActionType(kind), f"{kind}:{at}:{said}", names, envelope, agent=APP)


def overheard(found: dict[str, Any], *, envelope: Envelope) -> Iterator[Message | Echo]:
    """Yield a message that another app answers, and that it does: the assistant has to be silent at once."""
    message = message_from(found, envelope=envelope)
    names = Names(message.customer, message.also, message.customer)
    yield message.model_copy(update={"standby": True})
    if message.group is None:
        taken = AgentActionType.CONTROL_TAKEN
        yield _action(taken, f"{taken}:{message.id}", names, envelope, agent=APP, route=message.route)


def overheard_echo(echo: dict[str, Any], *, envelope: Envelope) -> Echo | Ignored:
    """Return what another app wrote to a customer as an action. Raises `Malformed` as `echo_from` does."""
    found = echo_from(echo, envelope=envelope)
    if isinstance(found, Ignored):
        return found
    update = {"type": AgentActionType.OVERHEARD, "agent": APP}
    return Echo(action=found.action.model_copy(update=update), route=found.route)


def past_from(chunk: dict[str, Any], *, envelope: Envelope) -> Iterator[Echo | Ignored]:
    """Yield the older messages of each customer in a chunk of the history as one action.

    Raises `Malformed` for a thread without a customer.
    """
    for error in list_at(chunk, "errors"):
        code = word_at(error, "code") if isinstance(error, dict) else None
        yield Ignored(name=NOT_SHARED if code == _DECLINED else "history_error")
    for thread in list_at(chunk, "threads"):
        if not isinstance(thread, dict):
            raise Malformed("a thread that is no object")
        yield from thread_from(thread, envelope=envelope)


def thread_from(thread: dict[str, Any], *, envelope: Envelope) -> Iterator[Echo | Ignored]:
    """Yield the older messages of one customer as one action, if there are any."""
    names = _named(names_in(word_at(thread, name) for name in ("id", "wa_id", "user_id")))
    found = [
        entry
        for message in list_at(thread, "messages")
        if isinstance(message, dict) and (entry := _entry(message, names))
    ]
    newest = sorted(found, key=lambda entry: entry.timestamp)[-_MOST_PAST:]
    if not newest:
        yield Ignored(name="empty_thread")
        return
    digest = sha256("".join(entry.to_json() for entry in newest).encode()).hexdigest()
    yield _action(
        AgentActionType.PAST, f"{AgentActionType.PAST}:{digest[:32]}", names, envelope, past=tuple(newest)
    )


def past_medium(
    message: dict[str, Any], *, envelope: Envelope, number: str | None
) -> Iterator[Echo | Ignored]:
    """Yield an older message whose attachment the history left out; `number` is that of the business."""
    written = word_at(message, "to") if word_at(message, "from") == number else word_at(message, "from")
    yield from thread_from({"id": written, "messages": [message]}, envelope=envelope)


def _entry(message: dict[str, Any], names: Names) -> HistoryEntry | None:
    """Return an older message as an entry of the history; None for one that says nothing or has not arrived."""
    id_, at = word_at(message, "id"), instant_at(message, "timestamp")
    status = text_at(object_at(message, "history_context"), "status").upper()
    if id_ is None or at is None or len(id_) > LONGEST_ID or status in ("ERROR", "PENDING"):
        return None
    content: Content = capped_content(content_of(message).content)
    if text_at(message, "type") == _PLACEHOLDER:
        content = Text(text=MEDIUM)
    if content.kind in SILENT:
        return None
    author = names_in((word_at(message, "from"), word_at(message, "from_user_id")))
    theirs = author is not None and author.customer == names.customer
    role, agent = (Role.USER, None) if theirs else (Role.AGENT, PHONE)
    return history_entry(role, content, at=from_ms(at), id=id_, agent=agent)


def _named(names: Names | None) -> Names:
    if names is None:
        raise Malformed("it names no customer")
    return names


def _action(
    action_type: AgentActionType,
    id_: str,
    names: Names,
    envelope: Envelope,
    *,
    route: Route | None = None,
    **fields: Any,
) -> Echo:
    action = AgentAction(
        type=action_type,
        id=id_,
        customer=names.customer,
        also=names.also,
        received_at=envelope.received_at,
        **fields,
    )
    return Echo(action=action, route=route or route_of(names, envelope))
