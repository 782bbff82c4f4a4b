"""Lines on which nothing is sent at present, and why. Every shard has its own copy, so that scripts see it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from session.keys import Keys
from session.messages import Route
from session.records import Record, to_ms
from session.store.asking import asking
from session.store.scripts import Scripts


class Pause(Record):
    """Why nothing is sent on a line."""

    until: int  #: ms since the epoch; after that one delivery tries whether it works again
    code: str
    words: str


def line_of(route: Route) -> str:
    """Return the name of the line of a route: "meta:106540352242922"."""
    return f"{route.channel}:{route.line}"


def pause_of(paused: Mapping[str, str], route: Route) -> Pause | None:
    """Return the pause of the line of a route, or None if it may be used."""
    found = paused.get(line_of(route))
    return Pause.model_validate_json(found) if found else None


class PauseStore:
    """Pauses and resumes lines."""

    def __init__(self, scripts: Scripts, keys: Keys) -> None:
        self._scripts = scripts
        self._client = scripts.client
        self._keys = [keys.shard(shard).paused for shard in range(keys.shards)]

    def pause(self, route: Route, *, until: datetime, code: str, words: str) -> None:
        """Send nothing on the line of a route until then."""
        pause = Pause(until=to_ms(until), code=code, words=words).to_json()
        for key in self._keys:
            self._scripts.call("put_field", [key], [line_of(route), pause])

    def resume(self, line: str) -> bool:
        """Send on a line again; returns whether it was paused. What waits goes out when it is due."""
        with asking("resume"):
            return any([bool(self._client.hdel(key, line)) for key in self._keys])  # noqa: C419  (all of them)

    def all(self) -> dict[str, Pause]:
        """Return every paused line."""
        with asking("paused"):
            found: Any = self._client.hgetall(self._keys[0])
        return {line: Pause.model_validate_json(pause) for line, pause in found.items()}
