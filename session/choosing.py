"""Numbers instead of taps, where a channel shows options as numbered text.

Pure. The session keeps the offered options until something else is said, so a number always refers to the menu that
the customer saw last.
"""

import re
from collections.abc import Sequence

from session.content_parts import Kind
from session.contents import Tap
from session.messages import Message
from session.models import Offered
from session.replies import Reply

#: At most so many options can be selected by number, which limits the size of a session.
MOST = 99

#: A text that is only a number, in digits of any script: "2", "2.", "(2)", "#2", "٢".
_ALONE = re.compile(r"[\s#(\[]*(\d{1,3})[\s.):\]۔-]*")
_LONGEST = 16
#: Direction marks, and the characters that make a keycap of a digit.
_UNSEEN = dict.fromkeys(
    (0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFE0F, 0x20E3)
)


def numbered(reply: Reply, parts: Sequence[Reply]) -> tuple[Offered, ...]:
    """Return the options that the parts of a rendered reply show as numbers; none if they can be tapped."""
    if any(part.buttons or part.menu for part in parts):
        return ()
    buttons = (Offered(kind=Kind.BUTTON, id=button.id, title=button.title) for button in reply.buttons)
    rows = (
        Offered(kind=Kind.CHOICE, id=row.id, title=row.title, description=row.description)
        for row in (reply.menu.rows if reply.menu else ())
    )
    return (*buttons, *rows)


def as_tap(message: Message, offered: Sequence[Offered], *, at: int = 0) -> Message:
    """Return the tap for a text that is the number of an option; any other message unchanged.

    The typed text is kept in the tap. A text that quotes a message may mean an older menu, and a text from before the
    options were offered (`at`, in ms since the epoch) cannot mean them: both stay texts.
    """
    number = choice_in(message)
    if number is None or number > len(offered) or message.received_at < at:
        return message
    option = offered[number - 1]
    tap = Tap(
        kind=Kind.BUTTON if option.kind is Kind.BUTTON else Kind.CHOICE,
        text=option.title or option.id,
        payload=option.id or None,
        description=option.description,
        typed=message.text,
    )
    return message.model_copy(update={"content": tap})


def choice_in(message: Message) -> int | None:
    """Return the number (1 to 99) of the option that a text chooses, if options were offered; None if it cannot choose one."""
    if message.kind is not Kind.TEXT or message.reply_to is not None:
        return None
    number = number_in(message.text)
    return number if number and number <= MOST else None


def number_in(text: str) -> int | None:
    """Return the number, if the text is nothing else; otherwise None."""
    plain = text.translate(_UNSEEN) if len(text) <= _LONGEST else ""
    alone = _ALONE.fullmatch(plain)
    return int(alone[1]) if alone else None
