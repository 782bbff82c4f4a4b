"""Writes the texts of replies: cuts them where a reader would, and lists options. Independent of channels.

Lengths are counted in UTF-16 code units. The providers speak of characters without saying of which kind; no text has
fewer units than characters, so what fits by units fits by characters too, and an emoji costs at most two.
"""

import re
import unicodedata

from session.replies import Reply, Row
from worker.channels.reading import wellformed

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_LINE = re.compile(r"\n\s*")
#: Blanks, without the non-breaking ones; those are used last.
_BLANK = re.compile(r"[^\S\u00a0\u2007\u202f]+")
_HOLDING_BLANK = re.compile(r"\s+")

_JOINER = "\u200d"
_ELLIPSIS = "…"
_BMP_END = 0xFFFF
#: The most units that one character has.
_UNITS = 2


def units(text: str) -> int:
    """Return the length of a text in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def split(text: str, limit: int) -> list[str]:
    """Return the parts of a text, each of at most `limit` units (2 or more), none blank, in order.

    Cuts between paragraphs if that leaves the part at least a third full, between lines if at least half, else between
    words, else inside a word; there neither an emoji nor a letter with its marks is torn, unless it alone exceeds half
    the limit.
    Only blanks are removed. A text that fits is returned unchanged.
    """
    if _UNITS * len(text) <= limit or units(text) <= limit:
        return [text] if text.strip() else []
    parts = []
    rest = text.strip()
    start = 0
    while start < len(rest):
        end = _reach(rest, start, limit)
        if end < len(rest):
            end = _cut(rest, start, end)
        parts.append(rest[start:end].rstrip())
        start = end
        while start < len(rest) and rest[start].isspace():
            start += 1
    return parts


def shorten(text: str, limit: int) -> str:
    """Return the text in one line of at most `limit` units; what is cut off is marked by an ellipsis."""
    line = " ".join(text.split())
    if units(line) <= limit:
        return line
    end = _unbroken(line, 0, _reach(line, 0, limit - 1))
    return line[:end].rstrip() + _ELLIPSIS


def _reach(text: str, start: int, limit: int) -> int:
    """Return the end of the longest slice from `start` that is within the limit."""
    end = min(start + limit, len(text))
    surplus = units(text[start:end]) - limit
    while surplus > 0:
        end -= 1
        surplus -= 1 + (ord(text[end]) > _BMP_END)
    return end


def _cut(text: str, start: int, end: int) -> int:
    """Return where to cut a slice that is followed by more text."""
    # One more character, because a blank directly after the slice means that it ends with a whole word.
    window = text[start : end + 1]
    size = end - start
    tiers = ((_PARAGRAPH, size // 3), (_LINE, size // 2), (_BLANK, 1), (_HOLDING_BLANK, 1))
    for boundary, least in tiers:
        cut = max((match.start() for match in boundary.finditer(window) if match.start() >= least), default=0)
        if cut:
            return start + cut
    return _unbroken(text, start, end)


def _unbroken(text: str, start: int, end: int) -> int:
    """Return the last place up to `end` between two visible characters, if there is one in the second half."""
    for place in range(end, start + (end - start) // 2, -1):
        if place == len(text) or not _clings(text, start, place):
            return place
    return end


def _clings(text: str, start: int, place: int) -> bool:
    """Whether the character at `place` makes one visible character with the one before it."""
    before, here = text[place - 1], text[place]
    if _JOINER in {before, here}:
        return True
    if unicodedata.category(here).startswith("M") or "\U0001f3fb" <= here <= "\U0001f3ff":
        return True  # accents, vowel signs, variation selectors; skin tones
    if "\U000e0020" <= here <= "\U000e007f":
        return True  # the letters of a subdivision flag
    return _is_flag_letter(here) and _flag_letters_before(text, start, place) % 2 == 1


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flag_letters_before(text: str, start: int, place: int) -> int:
    count = 0
    while place - count > start and _is_flag_letter(text[place - count - 1]):
        count += 1
    return count


def options_of(reply: Reply) -> tuple[Row, ...]:
    """Return the buttons and rows of a reply, in order."""
    rows = reply.menu.rows if reply.menu else ()
    return (*(Row(id=button.id, title=button.title) for button in reply.buttons), *rows)


def as_text(reply: Reply) -> str:
    """Return the reply's text followed by its options, one numbered line each: "1. Title - description"."""
    counted = enumerate(options_of(reply), start=reply.first_number)
    lines = [f"{number}. {_line(row)}" for number, row in counted]
    return "\n\n".join(filter(None, (wellformed(reply.text), "\n".join(map(wellformed, lines)))))


def in_words(reply: Reply) -> str:
    """Return in words what a reply carries, for a channel that has no message for it."""
    parts: list[str] = []
    if reply.media:
        parts.append(reply.media.url or reply.media.name)
    for contact in reply.contacts:
        lines = (contact.name, contact.organisation, *contact.phones, *contact.emails)
        parts.append("\n".join(filter(None, lines)) + "\n")
    if reply.link:
        parts.append(f"{reply.link.title}: {reply.link.url}")
    if reply.flow:
        parts.append(reply.flow.instead)
    return wellformed("\n".join(filter(None, parts))).strip()


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
