"""What a model of embeddings must be able to do; `EMBEDDER` names what makes one."""

from collections.abc import Sequence
from typing import Any, Protocol


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
