"""Reads the event stream: what happened, oldest first, of one shard after the other."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from session.event_records import EventRecord
from session.keys import Keys
from session.records import to_ms
from session.store.asking import asking
from session.store.scripts import Scripts

_PAGE = 500


class EventReader:
    """Reads on from where it came to. It leaves no trace in Redis: any number of readers may read."""

    def __init__(self, scripts: Scripts, keys: Keys) -> None:
        self._client = scripts.client
        self._keys = keys
        self._after = dict.fromkeys(range(keys.shards), "0-0")

    def skip_to(self, moment: datetime) -> None:
        """Pass over everything that was written before a moment, by the clock of the server."""
        self._after = dict.fromkeys(self._after, f"{max(0, to_ms(moment) - 1)}-{2**63}")

    def skip_all(self) -> None:
        """Pass over everything that is there."""
        with asking("events"):
            for shard in self._after:
                newest: Any = self._client.xrevrange(self._keys.shard(shard).events, count=1)
                self._after[shard] = newest[0][0] if newest else "0-0"

    def read(self) -> Iterator[EventRecord]:
        """Yield what is new, in the order of each shard."""
        for shard in self._after:
            stream = self._keys.shard(shard).events
            page: Any = [None] * _PAGE
            while len(page) == _PAGE:
                with asking("events"):
                    page = self._client.xrange(stream, min=f"({self._after[shard]}", count=_PAGE)
                for id_, fields in page:
                    self._after[shard] = id_
                    yield EventRecord.of(fields, shard=shard, id=id_)
