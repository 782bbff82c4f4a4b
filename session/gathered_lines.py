"""Gathers the lines of a log and writes them together, so that a line costs no write of its own and waits for no reader."""

import os
import threading
import time
from collections import deque
from contextlib import suppress
from typing import TextIO

#: Seconds that a line waits at most.
_WITHIN = 0.05
#: Lines that wait at most; whoever adds one more writes them all.
_MOST = 1000


class GatheredLines:
    """Writes to another stream, in order: at once when it is flushed, else `within` seconds.

    A process that is killed loses the lines of that time; one that exits flushes its log.
    """

    def __init__(self, stream: TextIO, *, within: float = _WITHIN) -> None:
        self._stream = stream
        self._within = within
        self._begin()
        # The parent writes the lines that it had gathered; of the threads only the one that forks goes on in a child.
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._lines: deque[str] = deque()
        self._writing = threading.Lock()
        self._some_wait = threading.Event()
        self._writer: threading.Thread | None = None

    @property
    def closed(self) -> bool:
        """Whether nothing can be written any more."""
        return self._stream.closed

    def write(self, text: str) -> None:
        """Add a line, to be written soon."""
        self._lines.append(text)
        if len(self._lines) > _MOST:
            self.flush()
        elif not self._some_wait.is_set():
            if self._writer is None:
                # A daemon, since it must not keep a process from ending.
                self._writer = threading.Thread(target=self._write_on, name="log", daemon=True)
                self._writer.start()
            self._some_wait.set()

    def flush(self) -> None:
        """Write what was added until now."""
        with self._writing:
            # One thread takes lines out; others may add some meanwhile.
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            if lines:
                self._stream.write("".join(lines))
                self._stream.flush()

    def _write_on(self) -> None:
        while True:
            self._some_wait.wait()
            time.sleep(self._within)
            # Before the lines are taken: whoever adds one afterwards says so once more.
            self._some_wait.clear()
            # Nobody reads the log any more, or the stream is closed: there is nowhere to say it.
            with suppress(OSError, ValueError):
                self.flush()
