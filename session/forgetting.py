"""Forgets a customer: every key, and every trace in the shared streams. Removed entries were counted before."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from session.agent_actions import AgentAction
from session.events import CustomerForgotten
from session.keys import Keys
from session.leases import Lease, Stale
from session.results import Forgotten, Rewrite
from session.store.calls import Program
from session.store.counters import CounterStore
from session.store.forgetting import ForgettingStore
from session.store.runners import Runner


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgot:
    """What was forgotten."""

    conversations: tuple[str, ...]  #: conversations with any stored data
    removed: int  #: number of keys, events and dead letters
    media: int = 0  #: number of files in the media store
    file: Rewrite  #: the outcome of rewriting the server's append-only file, which contained all of it


def no_media(_conversation: str) -> int:
    """Remove no media, where nobody keeps any."""
    return 0


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
        for name in dict.fromkeys((yield from self._store.resolve(list(conversations)))):
            names = yield from self._store.whole([name])
            known = yield from self._store.known(names)
            for conversation in names:
                removed.setdefault(conversation, 0)
                removed[conversation] += yield from self._forget(conversation, known)
        gone = tuple(conversation for conversation, count in removed.items() if count)
        file = (yield from self.rewrite()) if gone else Rewrite.OFF
        return Forgot(conversations=gone, removed=sum(removed.values()), file=file)

    def forget_with_media(
        self, run: Runner, conversations: Iterable[str], remove: Callable[[str], int]
    ) -> Forgot:
        """Do the same with the media; `remove` removes those of a conversation and returns how many there were.

        They come first, because after that nothing tells which names a customer had: if it fails, it can be repeated. What a
        fetch has kept meanwhile is removed after the keys. Raises what `remove` raises.
        """
        names = run(self._store.whole(conversations))
        media = {name: remove(name) for name in names}
        gone = run(self.forget(names))
        for name in names:
            media[name] += remove(name)
        also = (name for name in names if media[name] and name not in gone.conversations)
        return replace(gone, conversations=(*gone.conversations, *also), media=sum(media.values()))

    def forget_in_turn(self, action: AgentAction, lease: Lease) -> Program[Forgotten | Stale]:
        """Do the same in the turn of an agent action; later entries of the mailbox stay. The caller does the `rewrite`.

        The action is removed last, together with the keys: if the worker dies before that, the action is repeated.
        """
        *names, conversation = yield from self.whole(action.conversation)
        known = yield from self._store.known([*names, conversation])
        for name in names:
            yield from self._forget(name, known)
        yield from self._remove_traces(conversation)
        event = CustomerForgotten(
            forgotten=True, action=action.type, action_id=action.id, by=action.agent or None
        )
        gone = yield from self._store.forget_in_turn(conversation, lease, event=event, known=known)
        if isinstance(gone, Forgotten):
            # A send in progress may have left another trace; from here on, none can.
            yield from self._remove_traces(conversation)
        return gone

    def whole(self, conversation: str) -> Program[list[str]]:
        """Return the conversations of a customer under all names, the one where the customer is now last."""
        return self._store.whole([conversation])

    def rewrite(self) -> Program[Rewrite]:
        """Ask the server to rewrite its append-only file without the forgotten data. Never raises."""
        return self._store.rewrite_files()

    def _forget(self, conversation: str, known: Sequence[str]) -> Program[int]:
        traces = yield from self._remove_traces(conversation)
        keys = yield from self._store.forget(conversation, traced=traces > 0, known=known)
        return traces + keys + (yield from self._remove_traces(conversation))

    def _remove_traces(self, conversation: str) -> Program[int]:
        yield from self._counters.fold(self._keys.shard_of(conversation))
        return (yield from self._store.remove_traces(conversation))
