"""Dead letters: what was given up and is kept for an operator. Pure; scripts write them together with their cause."""

from datetime import datetime

from session.agent_actions import AgentAction
from session.leases import Body
from session.messages import Delivery, Message, Status
from session.records import to_ms
from worker.channels.outcomes import Broken


def of_body(body: Body, broken: Broken) -> dict[str, str]:
    """Return the dead letter of an unreadable body, or of a part of one."""
    whole = broken.raw == body.body.decode("utf-8", "surrogateescape")
    return {
        "whole": "yes" if whole else "no",  # only a whole body can be retried
        "kind": "body",
        "why": broken.why,
        "source": body.source,
        "at": str(body.at),
        "raw": broken.raw,
    }


def of_message(message: Message, why: str, now: datetime) -> dict[str, str]:
    """Return the dead letter of a message whose turn failed for good."""
    return {
        "kind": "message",
        "why": why,
        "conversation": message.conversation,
        "at": str(to_ms(now)),
        "raw": message.to_json(),
    }


def of_action(action: AgentAction, why: str, now: datetime) -> dict[str, str]:
    """Return the dead letter of an agent action whose turn failed for good."""
    return {
        "kind": "action",
        "why": why,
        "conversation": action.conversation,
        "at": str(to_ms(now)),
        "raw": action.to_json(),
    }


def of_delivery(delivery: Delivery, code: str, words: str, now: datetime) -> dict[str, str]:
    """Return the dead letter of a reply that will never be sent."""
    return {
        "kind": "reply",
        "why": f"{code}: {words}",
        "conversation": delivery.conversation,
        "at": str(to_ms(now)),
        "raw": delivery.to_json(),
    }


def of_status(status: Status, now: datetime) -> dict[str, str]:
    """Return the dead letter of a reply that the provider accepted first and reported as failed later. It has no text."""
    return {
        "kind": "status",
        "why": f"{status.code or 'failed'}: {status.words or 'the provider gives no reason'}",
        "conversation": status.conversation,
        "at": str(to_ms(now)),
        "raw": status.to_json(),
    }
