"""Senders on which nothing is sent at present, and why. Every shard has its own copy, so that scripts see it."""

from datetime import datetime, timedelta
from typing import Any

from session.errors import UnexpectedReply
from session.keys import Keys
from session.messages import Route
from session.pauses import Pause, read_pauses, sender_of
from session.records import to_ms
from session.store.asking import asking
from session.store.scripts import Scripts, Value


class PauseStore:
    """Pauses and resumes senders, and notes who has told a provider to be left alone."""

    def __init__(self, scripts: Scripts, keys: Keys) -> None:
        self._scripts = scripts
        self._client = scripts.client
        self._of = keys.of
        self._doubts = keys.shard(0).doubts
        self._keys = [keys.shard(shard).paused for shard in range(keys.shards)]

    def pause(self, route: Route, *, until: datetime, code: str, words: str, needs: int = 0) -> None:
        """Send nothing through the sender of a route until then; `needs` is that of `Pause`."""
        pause = Pause(until=to_ms(until), code=code, words=words, needs=needs).to_json()
        for key in self._keys:
            self._scripts.call("put_field", [key], [sender_of(route), pause])

    def may_try(self, route: Route, pause: Pause, *, again: datetime) -> bool:
        """Whether one who waits for a sender whose pause has ended may try if it works; others may not before `again`."""
        held = pause.model_copy(update={"until": to_ms(again)}).to_json()
        args: list[Value] = [sender_of(route), pause.to_json(), held]
        match self._scripts.call("claim_probe", [self._keys[0]], args):
            case ["yours"]:
                for key in self._keys[1:]:
                    self._scripts.call("put_field", [key], [sender_of(route), held])
                return True
            case ["over"]:
                return True
            case ["theirs"]:
                return False
            case reply:
                raise UnexpectedReply("claim_probe", reply)

    def resume(self, sender: str, *, only: str | None = None) -> bool:
        """Send through a sender again; returns whether it was paused. What waits goes out when it is due.

        `only` is the code of the pauses that this may end; None ends any.
        """
        if only is not None:
            pause = self.all().get(sender)
            if pause and pause.code != only:
                return False
        with asking("resume"):
            self._client.delete(self._doubts(sender))
            return any([bool(self._client.hdel(key, sender)) for key in self._keys])  # noqa: C419  (all of them)

    def doubt(self, sender: str, *, within: timedelta) -> int:
        """Count a send through a sender of which nobody knows what became; returns how many there were, counted for so long."""
        key = self._doubts(sender)
        with asking("doubt"):
            counted: Any = self._client.incr(key)
            self._client.pexpire(key, within)
        return int(counted)

    def opt_out(self, conversation: str, *, now: datetime) -> None:
        """Send nothing more to a customer who has told the provider so."""
        with asking("opt_out"):
            self._client.set(self._of(conversation).opt_out, to_ms(now))

    def all(self) -> dict[str, Pause]:
        """Return every paused sender."""
        with asking("paused"):
            found: Any = self._client.hgetall(self._keys[0])
        # One that cannot be read holds nothing up; whoever sends next through any sender puts it aside.
        return read_pauses(found)[0]
