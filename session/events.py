"""Events: what happened, as the event stream keeps it. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """One event."""

    shard: int
    id: str  #: in the stream of its shard
    fields: dict[str, str]
