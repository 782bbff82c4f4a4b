"""Says every message back. For trying the house out, and for tests: each message has its own answer."""

from session import Turn


def assistant(turn: Turn) -> None:
    """Answer each new message with its own text, or with what kind of message it was."""
    for message in turn.messages:
        turn.reply(message.text or f"[{message.kind}]")
