"""Looks phrases up: the longest known phrase at a position of a message, and the name that a misspelt word means."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Generic, TypeVar

from rapidfuzz import fuzz, process

from worker.assistants.understanding.normal import normal
from worker.assistants.understanding.tokens import Token, loosely, phrase_words

Meaning = TypeVar("Meaning")


class Phrases(Generic[Meaning]):
    """Phrases and what they mean, found as they are written or, in Arabic and Franco-Arabic, as they sound."""

    def __init__(self) -> None:
        self.exact: dict[str, Meaning] = {}
        self.loose: dict[str, Meaning] = {}
        self._reach: dict[str, int] = {}

    def put(self, phrase: str, meaning: Meaning, *, loosely_too: bool) -> list[str]:
        """Add a phrase, unless it has a meaning already, and return its words."""
        words = phrase_words(normal(phrase))
        self._note(self.exact, words, meaning)
        if loosely_too:
            self._note(self.loose, [loosely(word) for word in words], meaning)
        return words

    def get(self, phrase: str) -> Meaning | None:
        """Return what a phrase means as it is written."""
        return self.exact.get(" ".join(phrase_words(normal(phrase))))

    def _note(self, index: dict[str, Meaning], words: list[str], meaning: Meaning) -> None:
        if words:
            index.setdefault(" ".join(words), meaning)
            self._reach[words[0]] = max(len(words), self._reach.get(words[0], 0))

    def longest(self, tokens: Sequence[Token], at: int) -> tuple[int, Meaning] | None:
        """Return how many words from here make up a known phrase, and what it means."""
        first = tokens[at]
        reach = max(self._reach.get(first.text, 0), self._reach.get(first.stem, 0))
        if not reach:
            return None
        reach = min(reach, len(tokens) - at)
        for ahead in range(1, reach):
            if tokens[at + ahead].apart:
                reach = ahead
                break
        for length in range(reach, 0, -1):
            span = tokens[at : at + length]
            found = self.exact.get(" ".join([token.text for token in span]))
            if found is None:
                found = self.loose.get(" ".join([token.stem for token in span]))
            if found is not None:
                return length, found
        return None


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
