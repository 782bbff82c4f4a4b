"""Forgets a customer: every key, and every trace in the shared streams. Removed entries were counted before."""

from collections.abc import Iterable
from dataclasses import dataclass

from session.agent_actions import AgentAction
from session.events import CustomerForgotten
from session.keys import Keys
from session.leases import Lease, Stale
from session.results import Forgotten, Rewrite
from session.store.calls import Program
from session.store.counters import CounterStore
from session.store.forgetting import ForgettingStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgot:
    """What was forgotten."""

    conversations: tuple[str, ...]  #: conversations with any stored data
    removed: int  #: number of keys, events and dead letters
    file: Rewrite  #: the outcome of rewriting the server's append-only file, which contained all of it


class Forgetter:
    """Forgets for a script, or in the turn of an agent action. It can be interrupted anywhere and repeated."""

    def __init__(self, store: ForgettingStore, counters: CounterStore, keys: Keys) -> None:
        self._store = store
        self._counters = counters
        self._keys = keys

    def forget(self, conversations: Iterable[str]) -> Program[Forgot]:
        """Remove every trace of conversations, including events and dead letters.

        A concurrent turn writes nothing. An unread body in the intake is a new message, unless its id was known before.
        """
        removed: dict[str, int] = {}
        for conversation in conversations:
            removed[conversation] = yield from self._forget(conversation)
        gone = tuple(conversation for conversation, count in removed.items() if count)
        file = (yield from self.rewrite()) if gone else Rewrite.OFF
        return Forgot(conversations=gone, removed=sum(removed.values()), file=file)

    def forget_in_turn(self, action: AgentAction, lease: Lease) -> Program[Forgotten | Stale]:
        """Do the same in the turn of an agent action; later entries of the mailbox stay. The caller does the `rewrite`.

        The action is removed last, together with the keys: if the worker dies before that, the action is repeated.
        """
        conversation = action.conversation
        yield from self._remove_traces(conversation)
        event = CustomerForgotten(
            forgotten=True, action=action.type, action_id=action.id, by=action.agent or None
        )
        gone = yield from self._store.forget_in_turn(conversation, lease, event=event)
        if isinstance(gone, Forgotten):
            # A send in progress may have left another trace; from here on, none can.
            yield from self._remove_traces(conversation)
        return gone

    def rewrite(self) -> Program[Rewrite]:
        """Ask the server to rewrite its append-only file without the forgotten data. Never raises."""
        return self._store.rewrite_files()

    def _forget(self, conversation: str) -> Program[int]:
        traces = yield from self._remove_traces(conversation)
        keys = yield from self._store.forget(conversation, traced=traces > 0)
        return traces + keys + (yield from self._remove_traces(conversation))

    def _remove_traces(self, conversation: str) -> Program[int]:
        yield from self._counters.fold(self._keys.shard_of(conversation))
        return (yield from self._store.remove_traces(conversation))
