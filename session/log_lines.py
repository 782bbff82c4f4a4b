"""Writes log records as lines: text for people, flat JSON for programs. Numbers are masked and control characters escaped.

The JSON uses the names of OpenTelemetry's log data model (Timestamp, SeverityText, SeverityNumber, Body,
InstrumentationScope); attributes are on the same level, and exceptions follow its semantic conventions.
"""

import traceback
from datetime import UTC
from typing import TYPE_CHECKING, Any, TextIO

from session.masking import mask
from session.repeats import Again, Repeats
from session.visible import counted, visible, visible_json

if TYPE_CHECKING:
    from loguru import Message
    from loguru import Record as LogRecord

#: OpenTelemetry's numbers of the levels.
_SEVERITY = {"TRACE": 1, "DEBUG": 5, "INFO": 9, "SUCCESS": 10, "WARNING": 13, "ERROR": 17, "CRITICAL": 21}
_WARNING = 30  #: loguru's number: repeated records are counted from this level on
_EVERY = 30.0  #: seconds after which the number of repetitions is written
_LONGEST = 1000  #: characters of a message
_TRACED = (10, 30)  #: lines from the beginning and from the end of a traceback
#: A network address looks like a number, and is needed to stop abuse.
_AS_IT_IS = frozenset({"address"})


class LogLines:
    """A sink for loguru's records. loguru calls it from one thread at a time."""

    def __init__(self, stream: TextIO, *, as_json: bool) -> None:
        self._stream = stream
        self._write_one = self._as_json if as_json else self._plain
        self._repeats = Repeats(_EVERY)
        self._latest: LogRecord | None = None

    def write(self, message: "Message") -> None:
        """Write a record, unless it was written a moment ago."""
        record = self._latest = message.record
        at = record["time"].timestamp()
        for over in self._repeats.ended(at):
            self._say_again(over)
        if record["level"].no >= _WARNING:
            about = "".join(f"{name}={value} " for name, value in record["extra"].items())
            level = record["level"].name
            new = self._repeats.is_new(f"{record['name']} {level} {about}", record["message"], at, level)
            if isinstance(new, Again):
                self._say_again(new)
            if new is not True:
                return
        self._write_one(record, record["message"][:_LONGEST], record["extra"])

    def flush(self) -> None:
        """Flush the stream."""
        self._stream.flush()

    def stop(self) -> None:
        """Write the counts that are not written yet; loguru calls this at the end."""
        if self._stream.closed:
            return
        for again in self._repeats.all():
            self._say_again(again)
        self.flush()

    def _say_again(self, again: Again) -> None:
        if self._latest:
            words = f"{again.words} - {counted(again.times, 'more time')}"
            self._write_one(
                {**self._latest, "exception": None}, words, {"repeated": again.times}, again.level
            )

    def _plain(self, record: "LogRecord", words: str, extra: dict[str, Any], level: str = "") -> None:
        # One search over everything that may contain a number, instead of one for each part.
        hidden, figures = words + " |" * bool(extra), ""
        for name, value in extra.items():
            if _is_plain(name, value):
                figures += f" {name}={value}"
            else:
                hidden += f" {name}={value}"
        line = f"{_moment(record)} {level or record['level'].name:<7} {visible(mask(hidden))}{figures}"
        if record["exception"]:
            line += "\n    " + visible(mask(_trace(record)), lines=True).rstrip()
        self._stream.write(line + "\n")

    def _as_json(self, record: "LogRecord", words: str, extra: dict[str, Any], level: str = "") -> None:
        level = level or record["level"].name
        fields: dict[str, Any] = {
            "Timestamp": _moment(record),
            "SeverityText": level,
            "SeverityNumber": _SEVERITY.get(level, 9),
            "Body": mask(words),
            "InstrumentationScope": record["name"],
        }
        fields |= {n: value if _is_plain(n, value) else mask(str(value)) for n, value in extra.items()}
        if error := record["exception"]:
            fields["exception.type"] = error.type.__name__ if error.type else ""
            fields["exception.message"] = mask(str(error.value))
            fields["exception.stacktrace"] = mask(_trace(record))
        self._stream.write(visible_json(fields) + "\n")


def _moment(record: "LogRecord") -> str:
    return record["time"].astimezone(UTC).isoformat(timespec="milliseconds")[:23] + "Z"


def _trace(record: "LogRecord") -> str:
    error = record["exception"]
    told = "".join(traceback.format_exception(error.type, error.value, error.traceback)) if error else ""
    lines = told.split("\n")
    left_out = len(lines) - sum(_TRACED)
    if left_out > 0:
        lines[_TRACED[0] : -_TRACED[1]] = [f"  ... {left_out} lines ..."]
    return "\n".join(lines)


def _is_plain(name: str, value: object) -> bool:
    """Whether a value is shown unmasked, because it cannot be a customer's number."""
    return value is None or isinstance(value, bool | int | float) or name in _AS_IT_IS
