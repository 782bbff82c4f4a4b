"""The ids of messages and actions in the API. Encrypted, so that an id that was not made here is known to be none."""

import json
from dataclasses import dataclass
from typing import Literal

from session.pseudonyms import Pseudonyms

#: What an id is of. It distinguishes it from the name of a conversation too, which is encrypted in the same way.
Mark = Literal["message", "action"]


@dataclass(frozen=True, slots=True)
class Named:
    """What an id names."""

    conversation: str
    action: str


def public_id(pseudonyms: Pseudonyms, mark: Mark, named: Named) -> str:
    """Return the id of a message or an action."""
    return pseudonyms.encode(json.dumps([mark, named.conversation, named.action]))


def named_by(pseudonyms: Pseudonyms, mark: Mark, id_: str) -> Named | None:
    """Return what an id names; None if it was not made for that."""
    try:
        found = json.loads(pseudonyms.decode(id_) or "")
    except ValueError:
        return None
    match found:
        case [of, str(conversation), str(action)] if of == mark:
            return Named(conversation, action)
    return None
