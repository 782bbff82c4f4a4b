"""What conversations wait for: their timers of one name, page by page, and through which load of records they were looked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from session.keys import TIMER, Keys
from session.policy import Policy
from session.store.calls import Program, Together, as_text, command
from session.store.mending import Mender
from session.store.scripts import Scripts
from session.timers import TimerRecord, read_timers

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerPage:
    """Some conversations with a timer of a name, and where the next ones are."""

    timers: Mapping[str, TimerRecord]  #: conversation -> its timer
    position: int  #: of the next page; 0: this was the last one


class WatchStore:
    """Finds the conversations that wait for a load of records."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys

    def timers(self, shard: int, name: str, position: int) -> Program[TimerPage]:
        """Return some conversations of a shard that have a timer of this name, from a position on (0 for the beginning).

        Two round trips. One that has it all the time is returned once or more often.
        """
        due = self._keys.shard(shard).due
        page = command("timers", "ZSCAN", due, position, "MATCH", f"{TIMER}*", "COUNT", _PAGE, read=_page)
        following, members = yield from self._mender.call_on_shard(shard, page)
        raws: list[Any] = yield Together([self._timer(conversation, name) for conversation in members])
        found = {
            conversation: record
            for conversation, raw in zip(members, raws, strict=True)
            if raw and (record := read_timers([name, raw]).get(name))
        }
        return TimerPage(timers=found, position=following)

    def _timer(self, conversation: str, name: str) -> Program[Any]:
        key = self._keys.of(conversation).timers
        return self._mender.call([conversation], command("timers", "HGET", key, name))

    def looked(self, kind: str) -> Program[str]:
        """Return the load of a kind of records through which all conversations were looked last; "" if none is known."""
        known = command("looked", "HGET", self._keys.shard(0).looked, kind, read=as_text)
        load: str = yield from self._mender.call_on_shard(0, known)
        return load

    def note_looked(self, kind: str, load: str) -> Program[None]:
        """Write that all conversations were looked through for a load."""
        noted = self._scripts.put_field(hash=self._keys.shard(0).looked, field=kind, value=load)
        yield from self._mender.call_on_shard(0, noted)


def _page(answer: Any) -> tuple[int, list[str]]:
    """Return the next position and the conversations in the answer to ZSCAN, whose members some clients pair with their scores."""
    position, pairs = answer
    members = [pair[0] for pair in pairs] if pairs and isinstance(pairs[0], tuple | list) else pairs[::2]
    return int(position), [member.removeprefix(TIMER) for member in members]
