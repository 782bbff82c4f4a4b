"""Finds the longest known phrase at a place of a message. Knows nothing of what the phrases mean."""

from collections.abc import Sequence
from typing import Generic, TypeVar

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
