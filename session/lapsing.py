"""Lapses sessions that were quiet for long enough: reads a batch, decides, writes what nobody changed meanwhile."""

from collections.abc import Sequence
from datetime import datetime

from session.machine import WentQuiet, lapses_at, step
from session.models import Session
from session.policy import Policy
from session.store.sessions import Lapse, SessionStore


class Lapser:
    """Lapses the sessions of one shard, a batch at a time, in two round trips."""

    def __init__(self, store: SessionStore, policy: Policy) -> None:
        self._store = store
        self._policy = policy

    def lapse(self, shard: int, conversations: Sequence[str], *, now: datetime) -> int:
        """Change those whose time has come; returns how many. What has changed meanwhile is left alone."""
        if not conversations:
            return 0
        records = self._store.read_many(conversations)
        lapses = [
            decide_lapse(conversation, record, now=now, policy=self._policy)
            for conversation, record in zip(conversations, records, strict=True)
        ]
        return self._store.lapse(shard, lapses, now=now)


def decide_lapse(conversation: str, record: str, *, now: datetime, policy: Policy) -> Lapse:
    """Return what becomes of one session whose time may have come; `record` is "" if it is gone."""
    if not record:
        return Lapse(conversation=conversation, was="", becomes=None, next_at=None)
    session = Session.model_validate_json(record)
    at = lapses_at(session, policy)
    if at is None or at > now:
        return Lapse(conversation=conversation, was=record, becomes=None, next_at=at)
    after = step(session, WentQuiet(), now, policy)
    return Lapse(
        conversation=conversation,
        was=record,
        becomes=after,
        next_at=lapses_at(after, policy),
        states=f"{session.state}>{after.state}",
    )
