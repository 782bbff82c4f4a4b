"""Forgets a customer: every key, and every trace in the shared streams. What is removed was counted before."""

from datetime import datetime

from session.acting import named
from session.actions import Action
from session.keys import Keys
from session.store.lease import Lease, Stale
from session.store.sessions import Forgotten, SessionStore
from session.store.tally import TallyStore
from session.store.traces import TraceStore


class Forgetter:
    """Forgets for a script, or in the turn of an action. May be stopped anywhere and done again."""

    def __init__(self, sessions: SessionStore, tally: TallyStore, traces: TraceStore, keys: Keys) -> None:
        self._sessions = sessions
        self._tally = tally
        self._traces = traces
        self._keys = keys

    def forget(self, conversation: str, *, now: datetime) -> int:
        """Remove every trace, events and dead letters included; returns how many there were.

        A turn that is being taken meanwhile writes nothing. What waits in the intake is a new message.
        """
        return self._sessions.forget(conversation, now=now) + self._remove_traces(conversation, now)

    def forget_in_turn(self, action: Action, lease: Lease, *, now: datetime) -> Forgotten | Stale:
        """Do the same in the turn of an action; what waits behind it in the mailbox stays.

        The action leaves the mailbox last, with the keys: whoever dies before leaves it there, and it is done again.
        """
        conversation = action.conversation
        self._remove_traces(conversation, now)
        gone = self._sessions.forget_in_turn(conversation, lease, now=now, changes=named(action))
        if isinstance(gone, Forgotten):
            # A reply that was on its way may have left another trace meanwhile; none will from here on.
            self._remove_traces(conversation, now)
        return gone

    def _remove_traces(self, conversation: str, now: datetime) -> int:
        self._tally.fold(self._keys.shard_of(conversation), now=now)
        return self._traces.remove(conversation)
