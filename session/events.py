"""Events: entries of the event stream. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """One event."""

    shard: int
    id: str  #: its id in the stream of its shard
    fields: dict[str, str]
