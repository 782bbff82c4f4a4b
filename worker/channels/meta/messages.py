"""Reads one message of Meta's webhook, or one echo of what the business wrote from its phone: who wrote it, when, in answer to what. What it says is read in `contents`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from session.agent_actions import PHONE, AgentAction, AgentActionType
from session.channels.meta import PROVIDER
from session.conversations import is_business_scoped, whatsapp_customer
from session.messages import SILENT, Kind, Message, Route
from worker.channels.gathering import Ignored
from worker.channels.meta.contents import content_of, type_of
from worker.channels.outcomes import Echo
from worker.channels.reading import Malformed, instant_at, object_at, text_at, word_at

#: Members with a field of their own; all others are kept in `Message.details`.
_FIELDS = frozenset({"id", "from", "from_user_id", "timestamp", "type", "context", "group_id"})

#: Members of a message's context that are kept; its `id` becomes `reply_to`, its `from` is either of the two ends.
_CONTEXT = ("forwarded", "frequently_forwarded", "referred_product")


#: Kinds that only change an earlier message.
_NOTHING_SAID = SILENT | {Kind.EDIT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The parts that the messages of one change share."""

    sender: str
    contacts: Mapping[str, dict[str, Any]]  #: by phone number and by business-scoped id
    sole_contact: dict[str, Any]  #: of the only author; empty if there are several authors or contacts
    received_at: int  #: ms since the epoch


def message_from(message: dict[str, Any], *, envelope: Envelope) -> Message:
    """Return a cleaned message object as a `Message`.

    Anything with an id and a customer is a message; if the rest cannot be understood, it is `UNSUPPORTED`. Raises
    `Malformed` without an id or a customer.
    """
    provider_id = word_at(message, "id")
    if provider_id is None:
        raise Malformed("a message without an id")
    author = (word_at(message, "from"), word_at(message, "from_user_id"))
    contact = _contact_of(author, envelope)
    customer = _customer_of(author, contact)
    profile = object_at(contact, "profile")
    content = content_of(message)
    context = object_at(message, "context")
    sent_at = instant_at(message, "timestamp")
    return Message(
        id=provider_id,
        customer=customer,
        route=Route(channel=PROVIDER.name, sender=envelope.sender, address=customer.removeprefix("+")),
        kind=content.kind,
        text=content.text,
        sent_at=envelope.received_at if sent_at is None else sent_at,
        received_at=envelope.received_at,
        name=text_at(profile, "name") or text_at(profile, "username") or None,
        reply_to=content.reply_to or word_at(context, "id"),
        payload=content.payload,
        media=content.media,
        location=content.location,
        group=word_at(message, "group_id"),
        details={
            **_rest(message),
            **_identity(author[1] or word_at(contact, "user_id"), profile),
            **_kept(context),
            **content.details,
        },
    )


def _customer_of(author: tuple[str | None, str | None], contact: dict[str, Any]) -> str:
    """Return the customer of a phone number and a business-scoped id, or of the contact if there is neither."""
    names = author if any(author) else (word_at(contact, "wa_id"), word_at(contact, "user_id"))
    customer = whatsapp_customer(names[0]) or whatsapp_customer(names[1])
    if customer is None:
        raise Malformed("a message without a customer")
    return customer


def _contact_of(author: tuple[str | None, str | None], envelope: Envelope) -> dict[str, Any]:
    """Return the contact of the author; an empty one if there is none."""
    known = (envelope.contacts[name] for name in author if name and name in envelope.contacts)
    return next(known, envelope.sole_contact)


def _identity(scoped: str | None, profile: dict[str, Any]) -> dict[str, Any]:
    """Return what identifies a customer who hides or changes the phone number."""
    known = {
        "user_id": scoped if scoped and is_business_scoped(scoped) else None,
        "username": text_at(profile, "username"),
    }
    return {name: value for name, value in known.items() if value}


def _rest(message: dict[str, Any]) -> dict[str, Any]:
    own = type_of(message)
    return {name: value for name, value in message.items() if name not in _FIELDS and name != own}


def _kept(context: dict[str, Any]) -> dict[str, Any]:
    return {name: context[name] for name in _CONTEXT if name in context}


def echo_from(echo: dict[str, Any], *, envelope: Envelope) -> Echo | Ignored:
    """Return a cleaned echo as an action of the phone; one that only changes an earlier message is `Ignored` by name.

    Raises `Malformed` if it has no id or names no customer.
    """
    if word_at(echo, "group_id"):
        return Ignored(name="echo_in_group")
    content = content_of(echo)
    if content.kind in _NOTHING_SAID:
        return Ignored(name=f"echo_of_{content.kind}")
    provider_id = word_at(echo, "id")
    if provider_id is None:
        raise Malformed("an echo without an id")
    customer = whatsapp_customer(word_at(echo, "to")) or whatsapp_customer(word_at(echo, "to_user_id"))
    if customer is None:
        raise Malformed("an echo without a customer")
    return Echo(
        action=AgentAction(
            type=AgentActionType.ECHO,
            id=provider_id,
            customer=customer,
            agent=PHONE,
            received_at=envelope.received_at,
            text=content.text or f"[{content.kind}]",
        ),
        route=Route(channel=PROVIDER.name, sender=envelope.sender, address=customer.removeprefix("+")),
    )
