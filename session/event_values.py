"""How events are written in a stream: lists as compact JSON, every other value as plain text. Pure."""

import json
from typing import Annotated, Any, NamedTuple, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Json, PlainSerializer, PlainValidator

from session.models import Session, State
from session.policy import Policy
from session.records import to_ms

_COMPACT = json.JSONEncoder(separators=(",", ":"))


class Expiry(NamedTuple):
    """The state of a session, and when its record expires: "ACTIVE@4102531200000"."""

    state: State
    at: int  #: ms since the epoch

    @classmethod
    def of(cls, session: Session, policy: Policy) -> Self:
        """Return that of a session."""
        return cls(session.state, to_ms(session.expires_at(policy)))


class Transition(NamedTuple):
    """A change of state: "NEW>ACTIVE"."""

    before: State
    after: State


def _times(value: Any) -> Any:
    found = json.loads(value or "[]") if isinstance(value, str) else value
    return found if isinstance(found, list | tuple) else (found,)


def _expiry(value: Any) -> Expiry | None:
    if not isinstance(value, str):
        return value if isinstance(value, Expiry) else None
    state, _, at = value.partition("@")
    return Expiry(State(state), int(at)) if value else None


def _transition(value: Any) -> Transition | None:
    if not isinstance(value, str):
        return value if isinstance(value, Transition) else None
    before, _, after = value.partition(">")
    return Transition(State(before), State(after))


def _names_as_array(names: tuple[str, ...]) -> str:
    # The library is four times as fast with one text as with a list.
    return f"[{','.join(map(_COMPACT.encode, names))}]"


def _times_as_array(times: tuple[int, ...]) -> str:
    return f"[{','.join(map(str, times))}]"


Names = Annotated[tuple[str, ...] | Json[tuple[str, ...]], PlainSerializer(_names_as_array)]
Times = Annotated[
    tuple[int, ...], BeforeValidator(_times), PlainSerializer(_times_as_array)
]  # ms since the epoch
#: The same, written without brackets if it is one time.
Since = Annotated[
    tuple[int, ...],
    BeforeValidator(_times),
    PlainSerializer(lambda times: str(times[0]) if len(times) == 1 else _times_as_array(times)),
]
Number = Annotated[int, PlainSerializer(str)]
Flag = Annotated[bool, PlainSerializer(lambda _: "1")]
MaybeExpiry = Annotated[Expiry | None, PlainValidator(_expiry), PlainSerializer("{0.state}@{0.at}".format)]
MaybeTransition = Annotated[Transition | None, PlainValidator(_transition), PlainSerializer(">".join)]


class Event(BaseModel):
    """The base of all events."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    def to_fields(self) -> dict[str, str]:
        """Return the fields for the stream, in the order of the class."""
        return self.model_dump(by_alias=True, exclude_defaults=True)

    def concerning(self, conversation: str) -> dict[str, str]:
        """Return the same after whom it is about. The script that writes it adds when it happened."""
        return ({"conversation": conversation} if conversation else {}) | self.to_fields()


def record_change(
    was: Expiry | None, session: Session, policy: Policy
) -> tuple[Expiry | None, Expiry | None]:
    """Return `kept` and `was` of an event that writes a session; both are None if neither state nor expiry change."""
    kept = Expiry.of(session, policy)
    return (None, None) if was == kept else (kept, was)


def transition(before: State | None, after: State) -> Transition | None:
    """Return `state` of an event; None if the state is the same. A session that did not exist was NEW."""
    return None if before is after else Transition(before or State.NEW, after)
