"""One running process with its lines and its group."""

import subprocess
import threading
from collections import deque
from collections.abc import Callable

from session.errors import InturnError
from worker.cli.running.ending import signal_group
from worker.cli.running.identity import birth_of, group_is_alive
from worker.cli.running.process import Process

#: Kept to be shown when the process falls.
_LAST_LINES = 20


class CannotStart(InturnError):
    """Raised when the system does not start a program at all."""


class Child:
    """A process that was started: the leader of a session of its own, so that Ctrl-C reaches the supervisor only."""

    def __init__(self, process: Process, say: Callable[[str, str], None]) -> None:
        self.process = process
        self.last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        try:
            self._popen = subprocess.Popen(  # noqa: S603  (argv is the stack's own)
                process.argv,
                env=dict(process.env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise CannotStart(f"{process.argv[0]}: {error.strerror}") from error
        self.pid = self._popen.pid
        self.birth = birth_of(self.pid) or ""
        self._pump = threading.Thread(target=self._read, args=(say,), name=process.name, daemon=True)
        self._pump.start()

    def status(self) -> int | None:
        """Return the exit status, below zero for a signal; None while the process runs."""
        return self._popen.poll()

    def signal(self, number: int) -> None:
        """Send a signal to the process and everything that it has started."""
        signal_group(self.pid, number)

    def gone(self) -> bool:
        """Return whether the process and everything that it has started have ended."""
        return self.status() is not None and not group_is_alive(self.pid)

    def last_words(self) -> str:
        """Return the last lines, when all of them have been read."""
        self._pump.join(timeout=1)
        return "\n".join(f"    {line}" for line in self.last_lines) or "    (it has said nothing)"

    def _read(self, say: Callable[[str, str], None]) -> None:
        if self._popen.stdout is None:
            return
        with self._popen.stdout as lines:
            for raw in lines:
                line = raw.decode(errors="replace").rstrip()
                if not any(words in line for words in self.process.hushed):
                    self.last_lines.append(line)
                    say(self.process.name, line)


def told(status: int) -> str:
    """Return in words how a process ended."""
    return f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
