"""Reads the event stream, oldest entry first, one shard after the other."""

from datetime import datetime

from session.event_records import EventRecord
from session.keys import Keys
from session.records import to_ms
from session.store.calls import Program, Together, as_entries, command

_PAGE = 500


class EventReader:
    """Continues after the last entry that it has read. It writes nothing to Redis, so any number of readers may read."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._after = dict.fromkeys(range(keys.shards), "0-0")

    def skip_to(self, moment: datetime) -> None:
        """Skip what was written before a time, by the clock of the server."""
        self._after = dict.fromkeys(self._after, f"{max(0, to_ms(moment) - 1)}-{2**63}")

    def skip_all(self) -> Program[None]:
        """Skip all existing entries."""
        newest = yield Together(
            [
                command("events", "XREVRANGE", self._stream(shard), "+", "-", "COUNT", 1, read=as_entries)
                for shard in self._after
            ]
        )
        for shard, page in zip(self._after, newest, strict=True):
            self._after[shard] = page[0][0] if page else "0-0"

    def read(self) -> Program[list[EventRecord]]:
        """Return the next page of new entries, in the order of each shard; empty if there are none."""
        pages = yield Together(
            [
                command(
                    "events", "XRANGE", self._stream(shard), f"({after}", "+", "COUNT", _PAGE, read=as_entries
                )
                for shard, after in self._after.items()
            ]
        )
        found: list[EventRecord] = []
        for shard, page in zip(self._after, pages, strict=True):
            for id_, fields in page:
                self._after[shard] = id_
                found.append(EventRecord.of(fields, shard=shard, id=id_))
        return found

    def _stream(self, shard: int) -> str:
        return self._keys.shard(shard).events
