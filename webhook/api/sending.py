"""From a request to the action that sends a message, and why it is refused at once. Pure."""

from datetime import datetime

from session.agent_actions import CLIENT, AgentAction, AgentActionType, Declined
from session.conversations import customer_of, scope_of
from session.progress import SendSnapshot
from session.records import to_ms
from session.replies import Reply
from webhook.api.models import NewMessage

#: Messages and actions that may wait in a conversation before a program is asked to be patient. It is far below what a
#: mailbox takes, so that a program cannot keep out what the customer writes.
MOST_WAITING = 100
#: What a message of the API has that is no part of a reply.
_BESIDE = {"to", "scope", "sender", "unless_agent"}


def reply_in(asked: NewMessage) -> Reply:
    """Return the reply that a request asks for. Raises `ValueError` with why it is none."""
    reply = Reply.model_validate(asked.model_dump(exclude=_BESIDE, exclude_none=True))
    if not reply.says_something:
        raise ValueError("a message says something: text, media, location or template")
    return reply


def send_of(
    asked: NewMessage, reply: Reply, *, conversation: str, id_: str, program: str, now: datetime
) -> AgentAction:
    """Return the action that sends a reply to the customer of a conversation, in the name of a program."""
    return AgentAction(
        type=AgentActionType.SEND,
        id=id_,
        customer=customer_of(conversation),
        scope=scope_of(conversation),
        agent=f"{CLIENT}{program}",
        received_at=to_ms(now),
        reply=reply,
        sender=asked.sender,
        unless_agent=asked.unless_agent,
    )


def refused_at_once(found: SendSnapshot) -> Declined | None:
    """Return why a message will not be sent, if nothing that waits can change that; None if its turn decides.

    Whether a template may take the place of what comes too late is known to the workers only.
    """
    return Declined.OPTED_OUT if found.opted_out and not found.unread and not found.waiting else None
