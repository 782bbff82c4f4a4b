"""Which quiet sessions change their state, and to what. Pure; the store reads and writes them in batches."""

from datetime import datetime

from session.machine import WentQuiet, lapses_at, step
from session.models import Session
from session.policy import Policy
from session.store.sessions import Lapse


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
