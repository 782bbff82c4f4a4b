"""Applies idle time-outs to quiet sessions: reads a batch, decides, and writes the sessions that are unchanged since.

A session whose customer has waited too long for an agent is not written here. It gets a `time_out` action in the
mailbox of its conversation instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from session import records
from session.agent_actions import AgentAction, AgentActionType
from session.machine import WentQuiet, idle_timeout_at, step
from session.models import Session, State
from session.policy import Policy
from session.reading import Newer, Unreadable, read_session, why_unreadable
from session.records import to_ms
from session.results import IdleTimeout
from session.store.calls import Program
from session.store.mailboxes import MailboxStore
from session.store.sessions import SessionStore
from session.store.sweeping import DueStore

_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut:
    """The result of a batch."""

    changed: int = 0  #: sessions that were written
    woken: tuple[str, ...] = ()  #: conversations that need a wake-up


class IdleTimeouts:
    """Applies the idle time-outs of one shard, a batch at a time, in two round trips plus one for each late agent."""

    def __init__(self, store: SessionStore, mailboxes: MailboxStore, policy: Policy) -> None:
        self._store = store
        self._mailboxes = mailboxes
        self._policy = policy

    def time_out(self, shard: int, conversations: Sequence[str], *, now: datetime) -> Program[TimedOut]:
        """Change the sessions that are due. Sessions changed meanwhile are left alone."""
        if not conversations:
            return TimedOut()
        records = yield from self._store.read_many(conversations)
        decided: list[IdleTimeout | AgentAction | None] = []
        for conversation, record in zip(conversations, records, strict=True):
            decided.append((yield from self._decide(conversation, record, now)))
        timeouts = [one for one in decided if isinstance(one, IdleTimeout)]
        late = [one for one in decided if isinstance(one, AgentAction)]
        # An action that could not be added stays due: its turn decides when to look again.
        return TimedOut(
            changed=(yield from self._store.time_out(shard, timeouts)),
            woken=(yield from self._mailboxes.receive(late)).woken,
        )

    def _decide(
        self, conversation: str, record: str, now: datetime
    ) -> Program[IdleTimeout | AgentAction | None]:
        """Decide; an unreadable record is moved to the dead letters at once and delays no other."""
        try:
            return decide_idle_timeout(conversation, record, now=now, policy=self._policy)
        except Exception as error:  # noqa: BLE001  (whatever is wrong with one, the others of the batch go quiet)
            if isinstance(read_session(record, conversation), Newer):
                return None
            found = Unreadable(place="session", raw=record, why=why_unreadable(error))
            yield from self._store.set_aside(conversation, found)
            return None

    def time_out_all(self, due: DueStore, *, shards: int, now: datetime) -> Program[int]:
        """Do the same for everything that is due in all shards; return how many sessions changed."""
        changed = 0
        for shard in range(shards):
            names = yield due.idle_timeouts(shard, now=now)
            for first in range(0, len(names), _BATCH):
                batch = yield from self.time_out(shard, names[first : first + _BATCH], now=now)
                changed += batch.changed
        return changed


def decide_idle_timeout(
    conversation: str, record: str, *, now: datetime, policy: Policy
) -> IdleTimeout | AgentAction | None:
    """Return what becomes of one session that may be due, None if a newer release wrote it; `record` is "" if it has expired."""
    if not record:
        return IdleTimeout(conversation=conversation, was="", becomes="", next_at=None)
    session = _outline(record)
    if (session.format or 1) > records.FORMAT:
        # A newer release handles it: the next sweep may be one.
        return None
    at = idle_timeout_at(session, policy)
    if at is None or at > now:
        return IdleTimeout(conversation=conversation, was=record, becomes="", next_at=at)
    if session.state is State.WAITING_AGENT:
        if session.expires_at(policy) > now:
            return _too_late(session, now)
        # The record expires at this moment, so there is no customer to tell.
        return IdleTimeout(conversation=conversation, was=record, becomes="", next_at=None)
    after = step(session, WentQuiet(), now, policy)
    return IdleTimeout(
        conversation=conversation,
        was=record,
        becomes=_in_state(record, session.state, after.state),
        next_at=idle_timeout_at(after, policy),
        states=f"{session.state}>{after.state}",
    )


def _outline(record: str) -> Session:
    """Return a session without its context, the last field: the context is nine tenths of a record and is not needed here."""
    outline, context, _ = record.partition(',"context":')
    return Session.model_validate_json(outline + "}" if context else record)


def _in_state(record: str, before: State, after: State) -> str:
    """Return a record with another state and everything else unchanged.

    The text of the field cannot occur earlier in the record, because quotes inside texts are escaped.
    """
    changed = record.replace(f'"state":"{before}"', f'"state":"{after}"', 1)
    if changed == record:  # not in our own form
        return Session.model_validate_json(record).change(state=after).to_json()
    return changed


def _too_late(session: Session, now: datetime) -> AgentAction:
    """Return the time-out action for a customer whom no agent answers; its id identifies the wait."""
    since = to_ms(session.waiting_since or session.last_activity)
    return AgentAction(
        type=AgentActionType.TIME_OUT,
        id=f"timeout:{session.id}:{since}",
        customer=session.customer_id,
        scope=session.scope,
        received_at=to_ms(now),
    )
