"""A script for the simulated phone: lines that a customer writes one after the other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile

from session.clock import Clock
from worker.cli.chat.phone import POLL, Phone, read_line, said, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatScript:
    """Sends lines one after the other and prints what both sides write."""

    phone: Phone
    clock: Clock
    timeout: float  #: seconds to wait for the first reply to a line
    quiet: float  #: seconds without a further reply after which an answer is complete
    echo: Callable[[str], object]

    def run(self, lines: Iterable[str]) -> bool:
        """Send all lines up to `/quit`, except blank ones and comments; return whether each got an answer."""
        until_quit = takewhile(lambda line: line.strip() != "/quit", lines)
        wanted = (line.rstrip("\r\n") for line in until_quit if line.strip() and not line.startswith("#"))
        unanswered = [line for line in wanted if not self._say(line)]
        return not unanswered

    def _say(self, line: str) -> bool:
        message = read_line(line, self.phone.offered)
        if isinstance(message, float):
            until = self.clock.now() + timedelta(seconds=message)
            while self._hear((until - self.clock.now()).total_seconds()):
                pass
            return True
        self.echo(f"you: {said(message)}")
        problem = self.phone.say(message)
        if problem or not self._hear(self.timeout):
            self.echo(problem or f"(no answer within {self.timeout:g} s)")
            return False
        while self._hear(self.quiet):
            pass
        return True

    def _hear(self, seconds: float) -> bool:
        """Print the next replies; return whether there were any within so many seconds."""
        until = self.clock.now() + timedelta(seconds=seconds)
        while (left := (until - self.clock.now()).total_seconds()) > 0:
            if replies := self.phone.listen(min(left, POLL)):
                self.echo("\n".join(map(shown, replies)))
                return True
        return False
