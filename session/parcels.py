"""A parcel: everything of a conversation that moves to another one of the same customer. Pure."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator

from session.agent_actions import AgentAction
from session.channels.twilio import PREFIX
from session.conversations import id_of
from session.dead_letters import UnreadableLetter
from session.limits import LIMITS, Usage
from session.messages import Delivery, DeliveryState, Message, Route
from session.models import Session
from session.outgoing import Silence
from session.reading import Newer, Unreadable, read_delivery, read_session
from session.records import LATEST_MS, Record, to_ms
from session.timer_changes import TimerChanges, cancelled, ended
from session.timers import TimerRecord, read_timers


def _listed(value: Any) -> Any:
    return value or ()  # scripts write an empty list as an empty object


_Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Parcel(Record):
    """What `pack_up` has taken out of the keys of a conversation, as it stood there."""

    session: str = ""  #: the record, "" if there was none
    opted_out: bool = False
    marketing: str = ""  #: what the customer wishes about marketing messages
    silence: str = ""
    stop: str = ""
    outbox: _Texts = ()  #: waiting deliveries
    sent: _Texts = ()  #: accepted deliveries, newest first
    states: _Texts = ()  #: delivery, state, ...
    media: _Texts = ()  #: medium, what became of it, ...
    timers: _Texts = ()  #: name, record, ...
    prices: _Texts = ()  #: delivery, how the provider prices it, ...
    provider_ids: _Texts = ()  #: short form of a provider's id, delivery, ...
    seen: _Texts = ()  #: id, when it came, ...
    usages: _Texts = ()  #: uses, end of the window, ... in the order of `LIMITS`

    def session_of(self, conversation: str) -> Session | None:
        """Return the session; None if there is none that can be read."""
        found = read_session(self.session, conversation) if self.session else None
        return None if isinstance(found, Unreadable | Newer) else found

    def waiting(self, conversation: str) -> list[Delivery]:
        """Return the waiting deliveries that can be read."""
        found = (read_delivery(raw, conversation) for raw in self.outbox)
        return [one for one in found if isinstance(one, Delivery)]

    def letters(self, conversation: str, now: datetime) -> list[UnreadableLetter]:
        """Return dead letters for the waiting deliveries that cannot be read."""
        found = [(raw, read_delivery(raw, conversation)) for raw in self.outbox]
        return [
            UnreadableLetter(
                place="outbox",
                why=one.why if isinstance(one, Unreadable) else "a newer release wrote it",
                at=to_ms(now),
                raw=raw,
                conversation=conversation,
            )
            for raw, one in found
            if not isinstance(one, Delivery)
        ]

    def accepted(self, conversation: str, target: str) -> list[str]:
        """Return the accepted deliveries as those of the target, in the form stored in Redis."""
        found = (read_delivery(raw, conversation) for raw in self.sent)
        return [belongs_to(target, one).to_json() for one in found if isinstance(one, Delivery)]

    def used(self) -> list[Usage]:
        """Return the uses of each of `LIMITS`; a value that is no number counts nothing."""
        found = []
        for used, ends in zip(self.usages[::2], self.usages[1::2], strict=True):
            right = used.isdecimal() and ends.isdecimal() and int(ends) <= LATEST_MS
            found.append(Usage(used=int(used), until=int(ends)) if right else Usage())
        return [*found, *[Usage()] * (len(LIMITS) - len(found))]

    @property
    def cancelled_by(self) -> Silence:
        """What a takeover and a STOP have cancelled there."""
        return Silence(self.silence, self.stop)


def parcel_in(raw: str) -> Parcel:
    """Return a stored parcel; an empty one if it cannot be read."""
    try:
        # Bytes that are no text are in one of its values only: the reader of JSON texts would refuse all of them.
        return Parcel.model_validate(json.loads(raw)) if raw else Parcel()
    except ValueError:
        return Parcel()


def belongs_to(conversation: str, delivery: Delivery, **changes: Any) -> Delivery:
    """Return a delivery as that of another conversation of the same customer."""
    return delivery.model_copy(update={"conversation": conversation, **changes})


def states_of(parcel: Parcel, cancelled: list[Delivery]) -> list[str]:
    """Return delivery and state alternately, with those of cancelled deliveries."""
    also = [part for one in cancelled for part in (one.id, DeliveryState.CANCELLED.value)]
    return [*parcel.states, *also]


def route_to(route: Route, action: AgentAction) -> Route:
    """Return a route to where the customer of a merge is now, in the form of its provider."""
    address = action.moved_to
    if route.address.startswith(PREFIX) != address.startswith(PREFIX):
        bare = address.removeprefix(PREFIX).removeprefix("+")
        name = id_of(action.customer)
        address = f"{PREFIX}{name}" if route.address.startswith(PREFIX) else bare
    return route.model_copy(update={"address": address})


def timers_of(
    parcel: Parcel, action: AgentAction, known: Mapping[str, TimerRecord], *, opted_out: bool, held: bool
) -> TimerChanges:
    """Return what a merge does to the timers of the conversation that takes the parcel in.

    `held` says that somebody has one of both: a takeover cancels the timers of the other one that say so, too.
    """
    came = read_timers(parcel.timers)
    if opted_out:
        return replace(cancelled(known, known), gone=tuple(sorted({*known, *came})))

    def belongs(message: Message) -> Message:
        route = route_to(message.route, action) if action.moved_to else message.route
        return message.model_copy(update={"customer": action.customer, "route": route})

    taken = _taken_in(known, came, belongs).written
    over = ended({**known, **{name: came[name] for name in taken}}, takes_over=held)
    written = {name: record for name, record in taken.items() if name not in over}
    return TimerChanges(written=written | dict.fromkeys(known.keys() & over, ""), gone=tuple(sorted(over)))


def _taken_in(
    known: Mapping[str, TimerRecord], came: Mapping[str, TimerRecord], belongs: Callable[[Message], Message]
) -> TimerChanges:
    """Return that a conversation takes in the timers of another one of its customer; of one name the one that was set later.

    `belongs` returns the message of a timer as one of this conversation. One that has rung there without a turn rings again.
    """
    written = {
        name: record.model_copy(update={"message": belongs(record.message)}).to_json()
        for name, record in came.items()
        if name not in known or known[name].set_at < record.set_at
    }
    return TimerChanges(written=written)
