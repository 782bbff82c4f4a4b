"""Reports a repeated problem once, and then how often it occurred. Pure except for its memory.

When Redis is down, every part of a process reports it many times a second, which would hide the line with the cause.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

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
