"""What a model of embeddings must be able to do; `EMBEDDER` names what makes one."""

from collections.abc import Sequence
from typing import Any, Protocol

from session.errors import InturnError


class EmbedderFailed(InturnError):
    """Raised when a model of embeddings makes no vectors that can be used; its text says why, without the texts."""

    def __init__(self, why: str) -> None:
        super().__init__(f"EMBEDDER: {why}")


class Embedder(Protocol):
    """Turns texts into vectors of length 1; texts that mean much the same get vectors that are near. Thread-safe."""

    @property
    def name(self) -> str:
        """The name of the model. Vectors are kept with it: those of another model are not compared."""

    @property
    def dimensions(self) -> int:
        """The numbers of a vector."""

    def queries(self, texts: Sequence[str]) -> Any:
        """Return the vectors of what customers write, one row each, as an array of numpy or what it can read."""

    def passages(self, texts: Sequence[str]) -> Any:
        """Return the vectors of texts of records in the same way; called during a load, with many."""
