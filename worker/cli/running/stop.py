"""The wish that the stack ends: a signal makes it known, the supervisor waits for it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from select import select

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop:
    """Asked for at most once that matters; may be asked for from a signal handler or from any thread.

    A pipe and no `threading.Event`: setting an event in a signal handler waits for ever if the interrupted code
    holds the event's lock.
    """

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)

    def ask(self) -> None:
        """Ask for the end."""
        # A full pipe has been asked often enough.
        with suppress(BlockingIOError):
            os.write(self._writer, b".")

    def asked(self, *, within: float = 0) -> bool:
        """Return whether the end was asked for, at the latest after so many seconds."""
        readable, _, _ = select([self._reader], [], [], within)
        return bool(readable)

    @contextmanager
    def by_signals(self) -> Iterator[None]:
        """Let Ctrl-C, `kill` and a closed terminal ask for the end."""
        before = {number: signal.signal(number, lambda *_: self.ask()) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def close(self) -> None:
        """Give back the pipe."""
        os.close(self._reader)
        os.close(self._writer)
