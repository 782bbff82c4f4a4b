"""Cursors: where the next page of a list begins. Encrypted, so that nobody reads a number in one, or makes one."""

import json
from typing import Any

from session.pseudonyms import Pseudonyms

#: Distinguishes a cursor from the name of a conversation, which is encrypted in the same way.
_MARK = "cursor"


def cursor_of(pseudonyms: Pseudonyms, listed: str, *place: str | int) -> str:
    """Return the cursor of a place in a list of a name."""
    return pseudonyms.encode(json.dumps([_MARK, listed, *place], ensure_ascii=False))


def place_in(pseudonyms: Pseudonyms, listed: str, cursor: str) -> list[Any] | None:
    """Return the place in the list of this name; None if the cursor was not made for it."""
    try:
        mark, of, *place = json.loads(pseudonyms.decode(cursor) or "")
    except (ValueError, TypeError):
        return None
    return place if (mark, of) == (_MARK, listed) else None
