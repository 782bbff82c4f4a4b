"""An embedder that knows a few concepts: what it embeds is what the words of a text mean. Records what it was asked."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

_CONCEPTS = (
    "pool swim سباحة تعوم",
    "garden green حديقة خضرة",
    "parking cars جراج",
    "teeth dentist",
    "metro subway",
)
_NOISE = 0.02


class Concepts:
    """An `Embedder`."""

    dimensions = 16

    def __init__(self, name: str = "concepts") -> None:
        self.name = name
        self.passed: list[str] = []  #: the texts of records
        self.asked: list[str] = []
        self.warned: list[str] = []

    def queries(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        return np.array([_vector(text) for text in texts])

    def passages(self, texts: Sequence[str]) -> np.ndarray:
        self.passed += texts
        return np.array([_vector(text) for text in texts])


def _vector(text: str) -> np.ndarray:
    seed = int.from_bytes(blake2b(text.encode(), digest_size=4).digest())
    vector = np.random.default_rng(seed).normal(scale=_NOISE, size=Concepts.dimensions)
    vector[-1] += 1  # what all texts have in common
    for axis, words in enumerate(_CONCEPTS):
        vector[axis] += any(word in text for word in words.split())
    return vector / np.linalg.norm(vector)
