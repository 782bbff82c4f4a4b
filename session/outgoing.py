"""Deliveries: how replies become some, how many fit into an outbox, and which are not sent after a takeover or a STOP. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from session.agent_actions import CAMPAIGN, OF_PROGRAM
from session.business_contents import FlowButton, LinkButton, LocationRequest, Options
from session.channels import PROVIDERS
from session.content_parts import Kind, Media, Option
from session.contents import Attachment, Contacts, Place, Said, Text
from session.marketing import Marketing
from session.messages import Delivery, Route
from session.policy import Policy
from session.reachable import Reachable
from session.records import to_ms
from session.replies import Reply
from session.spending import Whose
from session.timers import TimerRecord

#: Splits a reply and adapts it to the channel of a route.
Render = Callable[[Route, Reply], Sequence[Reply]]
#: Returns the replies of a turn as they are sent along a route: in fewer messages, or as they are.
Join = Callable[[Route, Sequence[Reply]], Sequence[Reply]]


def as_said(_route: Route, replies: Sequence[Reply]) -> Sequence[Reply]:
    """Return the replies."""
    return replies


@dataclass(frozen=True, slots=True)
class Reached:
    """The way to a customer who has not written yet."""

    route: Route
    agent_id: str  #: of a new session


#: Returns the way to a customer in a scope, through a sender as `sender_of` names it; "" is the only one of the scope. None if
#: there is no such sender, or the customer cannot be reached through it.
Reach = Callable[[str, str, str], Reached | None]


def reach_nobody(_customer: str, _scope: str, _sender: str) -> None:
    """Return None: there is no sender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnContext:
    """What the rules that compute the result of a turn are given besides session and messages."""

    turn: str  #: its id
    fence: int  #: of its lease
    now: datetime
    policy: Policy
    render: Render
    join: Join = as_said
    reach: Reach = reach_nobody
    marketing: Marketing | None = None  #: what the customer wishes about marketing messages, if that is known
    timers: Mapping[str, TimerRecord] = field(default_factory=dict)  #: of the conversation, by their names
    used_up: Whose | None = None  #: whose budget has nothing left
    reachable: Reachable = field(default_factory=Reachable)  #: when a person can answer


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
            # A template may be sent at any time.
            window_until=to_ms(window_until) if window_until and not part.template else 0,
        )
        for n, part in enumerate(context.render(route, reply))
    ]


def are_billed(route: Route) -> bool:
    """Whether each message along a route costs, so that it counts towards budgets."""
    provider = PROVIDERS.get(route.channel)
    return provider is not None and provider.bills_messages


def said_in(reply: Reply) -> Said:
    """Return what a reply says, as the history keeps it."""
    if reply.template:
        return reply.template.content()
    media = (reply.media.as_media(),) if reply.media else ()
    if reply.link:
        return LinkButton(text=reply.text, title=reply.link.title, url=reply.link.url, media=media)
    if reply.flow:
        named = reply.flow.id or reply.flow.name or ""
        return FlowButton(text=reply.text, title=reply.flow.button, flow=named)
    if reply.asks_location:
        return LocationRequest(text=reply.text)
    if reply.location:
        return Place(text=reply.text, location=reply.location)
    if reply.contacts:
        return Contacts(text=reply.text, cards=reply.contacts)
    return _with_options(reply, media)


def _with_options(reply: Reply, media: tuple[Media, ...]) -> Said:
    rows = reply.menu.rows if reply.menu else ()
    options = [Option(id=one.id, title=one.title) for one in reply.buttons]
    options += [Option(id=row.id, title=row.title, description=row.description) for row in rows]
    if options:
        opens_with = reply.menu.button if reply.menu else None
        return Options(text=reply.text, opens_with=opens_with, options=tuple(options), media=media)
    if reply.media:
        return Attachment(kind=Kind(reply.media.kind), text=reply.text, media=media)
    return Text(text=reply.text)


def room_in_outbox(unsent: int, policy: Policy) -> int:
    """Return how many more deliveries of the assistant fit into an outbox; agents' answers always fit."""
    return max(0, policy.outbox_at_most - unsent)


ALL = "all"  #: in the place of a fence: it covers the replies of all turns


@dataclass(frozen=True, slots=True)
class Silence:
    """What a takeover, a STOP, and the wish for no marketing cancel at one moment."""

    since: str = ""  #: the assistant's replies of turns before this fence; "all" of them; "" for none
    #: the same after a STOP, for all replies: "all" is followed by the id of the STOP until its turn is taken
    stop: str = ""
    no_marketing: bool = False  #: the customer wishes no marketing messages

    def covers(self, delivery: Delivery) -> bool:
        """Whether a takeover cancels a delivery. Agents' answers are always sent."""
        return not delivery.by_agent and _before(self.since, delivery)

    def stops(self, delivery: Delivery) -> bool:
        """Whether a STOP cancels a delivery, whoever wrote it."""
        return _before(self.stop, delivery)

    def spares(self, delivery: Delivery) -> bool:
        """Whether the wish of a customer cancels a delivery: marketing that a program or a campaign began. Answers go on."""
        template = delivery.reply.template
        if not self.no_marketing or template is None or template.in_place:
            return False
        to_many = delivery.id.startswith(CAMPAIGN)
        return (to_many or delivery.id.startswith(OF_PROGRAM)) and template.is_marketing(to_many=to_many)


def _before(upto: str, delivery: Delivery) -> bool:
    return upto.startswith(ALL) or (upto.isdecimal() and delivery.fence < int(upto))


#: The fence of a reply that an operator retries from the dead letters: no earlier STOP or takeover applies to it.
AFTER_ALL = 2**53 - 1


#: Nothing is cancelled.
NO_SILENCE = Silence()
