"""Changes a session from outside a turn without overwriting concurrent changes (optimistic update).

A change is written only if the session is unchanged since it was read and no worker holds the conversation. Otherwise
the session is read and changed again, until the caller's time is up.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from session.clock import Clock
from session.conversations import short_name
from session.errors import ConversationBusy, NoSuchSession, UnreadableSession
from session.event_values import Expiry, record_change, transition
from session.events import SessionChanged
from session.machine import Closed, Escalated, MachineEvent
from session.models import Session, new_session
from session.policy import Policy
from session.reading import Newer, Unreadable, read_session
from session.results import Busy, Updated
from session.store.runners import Runner
from session.store.sessions import SessionStore

_NEWER = "a newer release wrote it"

Change = Callable[[Session], Session]

#: Seconds between two attempts while a worker holds the conversation.
_PAUSE = 0.02


class OptimisticUpdates:
    """Applies changes to sessions."""

    def __init__(
        self,
        run: Runner,
        store: SessionStore,
        *,
        clock: Clock,
        new_id: Callable[[], str],
        policy: Policy,
        wait_for: timedelta,
        pause: Callable[[float], None],
    ) -> None:
        self._run = run
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._policy = policy
        self._wait_for = wait_for
        self._pause = pause

    def change(
        self, conversation: str, change: Change, *, create: bool = False, named: MachineEvent | None = None
    ) -> Session:
        """Return the session after a change; `change` may be called again with a newer session.

        `named` is the transition that the change makes. With `create` a session is created if there is none.

        Raises:
            UnreadableSession: the stored session cannot be read. It is moved to the dead letters; with `create` a new one
                begins instead.
            NoSuchSession: there is no session, and `create` is not set.
            ConversationBusy: a worker held the conversation for longer than the caller waits.

        """
        customer = short_name(conversation)
        give_up_at = self._clock.now() + self._wait_for
        while True:
            now = self._clock.now()
            was, _ = self._run(self._store.read(conversation, now=now))
            if not was and not create:
                raise NoSuchSession(customer)
            found = read_session(was, conversation) if was else None
            if isinstance(found, Newer):
                raise UnreadableSession(customer, _NEWER, was)
            if isinstance(found, Unreadable):
                if not self._set_aside(conversation, found, now, give_up_at) or create:
                    continue
                raise UnreadableSession(customer, found.why, found.raw)
            before = found or new_session(
                conversation, id=self._new_id(), now=now, agent_id=self._policy.agent_id
            )
            after = change(before)
            if was and after == before:
                return before
            # Two callers may make the same change; each must recognise its own.
            after = after.change(amendment=self._new_id())
            event = _event_of(before if was else None, after, named, self._policy)
            match self._run(self._store.update(after, was=was, event=event)):
                case Updated():
                    return after
                case Busy() if now >= give_up_at:
                    raise ConversationBusy(customer)
                case Busy():
                    self._pause(_PAUSE)

    def _set_aside(self, conversation: str, found: Unreadable, now: datetime, give_up_at: datetime) -> bool:
        done = self._run(self._store.set_aside(conversation, found))
        if not done:
            if now >= give_up_at:
                raise ConversationBusy(conversation)
            self._pause(_PAUSE)
        return done


def readable(conversation: str, record: str) -> Session:
    """Return the session in a record of a conversation. Raises `UnreadableSession`."""
    found = read_session(record, conversation)
    if isinstance(found, Unreadable | Newer):
        why = found.why if isinstance(found, Unreadable) else _NEWER
        raise UnreadableSession(short_name(conversation), why, record)
    return found


def _event_of(
    before: Session | None, after: Session, event: MachineEvent | None, policy: Policy
) -> SessionChanged:
    kept, was = record_change(Expiry.of(before, policy) if before else None, after, policy)
    return SessionChanged(
        created=None if before else after.id,
        state=transition(before.state, after.state) if before else None,
        closed=event.reason if isinstance(event, Closed) else None,
        escalated=event.reason if isinstance(event, Escalated) else None,
        kept=kept,
        was=was,
    )
