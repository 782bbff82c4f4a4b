"""Turns replies into deliveries, and says how many of them fit into an outbox. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime

from session.messages import Delivery, Reply, Route
from session.models import Session
from session.policy import Policy
from session.records import to_ms

#: Splits a reply and adapts it to the channel of a route.
Render = Callable[[Route, Reply], Sequence[Reply]]


def deliveries_of(
    session: Session,
    reply: Reply,
    *,
    turn: str,
    fence: int,
    now: datetime,
    render: Render,
    came: int,
    first: int = 0,
    by_agent: bool = False,
) -> list[Delivery]:
    """Return the deliveries of a reply, at least one; the session must have a route."""
    route = session.route
    assert route is not None  # noqa: S101  (its callers look before they ask)
    return [
        Delivery(
            id=f"{turn}.{first + n}",
            conversation=session.conversation,
            route=route,
            reply=part,
            queued_at=to_ms(now),
            by_agent=by_agent,
            fence=fence,
            received_at=came,
            window_until=to_ms(session.window_until) if session.window_until else 0,
        )
        for n, part in enumerate(render(route, reply))
    ]


def room_in_outbox(unsent: int, policy: Policy) -> int:
    """Return how many more deliveries of the assistant fit into an outbox; agents' answers always fit."""
    return max(0, policy.outbox_at_most - unsent)
