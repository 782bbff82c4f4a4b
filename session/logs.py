"""The log: text for people, flat JSON for programs. Numbers are masked, and control characters are escaped.

At normal levels the log contains no message texts. A repeated warning is written once and then counted: when Redis is
down, every part of a process reports it many times a second, which would hide the line with the cause.

The JSON uses the names of OpenTelemetry's log data model (Timestamp, SeverityText, SeverityNumber, Body,
InstrumentationScope); attributes are on the same level, and exceptions follow its semantic conventions.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, TextIO

from loguru import logger

from session.gathered_lines import GatheredLines
from session.printable import counted, mask, mask_again, visible, visible_json

if TYPE_CHECKING:
    from loguru import Message
    from loguru import Record as LogRecord


def start_logging(*, level: str, as_json: bool, gather: bool = False) -> None:
    """Send all records of this process to standard error, as text or as JSON. Replaces earlier sinks.

    With `gather` lines are written together within 0.05 s; a warning or an error is written at once, after what came
    before it. A process that is killed loses the lines of that time.
    """
    logger.remove()
    # For every sink, an operator's own included.
    logger.configure(patcher=mask_record)
    # We format the lines ourselves, because loguru's own JSON is a large nested record.
    stream = GatheredLines(sys.stderr) if gather else sys.stderr
    logger.add(LogLines(stream, as_json=as_json), level=level, format="", backtrace=False, diagnose=False)
    logging.basicConfig(handlers=[_ToLoguru()], level=level if level != "TRACE" else "DEBUG", force=True)
    # One line for each request or task would hide the rest.
    for name in (
        "httpx",
        "httpcore",
        "celery.app.trace",
        "celery.beat",
        "celery.worker.strategy",
        "_granian",
    ):
        logging.getLogger(name).setLevel(logging.WARNING)


def mask_record(record: "LogRecord") -> None:
    """Mask the message of a record and what is bound to it, in place; loguru calls it before any sink."""
    record["message"] = mask_again(record["message"])
    extra = record["extra"]
    for name, value in extra.items():
        if not isinstance(value, _PLAIN) and name not in _AS_IT_IS:
            extra[name] = mask_again(str(value))


class _ToLoguru(logging.Handler):
    """Passes records of the standard library on to loguru."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one record on."""
        level: str | int = (
            record.levelname if record.levelname in logging.getLevelNamesMapping() else record.levelno
        )
        frame, depth = logging.currentframe(), 2
        while frame and frame.f_code.co_filename == logging.__file__ and frame.f_back:
            frame, depth = frame.f_back, depth + 1
        logger.opt(depth=depth, exception=record.exc_info).log(level, "{}", record.getMessage())


#: Parts that differ between two reports of the same problem: waiting times, counts of attempts, memory addresses.
_DIFFERS = re.compile(r"(?<!\d)\d++(?:\.\d++)?(?= ?(?:s|ms|seconds?)\b)|\(\d+/\d+\)|0x[0-9a-f]+")
_KEY = 200  #: characters of a line by which it is recognised
_MOST = 500  #: lines that are remembered


@dataclass(slots=True)
class _Said:
    words: str
    level: str
    said_at: float
    last_at: float
    unsaid: int = 0


@dataclass(frozen=True, slots=True)
class Again:
    """A line that was written before."""

    words: str
    times: int  #: repetitions since it was written
    level: str = ""  #: of the line


class Repeats:
    """Counts repetitions within `every` seconds. Times are in seconds, from any origin."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._known: dict[str, _Said] = {}
        self._look_at = 0.0

    def is_new(self, of: str, words: str, at: float, level: str = "") -> bool | Again:
        """Whether to write a line: True, False, or the summary to write for all suppressed ones.

        `of` is its origin and subject.
        """
        key = of + _DIFFERS.sub("#", words.partition("\n")[0][:_KEY])
        known = self._known.get(key)
        if known is None:
            self._known[key] = _Said(words.partition("\n")[0][:_KEY], level, said_at=at, last_at=at)
            return True
        known.last_at = at
        known.unsaid += 1
        if at - known.said_at < self._every:
            return False
        again = Again(known.words, known.unsaid, known.level)
        known.said_at, known.unsaid = at, 0
        return again

    def ended(self, at: float) -> Iterator[Again]:
        """Yield and forget the lines that have not repeated for a while and have suppressed repetitions."""
        if at < self._look_at and len(self._known) <= _MOST:
            return
        self._look_at = at + self._every / 10
        over = [key for key, known in self._known.items() if at - known.last_at >= self._every]
        yield from self._forget(over or list(self._known)[: len(self._known) - _MOST])

    def all(self) -> Iterator[Again]:
        """Yield all lines with suppressed repetitions, at the end of the process."""
        yield from self._forget(list(self._known))

    def _forget(self, keys: list[str]) -> Iterator[Again]:
        for key in keys:
            known = self._known.pop(key)
            if known.unsaid:
                yield Again(known.words, known.unsaid, known.level)


#: OpenTelemetry's numbers of the levels.
_SEVERITY = {"TRACE": 1, "DEBUG": 5, "INFO": 9, "SUCCESS": 10, "WARNING": 13, "ERROR": 17, "CRITICAL": 21}
_WARNING = 30  #: loguru's number: repeated records are counted from this level on
_EVERY = 30.0  #: seconds after which the number of repetitions is written
_LONGEST = 1000  #: characters of a message
_TRACED = (10, 30)  #: lines from the beginning and from the end of a traceback
#: Values of these types are shown unmasked, because they cannot be a customer's number.
_PLAIN = (bool, int, float, type(None))
#: A network address looks like a number, and is needed to stop abuse.
_AS_IT_IS = frozenset({"address"})


class LogLines:
    """A sink for loguru's records, masked already. loguru calls it from one thread at a time."""

    def __init__(self, stream: TextIO | GatheredLines, *, as_json: bool) -> None:
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
        if record["level"].no >= _WARNING:
            self._stream.flush()

    def stop(self) -> None:
        """Write the counts that are not written yet; loguru calls this at the end."""
        if self._stream.closed:
            return
        for again in self._repeats.all():
            self._say_again(again)
        self._stream.flush()

    def _say_again(self, again: Again) -> None:
        if self._latest:
            words = f"{again.words} - {counted(again.times, 'more time')}"
            self._write_one(
                {**self._latest, "exception": None}, words, {"repeated": again.times}, again.level
            )

    def _plain(self, record: "LogRecord", words: str, extra: dict[str, Any], level: str = "") -> None:
        bound = " |" * bool(extra) + "".join(f" {name}={value}" for name, value in extra.items())
        line = f"{_moment(record)} {level or record['level'].name:<7} {visible(words + bound)}"
        if record["exception"]:
            line += "\n    " + visible(mask(_trace(record)), lines=True).rstrip()
        self._stream.write(line + "\n")

    def _as_json(self, record: "LogRecord", words: str, extra: dict[str, Any], level: str = "") -> None:
        level = level or record["level"].name
        fields: dict[str, Any] = {
            "Timestamp": _moment(record),
            "SeverityText": level,
            "SeverityNumber": _SEVERITY.get(level, 9),
            "Body": words,
            "InstrumentationScope": record["name"],
            **extra,
        }
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
