"""Says what goes wrong again and again once, and then how often. Pure but for what it remembers.

A Redis that is away makes every part of a process say so, many times a second: that drowns the one line that says why.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: What differs between two sayings of the same: how long is waited, the which of how many it is, where a thing lies.
_DIFFERS = re.compile(r"(?<!\d)\d++(?:\.\d++)?(?= ?(?:s|ms|seconds?)\b)|\(\d+/\d+\)|0x[0-9a-f]+")
_KEY = 200  #: characters of a line by which it is known again
_MOST = 500  #: that are remembered


@dataclass(slots=True)
class _Said:
    words: str
    level: str
    said_at: float
    last_at: float
    unsaid: int = 0


@dataclass(frozen=True, slots=True)
class Again:
    """A line that was said before."""

    words: str
    times: int  #: since it was said
    level: str = ""  #: of the line


class Repeats:
    """Counts what comes again within `every` seconds. Times are in seconds and may begin anywhere."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._known: dict[str, _Said] = {}
        self._look_at = 0.0

    def is_new(self, of: str, words: str, at: float, level: str = "") -> bool | Again:
        """Whether a line is to be said: True, False, or what is to be said of all that were not.

        `of` is where it comes from, and whom it is about.
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
        """Yield what has not come again for a while, and was not said each time; it is forgotten."""
        if at < self._look_at and len(self._known) <= _MOST:
            return
        self._look_at = at + self._every / 10
        over = [key for key, known in self._known.items() if at - known.last_at >= self._every]
        yield from self._forget(over or list(self._known)[: len(self._known) - _MOST])

    def all(self) -> Iterator[Again]:
        """Yield whatever was not said each time, at the end of the process."""
        yield from self._forget(list(self._known))

    def _forget(self, keys: list[str]) -> Iterator[Again]:
        for key in keys:
            known = self._known.pop(key)
            if known.unsaid:
                yield Again(known.words, known.unsaid, known.level)
