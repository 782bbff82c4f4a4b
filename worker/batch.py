"""Works through the conversations of one wake-up, and hands on what would have to wait for a slow one."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from session.clock import Clock

#: After this time the rest of a batch goes to somebody else.
PATIENCE = timedelta(milliseconds=50)


def work_through(
    conversations: Sequence[str],
    work: Callable[[str], None],
    hand_on: Callable[[Sequence[str]], None],
    clock: Clock,
) -> None:
    """Do the work of each conversation in turn; if it takes long, hand the rest on as new wake-ups."""
    until = clock.now() + PATIENCE
    for done, conversation in enumerate(conversations, start=1):
        work(conversation)
        rest = conversations[done:]
        if rest and clock.now() > until:
            hand_on(rest)
            return
