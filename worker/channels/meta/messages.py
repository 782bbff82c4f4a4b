"""Reads one message of Meta's webhook, or one echo of what the business wrote from its phone: who wrote it, when, in answer to what. What it says is read in `contents`."""

from dataclasses import dataclass
from typing import Any

from session.agent_actions import PHONE, AgentAction, AgentActionType
from session.authors import Contacts, change_in, names_of_recipient
from session.channels.meta import PROVIDER
from session.contents import is_plain, readable
from session.conversations import is_business_scoped
from session.identities import Names
from session.messages import SILENT, Forwarded, Message, Referral, Route
from worker.channels.gathering import Ignored
from worker.channels.meta.contents import content_of, type_of
from worker.channels.outcomes import Echo
from worker.channels.reading import Malformed, instant_at, object_at, text_at, word_at

#: Members with a field of their own; all others are kept in `Message.details`.
_FIELDS = frozenset(
    {
        "id", "from", "from_user_id", "from_parent_user_id", "timestamp", "type", "context", "group_id", "referral",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The parts that the messages of one change share."""

    sender: str
    contacts: Contacts
    received_at: int  #: ms since the epoch


def message_from(message: dict[str, Any], *, envelope: Envelope) -> Message:
    """Return a cleaned message object as a `Message`.

    Anything with an id and a customer is a message; if the rest cannot be understood, it is `UNSUPPORTED`. Raises
    `Malformed` without an id or a customer.
    """
    provider_id = word_at(message, "id")
    if provider_id is None:
        raise Malformed("a message without an id")
    change = change_in(message)
    names = change.names if change else envelope.contacts.names_of(message)
    if names is None:
        raise Malformed("a message without a customer")
    contact = envelope.contacts.of(message)
    profile = object_at(contact, "profile")
    read = content_of(message)
    context = object_at(message, "context")
    sent_at = instant_at(message, "timestamp")
    return Message(
        id=provider_id,
        customer=names.customer,
        also=names.also,
        formerly=change.formerly if change else (),
        route=route_of(names, envelope),
        content=read.content,
        sent_at=envelope.received_at if sent_at is None else sent_at,
        received_at=envelope.received_at,
        name=text_at(profile, "name") or text_at(profile, "username") or None,
        reply_to=read.reply_to or word_at(context, "id"),
        referral=_referral(object_at(message, "referral")),
        forwarded=_forwarded(context),
        group=word_at(message, "group_id"),
        details={
            **_rest(message),
            **_identity(word_at(message, "from_user_id") or word_at(contact, "user_id"), profile),
            **read.details,
        },
    )


def route_of(names: Names, envelope: Envelope) -> Route:
    """Return the route of a customer. Meta sends to the number in the spelling in which it came, or to the id."""
    return Route(channel=PROVIDER.name, sender=envelope.sender, address=names.reached_at.removeprefix("+"))


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


def _forwarded(context: dict[str, Any]) -> Forwarded | None:
    often, once = context.get("frequently_forwarded") is True, context.get("forwarded") is True
    return "often" if often else "once" if once else None


def _referral(told: dict[str, Any]) -> Referral | None:
    if not told:
        return None
    names = ("headline", "body", "source_url", "source_id", "source_type", "ctwa_clid")
    media = next((text_at(told, name) for name in ("image_url", "video_url") if text_at(told, name)), None)
    return Referral(media_url=media, **{name: word_at(told, name) for name in names})


def echo_from(echo: dict[str, Any], *, envelope: Envelope) -> Echo | Ignored:
    """Return a cleaned echo as an action of the phone; one that only changes an earlier message is `Ignored` by name.

    Raises `Malformed` if it has no id or names no customer.
    """
    if word_at(echo, "group_id"):
        return Ignored(name="echo_in_group")
    content = content_of(echo).content
    if content.kind in SILENT:
        return Ignored(name=f"echo_of_{content.kind}")
    provider_id = word_at(echo, "id")
    if provider_id is None:
        raise Malformed("an echo without an id")
    names = names_of_recipient(echo)
    if names is None:
        raise Malformed("an echo without a customer")
    return Echo(
        action=AgentAction(
            type=AgentActionType.ECHO,
            id=provider_id,
            customer=names.customer,
            also=names.also,
            agent=PHONE,
            received_at=envelope.received_at,
            text=readable(content),
            content=None if is_plain(content) else content,
        ),
        route=route_of(names, envelope),
    )
