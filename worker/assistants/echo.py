"""Repeats every message: for trials, measurements and tests, in which each message has its own answer."""

from session import Turn


def assistant(turn: Turn) -> None:
    """Answer each new message with its text, or with its kind if it has no text."""
    for message in turn.messages:
        turn.reply(message.text or f"[{message.kind}]", separate=True)
