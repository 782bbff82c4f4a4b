"""Assistants of the benchmark; the quick one is the system's own echo."""

import time

from session import Turn

SLOW_SECONDS = 0.2


def slow(turn: Turn) -> None:
    """Echo, after as long as a quick language model would take."""
    time.sleep(SLOW_SECONDS)
    for message in turn.messages:
        turn.reply(message.text)
