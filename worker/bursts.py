"""For how long a turn waits for the rest of what a customer writes in a row. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from session.content_parts import Kind
from session.hearing import consent_of
from session.messages import Message, Route
from session.policy import Policy

#: Kinds that are complete: whoever taps or fills in what is offered waits for the answer.
_COMPLETE: Final = frozenset({Kind.BUTTON, Kind.CHOICE, Kind.FORM, Kind.WELCOME})
_AT_ONCE: Final = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bursts:
    """Tells for how long each message lets its turn wait."""

    wait_of: Callable[[Route], timedelta]  #: for how long turns wait at the sender of a route
    policy: Policy
    wants_human: Callable[[str], bool]  #: whether a text asks for a person

    def __call__(self, message: Message) -> timedelta:
        """Return for how long a turn waits for further messages after this one; zero: it is due at once.

        A tap, the answer of a list or a form, a STOP or START, and a request for a person wait for nothing.
        """
        wait = self.wait_of(message.route)
        if not wait or message.kind in _COMPLETE or consent_of(message, self.policy):
            return _AT_ONCE
        return _AT_ONCE if self.wants_human(message.text) else wait
