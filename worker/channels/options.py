"""Writes buttons and rows as numbered lines, for a channel or a reply that cannot carry them."""

from session.messages import Reply, Row
from worker.channels.reading import wellformed
from worker.channels.splitting import split


def options_of(reply: Reply) -> tuple[Row, ...]:
    """Return the buttons and rows of a reply, in order."""
    rows = reply.menu.rows if reply.menu else ()
    return (*(Row(id=button.id, title=button.title) for button in reply.buttons), *rows)


def as_text(reply: Reply) -> str:
    """Return the reply's text followed by its options, one numbered line each: "1. Title - description"."""
    counted = enumerate(options_of(reply), start=reply.first_number)
    lines = [f"{number}. {_line(row)}" for number, row in counted]
    return "\n\n".join(filter(None, (wellformed(reply.text), "\n".join(map(wellformed, lines)))))


def _line(row: Row) -> str:
    title = " ".join(row.title.split()) or row.id
    description = " ".join((row.description or "").split())
    return f"{title} - {description}" if description else title


def in_parts(reply: Reply, text: str, limit: int) -> tuple[Reply, ...]:
    """Return the text as plain replies within the limit; the first of them quotes what the reply quotes.

    A blank text gives one blank part, which the channel rejects without a request.
    """
    first, *others = split(text, limit) or [""]
    return (Reply(text=first, reply_to=reply.reply_to), *(Reply(text=other) for other in others))
