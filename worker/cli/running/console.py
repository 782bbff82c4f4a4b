"""Prints the lines of all processes to one terminal, each behind the name of its process."""

import threading
from collections.abc import Sequence
from typing import TextIO

_HOUSE = "inturn"
_COLOURS = (36, 32, 33, 35, 34, 96)  #: of the names
_LOUD = 31


class Console:
    """May be used from any thread. A terminal that is gone makes it silent, and `lost`."""

    def __init__(self, out: TextIO, names: Sequence[str], *, colours: bool) -> None:
        self._out = out
        self._width = max(len(name) for name in (_HOUSE, *names))
        self._colours = {name: _COLOURS[n % len(_COLOURS)] for n, name in enumerate(names)} if colours else {}
        self._loud = _LOUD if colours else None
        self._lock = threading.Lock()
        self.lost = False

    def line(self, name: str, text: str) -> None:
        """Print a line of a process."""
        self._print(f"{_coloured(f'{name:<{self._width}} |', self._colours.get(name))} {text}")

    def note(self, text: str) -> None:
        """Print what the supervisor does."""
        for line in text.splitlines():
            self.line(_HOUSE, line)

    def alarm(self, text: str) -> None:
        """Print what a person should not miss."""
        for line in text.splitlines():
            self.line(_HOUSE, _coloured(line, self._loud))

    def headline(self, text: str) -> None:
        """Print a line without a name."""
        self._print(text)

    def _print(self, line: str) -> None:
        with self._lock:
            try:
                self._out.write(line + "\n")
                self._out.flush()
            except (OSError, ValueError):
                self.lost = True


def _coloured(text: str, colour: int | None) -> str:
    return text if colour is None else f"\x1b[{colour}m{text}\x1b[0m"
