"""The door of the desk: who has signed in, and who only tries. One shard keeps it, for all processes alike."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from session.errors import UnexpectedReply
from session.events import SignInNoted
from session.keys import Keys
from session.policy import Policy
from session.records import to_ms
from session.store.asking import asking
from session.store.scripts import Scripts, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How many tries at a password are free, and how long whoever goes on must wait after each further one."""

    free_pair: int  #: at one name from one address
    free_address: int  #: from one address, at whatever names: several agents share one
    first: timedelta  #: the first wait; doubled after each further try
    longest: timedelta
    keep: timedelta  #: after so long without a try all of them are forgotten


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """Under which digests tries are counted."""

    pair: str
    address: str


class DoorStore:
    """Keeps who has signed in, counts tries, and notes both in the event stream."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._keys = keys.shard(0)
        self._events_at_most = policy.events_at_most

    def guess(self, tries: Tries, patience: Patience, *, now: datetime) -> timedelta:
        """Count a try before it is looked at; returns how long to wait instead, zero if it may be made."""
        waits = (patience.first, patience.longest, patience.keep)
        match self._scripts.call(
            "take_guess",
            [self._guesses(tries.pair), self._guesses(tries.address)],
            [to_ms(now), patience.free_pair, patience.free_address, *map(_ms, waits)],
        ):
            case ["counted"]:
                return timedelta()
            case ["wait", int(ms)]:
                return timedelta(milliseconds=ms)
            case reply:
                raise UnexpectedReply("take_guess", reply)

    def enter(
        self, digest: str, who: str, *, until: datetime, tries: Tries, event: SignInNoted, now: datetime
    ) -> None:
        """Keep who came with the cookie of a digest, and forget the tries: they were no guesses."""
        self._note(digest, tries, event, now, who=who, ends=to_ms(until))

    def refuse(self, tries: Tries, *, event: SignInNoted, now: datetime) -> None:
        """Note a wrong password."""
        self._note("", tries, event, now)

    def leave(self, digest: str, *, event: SignInNoted, now: datetime) -> None:
        """Drop who came with the cookie of a digest: from now on it opens nothing."""
        self._note(digest, Tries(pair="", address=""), event, now)

    def who(self, digest: str) -> str:
        """Return what is kept of the visit with the cookie of a digest, "" if nothing is."""
        with asking("door"):
            found: Any = self._scripts.client.get(self._keys.door(digest)[0])
        return str(found or "")

    def _note(
        self, digest: str, tries: Tries, event: SignInNoted, now: datetime, *, who: str = "", ends: int = 0
    ) -> None:
        keys = [self._keys.door(digest)[0], self._guesses(tries.pair), self._guesses(tries.address)]
        match self._scripts.call(
            "note_visit",
            [*keys, self._keys.events],
            [event.door, who, ends, self._events_at_most, *fields(event.stamped(at=to_ms(now)))],
        ):
            case ["noted" | "gone"]:
                return
            case reply:
                raise UnexpectedReply("note_visit", reply)

    def _guesses(self, digest: str) -> str:
        return self._keys.door(digest)[1]


def _ms(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)
