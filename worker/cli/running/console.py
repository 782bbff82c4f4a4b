"""Prints the lines of all processes to one terminal, each behind the name of its process."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Full, Queue

_HOUSE = "inturn"
_COLOURS = (36, 32, 33, 35, 34, 96)  #: of the names
_LOUD = 31
#: Lines that wait for a terminal that stands still; more of them are dropped.
_WAITING = 10_000


class Console:
    """May be used from any thread, and never makes one wait: a terminal may be stopped with Ctrl-S for hours.

    `write` prints a text. If it raises, the terminal is `lost`, and what comes later goes nowhere.
    """

    def __init__(self, write: Callable[[str], object], names: Sequence[str], *, colours: bool) -> None:
        self._write = write
        self._width = max(len(name) for name in (_HOUSE, *names))
        self._colours = {name: _COLOURS[n % len(_COLOURS)] for n, name in enumerate(names)} if colours else {}
        self._loud = _LOUD if colours else None
        self._lines: Queue[str | None] = Queue(maxsize=_WAITING)
        self._printer = threading.Thread(target=self._print_all, name="printer", daemon=True)
        self.lost = False
        self._printer.start()

    def line(self, name: str, text: str) -> None:
        """Print a line of a process."""
        self._put(f"{_coloured(f'{name:<{self._width}} |', self._colours.get(name))} {text}\n")

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
        self._put(text + "\n")

    def close(self, *, within: float = 1) -> None:
        """Print what still waits, if the terminal takes it within so many seconds."""
        self._put(None)
        self._printer.join(within)

    def _put(self, line: str | None) -> None:
        with suppress(Full):
            self._lines.put_nowait(line)

    def _print_all(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._write(line)
            except (OSError, ValueError):
                self.lost = True
                return


def _coloured(text: str, colour: int | None) -> str:
    return text if colour is None else f"\x1b[{colour}m{text}\x1b[0m"
