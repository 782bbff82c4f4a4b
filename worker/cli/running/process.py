"""One program of the stack: what to start, and the process that runs it, with its output and its process group."""

import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from session.errors import InturnError
from worker.cli.running.process_groups import group_is_alive, signal_group, start_time_of

#: Lines of output that are kept, to be shown if the process fails.
_LAST_LINES = 20


class CannotStart(InturnError):
    """Raised when the operating system cannot start a program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program that the supervisor keeps running."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]  #: the complete environment
    ready: Callable[[], bool]  #: called until it returns true; it returns within a second and never raises
    hidden: tuple[str, ...] = ()  #: lines that contain one of these texts are not shown


class Process:
    """A running program. It leads a session of its own, so that Ctrl-C reaches only the supervisor."""

    def __init__(self, program: Program, show: Callable[[str, str], None]) -> None:
        """Start the program; `show` gets its name and each line of its output. Raises `CannotStart`."""
        self.program = program
        self._last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        try:
            self._popen = subprocess.Popen(  # noqa: S603  (argv is the stack's own)
                program.argv,
                env=dict(program.env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise CannotStart(f"{program.argv[0]}: {error.strerror}") from error
        self.pid = self._popen.pid
        self.start_time = start_time_of(self.pid) or ""
        self._reader = threading.Thread(target=self._read, args=(show,), name=program.name, daemon=True)
        self._reader.start()

    def status(self) -> int | None:
        """Return the exit status, negative for a signal; None while the process runs."""
        return self._popen.poll()

    def signal(self, number: int) -> None:
        """Send a signal to the process and everything that it has started."""
        signal_group(self.pid, number)

    def gone(self) -> bool:
        """Return whether the process and everything that it has started have ended."""
        return self.status() is not None and not group_is_alive(self.pid)

    def last_output(self) -> str:
        """Return the last lines of output."""
        self._reader.join(timeout=1)
        return "\n".join(f"    {line}" for line in self._last_lines) or "    (no output)"

    def _read(self, show: Callable[[str, str], None]) -> None:
        if self._popen.stdout is None:
            return
        with self._popen.stdout as lines:
            for raw in lines:
                line = raw.decode(errors="replace").rstrip()
                if not any(text in line for text in self.program.hidden):
                    self._last_lines.append(line)
                    show(self.program.name, line)
