"""Reads one echo of Meta's webhook: the business wrote to a customer from its phone, beside us."""

from typing import Any

from session.agent_actions import PHONE, AgentAction, AgentActionType
from session.customers import customer_from
from session.messages import SILENT, Kind, Route
from worker.channels.gathering import Ignored
from worker.channels.meta.contents import content_of
from worker.channels.meta.messages import Envelope
from worker.channels.outcomes import Echo
from worker.channels.reading import Unreadable, word_at

#: What changes an earlier message says nothing new to the customer.
_NOTHING_SAID = SILENT | {Kind.EDIT}


def echo_from(echo: dict[str, Any], *, envelope: Envelope) -> Echo | Ignored:
    """Return a cleaned echo as an action of the phone; what says nothing new is `Ignored` by name.

    Raises `Unreadable` if it has no id or names no customer.
    """
    if word_at(echo, "group_id"):
        return Ignored(name="echo_in_group")
    content = content_of(echo)
    if content.kind in _NOTHING_SAID:
        return Ignored(name=f"echo_of_{content.kind}")
    provider_id = word_at(echo, "id")
    if provider_id is None:
        raise Unreadable("an echo without an id")
    customer = customer_from(word_at(echo, "to")) or customer_from(word_at(echo, "to_user_id"))
    if customer is None:
        raise Unreadable("an echo without a customer")
    return Echo(
        action=AgentAction(
            type=AgentActionType.ECHO,
            id=provider_id,
            customer=customer,
            agent=PHONE,
            received_at=envelope.received_at,
            text=content.text or f"[{content.kind}]",
        ),
        route=Route(channel="meta", sender=envelope.sender, address=customer.removeprefix("+")),
    )
