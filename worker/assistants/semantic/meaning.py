"""Compares what texts mean. All work with numpy is here, and only here; the search is exact.

The vectors of a small model are much alike: any two have a cosine of 0.8. Therefore what they have in common is subtracted: from
a wish the average of everyday sentences in its language, from texts their own average. How near the everyday sentences come to
the texts at best is the unit of nearness: it depends neither on the model nor on how many texts there are.
"""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.assistants.semantic.embedding import Embedder, EmbedderFailed
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

    def __init__(self, embedder: Embedder, warn: Callable[[str], None] = lambda _: None) -> None:
        """Take a model, and what is told when it fails: texts are looked for by their words alone then."""
        self._embedder = embedder
        self.warn = warn
        self.wish = lru_cache(maxsize=_KEPT)(self._wish)
        #: A language -> the vectors of its everyday sentences, one row each.
        self.everyday = cache(self._embedded)

    @property
    def name(self) -> str:
        """The name of the model and the size of its vectors."""
        return f"{self._embedder.name}/{self._embedder.dimensions}"

    def packed(self, texts: Sequence[str]) -> list[bytes]:
        """Return the vectors of texts of records as they are kept: 16 bits a number."""
        return [row.tobytes() for row in self._made(self._embedder.passages, texts).astype(np.float16)]

    def unpacked(self, packed: Sequence[bytes]) -> "Texts":
        """Return texts by their kept vectors."""
        return Texts(self, np.frombuffer(b"".join(packed), np.float16).astype(np.float32), len(packed))

    def questions(self, texts: Sequence[str]) -> "Texts":
        """Return texts that customers may write."""
        try:
            vectors = self._vectors([_readable(text, language_of(text)) for text in texts])
        except EmbedderFailed as error:
            self.warn(f"questions are found by their words alone: {error}")
            return Texts(self, np.zeros((0, 1), np.float32), 0)
        return Texts(self, vectors, len(texts))

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
        return self._made(self._embedder.queries, plain)

    def _made(self, embed: Callable[[Sequence[str]], Any], texts: Sequence[str]) -> Vectors:
        try:
            found = np.asarray(embed(texts), np.float32)
        except Exception as error:  # noqa: BLE001  (a model of the operator's; what it says may quote a customer)
            raise EmbedderFailed(f"the model failed with {type(error).__name__}") from None
        wanted = (len(texts), self._embedder.dimensions)
        if found.shape != wanted or not np.isfinite(found).all():
            raise EmbedderFailed(f"the model must return {wanted[0]} vectors of {wanted[1]} numbers")
        return found


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
        try:
            meant = self._meaning.wish(wish)
            near = self._vectors @ meant.vector / self._by_chance(meant.language)
        except EmbedderFailed as error:
            self._meaning.warn(f"a text is looked for by its words alone: {error}")
            return []
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
