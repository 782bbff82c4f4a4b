"""What really reached the customer: the states of the replies in a history. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from session.history import HistoryEntry, Role
from session.messages import Delivery, DeliveryState
from session.outgoing import NO_SILENCE, Silence

#: The state of a reply that was sent as several messages is that of the message that is furthest behind.
_ORDER: Final = (
    DeliveryState.FAILED,
    DeliveryState.CANCELLED,
    DeliveryState.QUEUED,
    DeliveryState.IN_DOUBT,
    DeliveryState.SENT,
    DeliveryState.DELIVERED,
    DeliveryState.READ,
)
#: A reply in one of these states was not said, as far as is known.
UNSAID: Final = frozenset({DeliveryState.FAILED, DeliveryState.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStates:
    """What was known of the deliveries of a conversation when its turn was taken. It is read when somebody asks."""

    settled: str = ""  #: "<delivery> <state> <delivery> <state>...", of those that were tried
    unsent: tuple[str, ...] = ()  #: the newest that wait in the outbox, as JSON
    silence: Silence = NO_SILENCE  #: which of them will not be sent
    replies: Mapping[str, str] = field(
        default_factory=dict
    )  #: provider's id -> delivery, where a message points at one

    @classmethod
    def of(cls, found: Sequence[Any]) -> Self:
        """Return what the scripts of a turn tell."""
        settled, replies, *rest = found
        silence = Silence(*rest[:2]) if rest else NO_SILENCE
        pairs = dict(zip(replies[::2], replies[1::2], strict=True))
        return cls(settled=settled, replies=pairs, silence=silence, unsent=tuple(rest[2:]))

    def by_delivery(self) -> dict[str, DeliveryState]:
        """Return the states that are known."""
        waiting = list(_readable(self.unsent))
        states = dict.fromkeys((one.id for one in waiting), DeliveryState.QUEUED)
        words = self.settled.split(" ") if self.settled else []
        states |= states_in(dict(zip(words[::2], words[1::2], strict=False)))
        for one in waiting:
            # A takeover cancels it although nobody has looked at it yet. What is in doubt may have arrived.
            if states[one.id] is DeliveryState.QUEUED and (
                self.silence.covers(one) or self.silence.stops(one)
            ):
                states[one.id] = DeliveryState.CANCELLED
        return states


#: Nothing is known of any delivery.
NOTHING_KNOWN: Final = DeliveryStates()


def states_in(stored: Mapping[str, str]) -> dict[str, DeliveryState]:
    """Return stored states without those that this release does not know."""
    known = {state.value for state in DeliveryState}
    return {id_: DeliveryState(state) for id_, state in stored.items() if state in known}


def parts_of(entries: Iterable[str], deliveries: Iterable[str]) -> dict[str, list[str]]:
    """Return the messages as which replies were sent: the id of each entry -> its deliveries, in order.

    The deliveries of a turn are numbered, "<turn>.<n>"; an entry has the id of its first one, and all up to the next entry.
    """
    own = set(entries)
    numbered: dict[str, list[tuple[int, str]]] = {}
    for id_ in {*own, *deliveries}:
        turn, dot, number = id_.rpartition(".")
        if dot and number.isdecimal():
            numbered.setdefault(turn, []).append((int(number), id_))
    found: dict[str, list[str]] = {}
    for ids in numbered.values():
        current = ""
        for _, id_ in sorted(ids):
            current = id_ if id_ in own else current
            if current:
                found.setdefault(current, []).append(id_)
    return found


def furthest_behind(states: Sequence[DeliveryState]) -> DeliveryState | None:
    """Return the state of a reply whose messages have these; None if none is known."""
    return min(states, key=_ORDER.index, default=None)


def with_states(history: tuple[HistoryEntry, ...], known: DeliveryStates) -> tuple[HistoryEntry, ...]:
    """Return a history whose replies, of the assistant and of agents, have the state of what was sent."""
    states = known.by_delivery()
    if not states:
        return history
    parts = parts_of((one.message_id for one in history if one.role is not Role.USER), states)
    return tuple(_with_state(one, parts.get(one.message_id, ()), states) for one in history)


def _with_state(
    entry: HistoryEntry, parts: Sequence[str], states: Mapping[str, DeliveryState]
) -> HistoryEntry:
    state = furthest_behind([states[id_] for id_ in parts if id_ in states])
    return entry.model_copy(update={"state": state}) if state else entry


def _readable(deliveries: Iterable[str]) -> Iterable[Delivery]:
    for raw in deliveries:
        try:
            yield Delivery.model_validate_json(raw)
        except ValueError:
            continue
