"""Lapses sessions that were quiet for long enough: reads a batch, decides, writes what nobody changed meanwhile.

A session whose customer has waited for an agent for too long is not written here: that is an action of the house, put
into the mailbox of its conversation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from session import records
from session.actions import Action, Deed
from session.machine import WentQuiet, lapses_at, step
from session.models import Session, State
from session.policy import Policy
from session.records import to_ms
from session.store.due import DueStore
from session.store.intake import IntakeStore
from session.store.reading import Newer, Unreadable, read_session, why_unreadable
from session.store.sessions import Lapse, SessionStore

_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapsed:
    """What became of a batch."""

    changed: int = 0  #: sessions that were written
    woken: tuple[str, ...] = ()  #: conversations for which a wake-up must be published


class Lapser:
    """Lapses the sessions of one shard, a batch at a time, in two round trips, and one for each late agent."""

    def __init__(self, store: SessionStore, intake: IntakeStore, policy: Policy) -> None:
        self._store = store
        self._intake = intake
        self._policy = policy

    def lapse(self, shard: int, conversations: Sequence[str], *, now: datetime) -> Lapsed:
        """Change those whose time has come. What has changed meanwhile is left alone."""
        if not conversations:
            return Lapsed()
        records = self._store.read_many(conversations)
        decided = [
            self._decide(conversation, record, now)
            for conversation, record in zip(conversations, records, strict=True)
        ]
        lapses = [one for one in decided if isinstance(one, Lapse)]
        late = [one for one in decided if isinstance(one, Action)]
        # What is late stays due: its turn says when to look again.
        return Lapsed(
            changed=self._store.lapse(shard, lapses, now=now),
            woken=self._intake.receive(late, now=now).woken,
        )

    def _decide(self, conversation: str, record: str, now: datetime) -> Lapse | Action | None:
        """Decide; a record that cannot be read, or lapsed, is put aside at once, and holds up nobody."""
        try:
            return decide_lapse(conversation, record, now=now, policy=self._policy)
        except Exception as error:  # noqa: BLE001  (whatever is wrong with one, the others of the batch go quiet)
            if isinstance(read_session(record, conversation), Newer):
                return None
            found = Unreadable(place="session", raw=record, why=why_unreadable(error))
            self._store.set_aside(conversation, found, now=now)
            return None

    def lapse_all(self, due: DueStore, *, shards: int, now: datetime) -> int:
        """Do the same for whatever is due in all shards; returns how many changed."""
        changed = 0
        for shard in range(shards):
            names = due.lapsing(shard, now=now)
            for first in range(0, len(names), _BATCH):
                changed += self.lapse(shard, names[first : first + _BATCH], now=now).changed
        return changed


def decide_lapse(conversation: str, record: str, *, now: datetime, policy: Policy) -> Lapse | Action | None:
    """Return what becomes of one session whose time may have come, None if only a newer release knows; `record` is "" if it is gone."""
    if not record:
        return Lapse(conversation=conversation, was="", becomes="", next_at=None)
    session = _outline(record)
    if (session.format or 1) > records.FORMAT:
        # A newer release lapses it: the sweep that looks next may be one.
        return None
    at = lapses_at(session, policy)
    if at is None or at > now:
        return Lapse(conversation=conversation, was=record, becomes="", next_at=at)
    if session.state is State.WAITING_AGENT:
        if session.last_activity + policy.keep_for > now:
            return _too_late(session, now)
        # Its record expires at this very moment: there is nobody any more to be told.
        return Lapse(conversation=conversation, was=record, becomes="", next_at=None)
    after = step(session, WentQuiet(), now, policy)
    return Lapse(
        conversation=conversation,
        was=record,
        becomes=_in_state(record, session.state, after.state),
        next_at=lapses_at(after, policy),
        states=f"{session.state}>{after.state}",
    )


def _outline(record: str) -> Session:
    """Return a session without its context, the last field: what was said is nine tenths of a record, and lapses nothing."""
    outline, context, _ = record.partition(',"context":')
    return Session.model_validate_json(outline + "}" if context else record)


def _in_state(record: str, before: State, after: State) -> str:
    """Return a record with another state, and nothing else touched.

    What looks like the field cannot stand in a text before it: there its quotes are escaped.
    """
    changed = record.replace(f'"state":"{before}"', f'"state":"{after}"', 1)
    if changed == record:  # not as we write it
        return Session.model_validate_json(record).change(state=after).to_json()
    return changed


def _too_late(session: Session, now: datetime) -> Action:
    """Return what the house does for a customer whom no agent answers; its id says for which wait."""
    since = to_ms(session.waiting_since or session.last_activity)
    return Action(
        deed=Deed.TIME_OUT,
        id=f"timeout:{session.id}:{since}",
        customer=session.customer_id,
        scope=session.scope,
        received_at=to_ms(now),
    )
