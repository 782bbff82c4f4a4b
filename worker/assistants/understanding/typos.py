"""Finds the name that a misspelt word was meant to be, among not too many names."""

from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import fuzz, process

#: Below this many letters too much is alike.
SHORTEST = 5
#: Above this many names it would take too long, and too much would be alike.
AT_MOST = 3000
_ALIKE = 84.0
#: Names whose length differs by more than this factor cannot be so much alike.
_STRETCH = 0.73
_REMEMBERED = 4096


class Typos:
    """Names by first letter and length, so that only those are compared that may be meant: hands slip later on."""

    def __init__(self, names: Iterable[str]) -> None:
        found = [name for name in names if len(name) >= SHORTEST]
        self._names = found if len(found) <= AT_MOST else []
        self._firsts = frozenset(name[0] for name in self._names)
        self._longest = max(map(len, self._names), default=0) / _STRETCH
        self._near: dict[tuple[str, int], list[str]] = {}
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._nearest)

    def nearest(self, written: str) -> str | None:
        """Return the name that is most like what was written, if one is like enough."""
        # What is like no name is not remembered either: strangers choose how long it is, and how many there are.
        if not SHORTEST <= len(written) <= self._longest or written[0] not in self._firsts:
            return None
        return self._remembered(written)

    def _nearest(self, written: str) -> str | None:
        length = len(written)
        key = (written[0], length)
        near = self._near.get(key)
        if near is None:
            least, most = length * _STRETCH, length / _STRETCH
            near = [name for name in self._names if name[0] == written[0] and least <= len(name) <= most]
            self._near[key] = near
        found = process.extractOne(written, near, scorer=fuzz.ratio, score_cutoff=_ALIKE)
        return found[0] if found else None
