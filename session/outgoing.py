"""Deliveries: how replies become some, how many fit into an outbox, and which are not sent after a takeover or a STOP. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from session.messages import Delivery, Reply, Route
from session.policy import Policy
from session.records import to_ms

#: Splits a reply and adapts it to the channel of a route.
Render = Callable[[Route, Reply], Sequence[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnContext:
    """What the rules that compute the result of a turn are given besides session and messages."""

    turn: str  #: its id
    fence: int  #: of its lease
    now: datetime
    policy: Policy
    render: Render


def deliveries_of(
    context: TurnContext,
    reply: Reply,
    *,
    route: Route,
    conversation: str,
    window_until: datetime | None = None,
    came: int,
    first: int = 0,
    by_agent: bool = False,
) -> list[Delivery]:
    """Return the deliveries of a reply, at least one."""
    return [
        Delivery(
            id=f"{context.turn}.{first + n}",
            conversation=conversation,
            route=route,
            reply=part,
            queued_at=to_ms(context.now),
            by_agent=by_agent,
            fence=context.fence,
            received_at=came,
            window_until=to_ms(window_until) if window_until else 0,
        )
        for n, part in enumerate(context.render(route, reply))
    ]


def room_in_outbox(unsent: int, policy: Policy) -> int:
    """Return how many more deliveries of the assistant fit into an outbox; agents' answers always fit."""
    return max(0, policy.outbox_at_most - unsent)


ALL = "all"  #: in the place of a fence: it covers the replies of all turns


@dataclass(frozen=True, slots=True)
class Silence:
    """What a takeover and a STOP cancel at one moment."""

    since: str = ""  #: the assistant's replies of turns before this fence; "all" of them; "" for none
    #: the same after a STOP, for all replies: "all" is followed by the id of the STOP until its turn is taken
    stop: str = ""

    def covers(self, delivery: Delivery) -> bool:
        """Whether a takeover cancels a delivery. Agents' answers are always sent."""
        return not delivery.by_agent and _before(self.since, delivery)

    def stops(self, delivery: Delivery) -> bool:
        """Whether a STOP cancels a delivery, whoever wrote it."""
        return _before(self.stop, delivery)


def _before(upto: str, delivery: Delivery) -> bool:
    return upto.startswith(ALL) or (upto.isdecimal() and delivery.fence < int(upto))


#: The fence of a reply that an operator retries from the dead letters: no earlier STOP or takeover applies to it.
AFTER_ALL = 2**53 - 1


#: Nothing is cancelled.
NO_SILENCE = Silence()
