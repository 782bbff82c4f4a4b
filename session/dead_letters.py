"""Dead letters: what was given up and is kept for a person, as the stream `dead` of a shard keeps it. Pure.

kind        class             written by
----------  ----------------  ------------------------------------------------------------------------
body        BodyLetter        the intake: a body, or a part of one, that cannot be read
message     MessageLetter     a turn that failed for good
action      ActionLetter      the turn of an agent action that failed for good
reply       ReplyLetter       a delivery that will never be sent
status      StatusLetter      a provider that gave up a reply later; it holds no text
media       MediumLetter      worker/media: a medium that cannot be fetched or kept
overflow    OverflowLetter    receive.lua for a full mailbox, a turn for a full outbox
hook        HookLetter        worker/hooks: an event that its receiver did not accept
unreadable  UnreadableLetter  set_aside.lua, mend_keys.lua and ring_timers.lua
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from session.agent_actions import AgentAction
from session.bodies import Body
from session.event_values import Number
from session.messages import Delivery, Message, Status
from session.records import moment_of, to_ms


def _moment(value: Any) -> Any:
    """Return a time; 0 for a text that is none, so that the rest of the letter can be read."""
    return value if isinstance(value, int) or re.fullmatch(r"[0-9]{1,16}", value) else 0


_Moment = Annotated[int, BeforeValidator(_moment), PlainSerializer(str)]


class DeadLetter(BaseModel):
    """The base of all dead letters."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def to_fields(self) -> dict[str, str]:
        """Return the fields for the stream, in the order of the class."""
        return self.model_dump(exclude_none=True)


class BodyLetter(DeadLetter):
    """A request body, or a part of one."""

    conversation: ClassVar[None] = None  #: it was never read into one
    whole: Literal["yes", "no"] = "no"  #: only a whole body can be put into the intake again
    kind: Literal["body"] = "body"
    why: str = ""
    source: str = ""  #: the endpoint
    at: _Moment = 0  #: ms since the epoch
    raw: str = ""  #: what was given up, its bytes escaped

    @classmethod
    def of(cls, body: Body, raw: str, why: str) -> Self:
        """Return the letter of a body, or of the part of it that is `raw`."""
        whole = raw == body.body.decode("utf-8", "surrogateescape")
        return cls(whole="yes" if whole else "no", why=why, source=body.source, at=body.at, raw=raw)


class _EntryLetter(DeadLetter):
    """An entry of a conversation."""

    kind: str
    why: str = ""
    conversation: str | None = None
    at: _Moment = 0
    raw: str = ""

    @classmethod
    def of(cls, entry: Message | AgentAction | Delivery | Status, why: str, now: datetime) -> Self:
        """Return the letter of an entry."""
        return cls.model_validate(
            {"why": why, "conversation": entry.conversation, "at": to_ms(now), "raw": entry.to_json()}
        )


class MessageLetter(_EntryLetter):
    """A message of a customer whose turn failed for good."""

    kind: Literal["message"] = "message"


class ActionLetter(_EntryLetter):
    """An agent action whose turn failed for good."""

    kind: Literal["action"] = "action"


class ReplyLetter(_EntryLetter):
    """A reply that will never be sent; `why` is "<code>: <words>" of the provider, or ours."""

    kind: Literal["reply"] = "reply"


class StatusLetter(_EntryLetter):
    """A status by which a provider gave up a reply that it had accepted."""

    kind: Literal["status"] = "status"


class MediumLetter(DeadLetter):
    """A medium that could not be fetched, or may not be kept; `raw` is its record, which says where it is."""

    kind: Literal["media"] = "media"
    why: str = ""
    conversation: str | None = None
    at: _Moment = 0
    field: str = ""  #: "<message id>/<n>"
    raw: str = ""


class OverflowLetter(DeadLetter):
    """Counts what a full mailbox or outbox did not take; it holds the first of it."""

    kind: Literal["overflow"] = "overflow"
    why: str = ""
    conversation: str | None = None
    at: _Moment = 0
    count: Number = 0
    raw: str = ""

    @classmethod
    def of(cls, unqueued: Sequence[Delivery], now: datetime) -> Self:
        """Return the letter for replies that were not queued, at least one."""
        return cls(
            why=f"the outbox is full: {len(unqueued)} replies were not queued, the first of them is here",
            conversation=unqueued[0].conversation,
            at=to_ms(now),
            count=len(unqueued),
            raw=unqueued[0].to_json(),
        )


class HookLetter(DeadLetter):
    """An event that the receiver of a hook did not accept; `raw` is what is sent to it."""

    kind: Literal["hook"] = "hook"
    why: str = ""
    conversation: str | None = None
    at: _Moment = 0
    hook: str = ""  #: its name
    event: str = ""  #: the id of the event, as its receiver knows it
    raw: str = ""


class UnreadableLetter(DeadLetter):
    """A record, or a whole key, that could not be read."""

    kind: Literal["unreadable"] = "unreadable"
    place: str = ""
    why: str = ""
    at: _Moment = 0
    raw: str = ""
    conversation: str | None = None


class UnknownLetter(_EntryLetter):
    """A letter of another release."""

    kind: str = ""


AnyLetter = (
    BodyLetter
    | MessageLetter
    | ActionLetter
    | ReplyLetter
    | StatusLetter
    | MediumLetter
    | OverflowLetter
    | HookLetter
    | UnreadableLetter
    | UnknownLetter
)
_KINDS: dict[str, type[AnyLetter]] = {kind.model_fields["kind"].default: kind for kind in get_args(AnyLetter)}


def from_fields(fields: Mapping[str, str]) -> AnyLetter:
    """Return a stored letter."""
    try:
        return _KINDS.get(fields.get("kind", ""), UnknownLetter).model_validate(fields)
    except ValueError:
        return UnknownLetter.model_validate(fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRecord:
    """A dead letter as it stands in a stream."""

    id: str  #: "<shard>:<id in the stream>"
    at: int  #: ms since the epoch
    letter: AnyLetter
    fields: dict[str, str]  #: all of it, as it stands

    @classmethod
    def of(cls, fields: dict[str, str], *, shard: int, id: str) -> Self:  # noqa: A002
        """Return the entry of a stream."""
        at = moment_of(id, fields.get("at", ""))
        return cls(id=f"{shard}:{id}", at=at, letter=from_fields(fields), fields=fields)
