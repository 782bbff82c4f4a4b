"""Messages of a non-member, where access is for members only: they are counted, and the first one is answered. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from session import phrases
from session.events import MessagesTaken
from session.hearing import came_too_late
from session.limits import MESSAGES, Usages
from session.messages import Message
from session.outgoing import TurnContext, deliveries_of
from session.policy import Policy
from session.replies import Reply
from session.timer_changes import cancelled
from session.turn_result import TurnResult, about_messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Messages of a non-member, where access is for members only: only the use of a limit is counted."""

    counted: int
    tell: bool  #: once in a window


def turn_away(messages: Sequence[Message], usages: Usages, *, now: datetime, policy: Policy) -> Refusal:
    """Refuse messages of a non-member; the first one in a window is answered."""
    spoken = sum(not (one.is_silent or one.is_timer or one.standby or came_too_late(one)) for one in messages)
    allowed = usages.allowance(MESSAGES, now, policy)
    first = allowed.remaining == MESSAGES.most_of(policy)
    return Refusal(counted=min(spoken, allowed.remaining), tell=first and spoken > 0)


def settle_refusal(refusal: Refusal, messages: Sequence[Message], context: TurnContext) -> TurnResult:
    """Return the result of refusing a non-member: the messages are consumed, and no session is written."""
    last = messages[-1]
    deliveries = (
        deliveries_of(
            context,
            Reply(text=phrases.members_only()),
            route=last.route,
            conversation=last.conversation,
            came=last.received_at,
        )
        if refusal.tell
        else []
    )
    return TurnResult(
        consumed=len(messages),
        deliveries=tuple(deliveries),
        uses={MESSAGES.name: refusal.counted},
        event=MessagesTaken(
            **about_messages(messages),
            refused=len(messages),
            replied=tuple(delivery.id for delivery in deliveries),
            queued=deliveries[0].queued_at if deliveries else 0,
        ),
        timers=cancelled(context.timers, (), messages),
    )
