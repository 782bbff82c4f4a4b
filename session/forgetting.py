"""Forgets a customer: every key, and every trace in the shared streams. What is removed was counted before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from session.acting import named
from session.actions import Action
from session.keys import Keys
from session.store.lease import Lease, Stale
from session.store.rewriting import Rewrite, rewrite_file
from session.store.scripts import Redis
from session.store.sessions import Forgotten, SessionStore
from session.store.tally import TallyStore
from session.store.traces import TraceStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgot:
    """What was forgotten."""

    conversations: tuple[str, ...]  #: of which anything was kept
    removed: int  #: keys, events and dead letters
    file: Rewrite  #: what became of the server's append-only file, in which all of it was written


class Forgetter:
    """Forgets for a script, or in the turn of an action. May be stopped anywhere and done again."""

    def __init__(
        self, client: Redis, sessions: SessionStore, tally: TallyStore, traces: TraceStore, keys: Keys
    ) -> None:
        self._client = client
        self._sessions = sessions
        self._tally = tally
        self._traces = traces
        self._keys = keys

    def forget(self, conversations: Iterable[str], *, now: datetime) -> Forgot:
        """Remove every trace of conversations, events and dead letters included.

        A turn that is being taken meanwhile writes nothing. What waits in the intake is a new message, unless its id was
        known before.
        """
        removed = {conversation: self._forget(conversation, now) for conversation in conversations}
        gone = tuple(conversation for conversation, count in removed.items() if count)
        file = self.rewrite() if gone else Rewrite.OFF
        return Forgot(conversations=gone, removed=sum(removed.values()), file=file)

    def forget_in_turn(self, action: Action, lease: Lease, *, now: datetime) -> Forgotten | Stale:
        """Do the same in the turn of an action; what waits behind it in the mailbox stays. `rewrite` is left to the caller.

        The action leaves the mailbox last, with the keys: whoever dies before leaves it there, and it is done again.
        """
        conversation = action.conversation
        self._remove_traces(conversation, now)
        gone = self._sessions.forget_in_turn(conversation, lease, now=now, changes=named(action))
        if isinstance(gone, Forgotten):
            # A reply that was on its way may have left another trace meanwhile; none will from here on.
            self._remove_traces(conversation, now)
        return gone

    def rewrite(self) -> Rewrite:
        """Have the server write its append-only file anew, without what was forgotten. Never raises."""
        return rewrite_file(self._client)

    def _forget(self, conversation: str, now: datetime) -> int:
        traces = self._remove_traces(conversation, now)
        keys = self._sessions.forget(conversation, now=now, traced=traces > 0)
        return traces + keys + self._remove_traces(conversation, now)

    def _remove_traces(self, conversation: str, now: datetime) -> int:
        self._tally.fold(self._keys.shard_of(conversation), now=now)
        return self._traces.remove(conversation)
