"""Agent sessions of the desk, and attempts at passwords. The first shard keeps them, for all processes."""

from dataclasses import dataclass
from datetime import timedelta

from session.errors import UnexpectedReply
from session.events import SignInNoted
from session.keys import Keys
from session.policy import Policy
from session.store.calls import Call, Program, as_text, command, fields
from session.store.scripts import Scripts


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLimits:
    """How many attempts at a password need no wait, and how long the wait is after each further one."""

    free_pair: int  #: at one name from one address
    free_address: int  #: from one address, at any name: several agents may share an address
    first: timedelta  #: the first wait; doubled after each further attempt
    longest: timedelta
    keep: timedelta  #: the time without an attempt after which all attempts are forgotten


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptKeys:
    """The digests under which attempts are counted."""

    pair: str
    address: str


class SignInStore:
    """Stores agent sessions, counts attempts, and writes the events of both."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._keys = keys.shard(0)
        self._events_at_most = policy.events_at_most

    def attempt(self, attempts: AttemptKeys, limits: AttemptLimits) -> Program[timedelta]:
        """Count an attempt before the password is checked; returns how long the client must wait, zero if it may try."""
        match (
            yield self._scripts.count_attempt(
                pair=self._keys.attempts(attempts.pair),
                address=self._keys.attempts(attempts.address),
                free_pair=limits.free_pair,
                free_address=limits.free_address,
                first=_ms(limits.first),
                longest=_ms(limits.longest),
                keep=_ms(limits.keep),
            )
        ):
            case ["counted"]:
                return timedelta()
            case ["wait", int(ms)]:
                return timedelta(milliseconds=ms)
            case reply:
                raise UnexpectedReply("count_attempt", reply)

    def enter(
        self,
        digest: str,
        who: str,
        *,
        lasts: timedelta,
        attempts: AttemptKeys,
        event: SignInNoted,
    ) -> Program[None]:
        """Store the agent session `who` under the digest of its cookie, and remove the attempts."""
        return self._note(digest, attempts, event, who=who, lasts=lasts)

    def refuse(self, attempts: AttemptKeys, *, event: SignInNoted) -> Program[None]:
        """Write the event of a wrong password."""
        return self._note("", attempts, event)

    def leave(self, digest: str, *, event: SignInNoted) -> Program[None]:
        """Remove the agent session with the cookie of a digest."""
        return self._note(digest, AttemptKeys(pair="", address=""), event)

    def who(self, digest: str) -> Call[str]:
        """Return the agent session with the cookie of a digest, "" if there is none."""
        return command("signed_in", "GET", self._keys.signed_in(digest), read=as_text)

    def _note(
        self,
        digest: str,
        attempts: AttemptKeys,
        event: SignInNoted,
        *,
        who: str = "",
        lasts: timedelta = timedelta(),
    ) -> Program[None]:
        match (
            yield self._scripts.note_sign_in(
                signed_in=self._keys.signed_in(digest),
                pair=self._keys.attempts(attempts.pair),
                address=self._keys.attempts(attempts.address),
                events=self._keys.events,
                what=event.what,
                who=who,
                lasts=_ms(lasts),
                event_cap=self._events_at_most,
                event=fields(event.to_fields()),
            )
        ):
            case ["noted" | "gone"]:
                return
            case reply:
                raise UnexpectedReply("note_sign_in", reply)


def _ms(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)
