"""Prints the output of all processes to one terminal, each line after the name of its program."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Full, Queue

_OWN_NAME = "inturn"
_COLOURS = (36, 32, 33, 35, 34, 96)  #: of the names
_ALARM_COLOUR = 31
#: Lines that wait for a stopped terminal; further ones are dropped.
_MAX_WAITING = 10_000


class Console:
    """May be used from any thread and never blocks: a terminal may be stopped with Ctrl-S for hours.

    `write` prints a text. If it raises, the console is `lost` and prints nothing more.
    """

    def __init__(self, write: Callable[[str], object], names: Sequence[str], *, colours: bool) -> None:
        self._write = write
        self._width = max(len(name) for name in (_OWN_NAME, *names))
        self._colours = {name: _COLOURS[n % len(_COLOURS)] for n, name in enumerate(names)} if colours else {}
        self._alarm_colour = _ALARM_COLOUR if colours else None
        self._lines: Queue[str | None] = Queue(maxsize=_MAX_WAITING)
        self._printer = threading.Thread(target=self._print_all, name="printer", daemon=True)
        self.lost = False
        self._printer.start()

    def line(self, name: str, text: str) -> None:
        """Print a line of a program."""
        self._put(f"{_coloured(f'{name:<{self._width}} |', self._colours.get(name))} {text}\n")

    def note(self, text: str) -> None:
        """Print what the supervisor does."""
        for line in text.splitlines():
            self.line(_OWN_NAME, line)

    def alarm(self, text: str) -> None:
        """Print a problem of the stack, in colour."""
        for line in text.splitlines():
            self.line(_OWN_NAME, _coloured(line, self._alarm_colour))

    def headline(self, text: str) -> None:
        """Print a line without a name in front."""
        self._put(text + "\n")

    def close(self, *, within: float = 1) -> None:
        """Print the waiting lines, if the terminal takes them within so many seconds."""
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
