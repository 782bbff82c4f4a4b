"""The base of everything that is written to Redis as JSON: frozen, camelCase outside, snake_case inside. Pure."""

import re
from datetime import UTC, datetime, timedelta
from operator import not_
from typing import Annotated, Any, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

#: Always integers: floats sometimes lose a millisecond.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: A duration divided by it is a number of milliseconds.
MS = timedelta(milliseconds=1)


def left_out(default: Any, **more: Any) -> Any:
    """Return a field that is not written while it is empty: most records have nothing in it. `more` is that of `Field`."""
    return Field(default, exclude_if=not_, **more)


class Record(BaseModel):
    """A frozen value with camelCase JSON.

    Unknown fields are ignored, so that an older worker can read what a newer one wrote during an upgrade.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        populate_by_name=True,
        # What is refused may be a customer's text, and the error of an assistant that made it is logged.
        hide_input_in_errors=True,
    )

    has_format: ClassVar[bool] = (
        False  #: whether its JSON says which format it has, unless it is the first one
    )

    @property
    def needs_format(self) -> int:
        """The first format that has everything that is in the record."""
        return 1

    def to_json(self) -> str:
        """Return the compact camelCase JSON for Redis; fields that are None are left out.

        Raises `PydanticSerializationError` for values that could not be read back: a wrong type, a lone surrogate.
        """
        record = self
        if self.has_format and (needed := max(self.needs_format, LOWEST)) > 1:
            record = self.model_copy(update={"format": needed})
        return record.model_dump_json(by_alias=True, exclude_none=True, warnings="error")


class Kept(Record):
    """A record that waits in Redis, and may be read by another release than the one that wrote it."""

    has_format = True


def to_ms(instant: datetime) -> int:
    """Return an aware datetime as whole milliseconds since the epoch, the unit of every time in Redis."""
    return (instant - _EPOCH) // MS


def from_ms(milliseconds: int) -> datetime:
    """Return milliseconds since the epoch as an aware datetime in UTC."""
    return _EPOCH + milliseconds * MS


#: The newest format of records and of entries of the intake that this release reads. A record without one has the first
#: format, as has every record from before formats existed. It grows by one when something is written that the previous
#: release could not read, or would misread: see docs/upgrading.md. 2: messages and histories that are more than texts; merges.
#: 3: what API clients do; message templates; timers.
FORMAT = 3
#: A record is written in the first format that has everything that is in it, but in none below this one.
LOWEST = 1

#: The largest time that is accepted.
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
LATEST_MS = to_ms(LATEST)


def moment_of(id_: str, at: str, *, latest: datetime = LATEST) -> int:
    """Return when an entry of a stream was written (ms): from its field, else from its id, else 0."""
    times = (int(text) for text in (at, id_.partition("-")[0]) if re.fullmatch(r"[0-9]{1,16}", text))
    return next((ms for ms in times if ms <= to_ms(latest)), 0)


#: Milliseconds since the epoch, within the range of a date. 0 means none where there may be none.
Ms = Annotated[int, Field(ge=0, le=LATEST_MS)]
#: An instant in UTC that is readable in Redis: ISO 8601. Written by pydantic itself: a session contains twenty of
#: them, and a function of ours would be called for each one at every write.
Instant = AwareDatetime
#: The same for times that we compute: a time-out can be added to it.
Moment = Annotated[AwareDatetime, Field(ge=_EPOCH, le=LATEST)]
