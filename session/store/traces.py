"""Finds and removes what the shared streams say about one customer."""

from collections.abc import Collection, Iterator
from typing import Any

from session.conversations import customer_of
from session.keys import Keys
from session.mentions import mentions
from session.store.asking import asking
from session.store.scripts import Scripts

_PAGE = 1000


class TraceStore:
    """Removes a customer from the event stream and the dead letters."""

    def __init__(self, scripts: Scripts, keys: Keys) -> None:
        self._client = scripts.client
        self._keys = keys

    def remove(self, conversation: str) -> int:
        """Remove every event and dead letter of a conversation; returns how many. Reads the streams whole.

        A dead letter that was never read into a conversation goes too, if its raw body names the customer.
        """
        customer = customer_of(conversation)
        # A body that could not be read may lie in any shard.
        streams = [self._keys.shard(shard).dead for shard in range(self._keys.shards)]
        streams.append(self._keys.shard_for(conversation).events)
        removed = 0
        with asking("traces"):
            for stream in streams:
                for id_, entry in self._entries(stream):
                    of_customer = entry.get("conversation") == conversation
                    if of_customer or (
                        "conversation" not in entry
                        and mentions(entry.get("raw", "") + " " + entry.get("source", ""), customer)
                    ):
                        removed += int(self._client.xdel(stream, id_))
        return removed

    def conversations_of(self, customers: Collection[str]) -> set[str]:
        """Return the conversations of customers, at whichever sender, of which there is a trace. Reads the streams whole."""
        shared = [self._keys.shard(shard) for shard in range(self._keys.shards)]
        found: set[str] = set()
        with asking("traces"):
            for stream in [stream for one in shared for stream in (one.events, one.dead)]:
                found |= {
                    entry["conversation"] for _, entry in self._entries(stream) if "conversation" in entry
                }
        return {one for one in found if customer_of(one) in customers}

    def _entries(self, stream: str) -> Iterator[tuple[str, dict[str, str]]]:
        after = "-"
        while True:
            page: Any = self._client.xrange(stream, min=after, count=_PAGE)
            yield from page
            if len(page) < _PAGE:
                return
            after = f"({page[-1][0]}"
