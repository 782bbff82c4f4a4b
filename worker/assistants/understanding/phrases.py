"""Looks phrases up: the longest known phrase at a position of a message, and the name that a misspelt word means."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Generic, TypeVar

from rapidfuzz import fuzz, process

from worker.assistants.understanding.normal import fold, normal, skeleton
from worker.assistants.understanding.tokens import Token, loose_form, phrase_words

Meaning = TypeVar("Meaning")


class Phrases(Generic[Meaning]):
    """Phrases and what they mean, found by their spelling or, in Arabic and Franco-Arabic, by a looser form of it."""

    def __init__(self) -> None:
        self.exact: dict[str, Meaning] = {}
        self.loose: dict[str, Meaning] = {}
        self._reach: dict[str, int] = {}

    def put(self, phrase: str, meaning: Meaning, *, also_loose: bool) -> list[str]:
        """Add a phrase, unless it already has a meaning, and return its words."""
        words = phrase_words(normal(phrase))
        self._add(self.exact, words, meaning)
        if also_loose:
            self._add(self.loose, [loose_form(word) for word in words], meaning)
        return words

    def get(self, phrase: str) -> Meaning | None:
        """Return what a phrase means, found by its spelling."""
        return self.exact.get(" ".join(phrase_words(normal(phrase))))

    def _add(self, index: dict[str, Meaning], words: list[str], meaning: Meaning) -> None:
        if words:
            index.setdefault(" ".join(words), meaning)
            self._reach[words[0]] = max(len(words), self._reach.get(words[0], 0))

    def longest(self, tokens: Sequence[Token], at: int) -> tuple[int, Meaning] | None:
        """Return the number of words of the longest known phrase that begins here, and what it means."""
        first = tokens[at]
        reach = max(self._reach.get(first.text, 0), self._reach.get(first.stem, 0))
        if not reach:
            return None
        reach = min(reach, len(tokens) - at)
        for ahead in range(1, reach):
            if tokens[at + ahead].after_break:
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


#: Fewer consonants are too ambiguous.
_FEWEST_CONSONANTS = 3


class SoundNames(Generic[Meaning]):
    """Franco-Arabic names by their consonants, for words that are written with other vowels than any known spelling.

    The fewer consonants, the fewer vowels may be missing: "metro" is not Mataria. Of names that sound alike, `common` says what
    they have in common; None if that is nothing.
    """

    def __init__(
        self, names: Mapping[str, Meaning], common: Callable[[Meaning, Meaning], Meaning | None]
    ) -> None:
        self._meanings: dict[str, Meaning | None] = {}
        self._lengths: dict[str, int] = {}
        for name, meaning in names.items():
            if not name.isascii():
                continue
            sound = skeleton_of(name)
            known = self._meanings.setdefault(sound, meaning)
            self._lengths[sound] = max(len(fold(name)), self._lengths.get(sound, 0))
            if known is not None and known is not meaning:
                self._meanings[sound] = common(known, meaning)

    def get(self, written: str) -> Meaning | None:
        """Return what a name that sounds the same means, None if there is none."""
        sound = skeleton_of(written)
        consonants = len(sound.replace(" ", "").replace("a", ""))
        if consonants < _FEWEST_CONSONANTS or sound not in self._meanings:
            return None
        missing = abs(self._lengths[sound] - len(fold(written)))
        return self._meanings[sound] if missing <= consonants - _FEWEST_CONSONANTS + 1 else None


def skeleton_of(name: str) -> str:
    """Return the consonants of each word of a name."""
    return " ".join(skeleton(word) for word in name.split())


#: Shorter names are too similar to each other.
SHORTEST = 5
#: With more names it would take too long, and too many would be similar.
AT_MOST = 3000
_ALIKE = 84.0
#: Names whose lengths differ by more than this factor cannot reach that similarity.
_STRETCH = 0.73
_REMEMBERED = 4096


class FuzzyNames:
    """Names by first letter and length, so that only plausible ones are compared: few people mistype a first letter."""

    def __init__(self, names: Iterable[str]) -> None:
        found = [name for name in names if len(name) >= SHORTEST]
        self._names = found if len(found) <= AT_MOST else []
        self._firsts = frozenset(name[0] for name in self._names)
        self._longest = max(map(len, self._names), default=0) / _STRETCH
        self._near: dict[tuple[str, int], list[str]] = {}
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._nearest)

    def nearest(self, written: str) -> str | None:
        """Return the most similar name, None if no name is similar enough."""
        # What cannot match is not cached, so that customers cannot fill the cache with long texts.
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
