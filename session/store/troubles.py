"""What a provider has against an account or a sender of the business: it goes on sending, and somebody should look.

It is kept in the first shard alone, whatever comes in there.
"""

from datetime import datetime
from typing import Any

from session.errors import UnexpectedReply
from session.events import TroubleNoted
from session.keys import Keys
from session.pauses import Trouble, readable_troubles
from session.policy import Policy
from session.records import to_ms
from session.store.asking import asking
from session.store.scripts import Scripts, fields

#: More than this many are a flood; the next one is logged and counted, and not kept.
AT_MOST = 100


class TroubleStore:
    """Notes troubles, and that they are over."""

    def __init__(self, scripts: Scripts, keys: Keys) -> None:
        self._scripts = scripts
        self._client = scripts.client
        self._keys = keys.shard(0)

    def note(self, trouble: Trouble, *, now: datetime, over: bool = False) -> bool:
        """Keep a trouble with its event, or that it is `over`; returns whether that is news."""
        event = TroubleNoted(
            trouble=trouble.kind,
            about=trouble.about,
            code=trouble.code,
            over=over,
            words=None if over else trouble.words or None,
        )
        match self._scripts.call(
            "note_trouble",
            [self._keys.troubles, self._keys.events],
            [
                trouble.name,
                "" if over else trouble.to_json(),
                f"{trouble.code}: {trouble.words}",
                AT_MOST,
                Policy().events_at_most,
                *fields(event.stamped(at=to_ms(now))),
            ],
        ):
            case ["noted", int(news)]:
                return bool(news)
            case reply:
                raise UnexpectedReply("note_trouble", reply)

    def all(self) -> list[Trouble]:
        """Return every trouble that is not over, the newest first. What cannot be read is left out."""
        with asking("troubles"):
            found: Any = self._client.hvals(self._keys.troubles)
        return readable_troubles(found)

    def drop(self, about: str) -> int:
        """Forget what was said about an account or a sender; returns how much that was."""
        with asking("troubles"):
            names: Any = self._client.hkeys(self._keys.troubles)
            gone = [name for name in names if name.rpartition("|")[0] == about]
            return int(self._client.hdel(self._keys.troubles, *gone)) if gone else 0
