"""The event of an agent action, as the stream tells it. Pure."""

from collections.abc import Sequence
from typing import Any

from session.agent_actions import CAMPAIGN, CLIENT, OF_PROVIDERS, AgentAction
from session.event_values import Expiry, record_change, transition
from session.events import ActionTaken, MessagesTaken
from session.messages import Delivery
from session.models import Session, State
from session.policy import Policy
from session.timer_changes import TimerChanges

#: What the event of an action does not tell of a turn in which an assistant is asked.
_OF_MESSAGES = {"received", "kinds", "channels", "came"}


def about(action: AgentAction) -> dict[str, Any]:
    """Return the fields of an event about the action itself. Never its text, and nothing that is known of the customer."""
    return {
        "received": (action.id,),
        "kinds": (action.type,),
        "channels": (_channel(action),),
        "came": (action.received_at,),
        "action": action.type,
        "action_id": action.id,
        "by": action.agent or None,
        "wish": action.marketing.wish if action.marketing else None,
    }


def event_of(
    action: AgentAction,
    before: Session | None,
    after: Session,
    deliveries: Sequence[Delivery],
    policy: Policy,
    *,
    closed: str | None,
    timers: TimerChanges,
) -> ActionTaken:
    """Return the event of an action that was done; `closed` says why the session is closed by it."""
    kept, was = record_change(Expiry.of(before, policy) if before else None, after, policy)
    return ActionTaken(
        **about(action),
        **timers.for_event(),
        created=after.id if before is None or before.id != after.id else None,
        state=transition(before.state if before else State.NEW, after.state),
        closed=closed,
        replied=tuple(delivery.id for delivery in deliveries),
        queued=deliveries[0].queued_at if deliveries else 0,
        kept=kept,
        was=was,
    )


def in_place_of(event: Any, action: AgentAction, **more: Any) -> ActionTaken:
    """Return the event of a turn in which an assistant was asked as that of the action for which it was; `more` are further fields."""
    assert isinstance(event, MessagesTaken)  # noqa: S101  (that is what `settle` tells)
    told = {name: getattr(event, name) for name in event.model_fields_set - _OF_MESSAGES}
    return ActionTaken(**(told | about(action) | more))


def _channel(action: AgentAction) -> str:
    """Return where an action comes from. Only Meta reports such things; the sweep acts as the desk does."""
    if action.type in OF_PROVIDERS:
        return "meta"
    if action.agent.startswith(CAMPAIGN):
        return "campaign"
    return "api" if action.agent.startswith(CLIENT) else "desk"
