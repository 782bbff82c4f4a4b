"""Compares what texts mean. All work with numpy is here, and only here; the search is exact.

The vectors of a small model are much alike: any two have a cosine of 0.8. Therefore what they have in common is subtracted: from
a wish the average of everyday sentences in its language, from texts their own average. How near the everyday sentences come to
the texts at best is the unit of nearness: it depends neither on the model nor on how many texts there are.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from worker.assistants.semantic.embedding import Embedder
from worker.assistants.semantic.franco import in_arabic_letters
from worker.assistants.understanding.language import language_of

Vectors = NDArray[np.float32]
#: What counts for the best where there are few texts, as so many standard deviations: among 200 texts it is the same.
_SPREADS = 3.4
#: Characters of a wish that are read: its time grows with them.
_LONGEST = 200
#: Wishes whose vectors are kept, for the several looks of one turn and the pages after it.
_KEPT = 256


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer wants, as a vector without what its language has in common."""

    language: str
    vector: Vectors


class Meaning:
    """What texts mean to one model. Thread-safe."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.wish = lru_cache(maxsize=_KEPT)(self._wish)
        #: A language -> the vectors of its everyday sentences, one row each.
        self.everyday = cache(self._embedded)

    @property
    def name(self) -> str:
        """The name of the model and the size of its vectors."""
        return f"{self._embedder.name}/{self._embedder.dimensions}"

    def packed(self, texts: Sequence[str]) -> list[bytes]:
        """Return the vectors of texts of records as they are kept: 16 bits a number."""
        return [row.tobytes() for row in np.asarray(self._embedder.passages(texts), np.float16)]

    def unpacked(self, packed: Sequence[bytes]) -> "Texts":
        """Return texts by their kept vectors."""
        return Texts(self, np.frombuffer(b"".join(packed), np.float16).astype(np.float32), len(packed))

    def questions(self, texts: Sequence[str]) -> "Texts":
        """Return texts that customers may write."""
        return Texts(self, self._vectors([_readable(text, language_of(text)) for text in texts]), len(texts))

    @cached_property
    def _sentences(self) -> dict[str, list[str]]:
        return tomllib.loads(files(__package__).joinpath("data/everyday.toml").read_text("utf-8"))

    def _embedded(self, language: str) -> Vectors:
        return self._vectors([_readable(text, language) for text in self._sentences[language]])

    def _wish(self, text: str) -> Wish:
        language = language_of(text)
        (vector,) = self._vectors([_readable(text[:_LONGEST], language)])
        return Wish(language, vector - self.everyday(language).mean(axis=0))

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        # What cannot be written in UTF-8 can be in a message.
        plain = [text.encode(errors="replace").decode().replace("\0", " ") for text in texts]
        return np.asarray(self._embedder.queries(plain), np.float32)


class Texts:
    """Texts that a wish may mean."""

    def __init__(self, meaning: Meaning, vectors: Vectors, count: int) -> None:
        self._meaning = meaning
        rows = vectors.reshape(count, vectors.size // max(count, 1))
        self._vectors = rows - rows.mean(axis=0) if count else rows
        self._chance: dict[str, float] = {}

    def nearest(self, wish: str, most: int) -> list[tuple[int, float]]:
        """Return the places of the texts nearest to a wish, and how near they are: 1 is the best of an everyday sentence."""
        if len(self._vectors) == 0:
            return []
        meant = self._meaning.wish(wish)
        near = self._vectors @ meant.vector / self._by_chance(meant.language)
        best = np.argpartition(-near, min(most, len(near) - 1))[:most]
        return [(int(at), float(near[at])) for at in sorted(best, key=lambda at: (-near[at], at))]

    def _by_chance(self, language: str) -> float:
        if language not in self._chance:
            everyday = self._meaning.everyday(language)
            scores = (everyday - everyday.mean(axis=0)) @ self._vectors.T
            best = float(scores.max(axis=1).mean())
            self._chance[language] = max(best, _SPREADS * float(np.std(scores))) or 1.0
        return self._chance[language]


def _readable(text: str, language: str) -> str:
    return (in_arabic_letters(text) if language == "franco" else "") or text
