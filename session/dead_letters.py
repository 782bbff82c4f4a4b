"""Dead letters: what was given up and is kept for an operator. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One dead letter."""

    id: str  #: "<shard>:<id in the stream>"
    kind: str  #: "body", "message", "action", "reply", "status" or "unreadable"
    why: str
    at: int  #: ms since the epoch
    conversation: str | None
    fields: dict[str, str]  #: all fields, `raw` included
