"""The mailboxes: messages and agent actions of each conversation, in the order of arrival."""

from collections.abc import Collection, Sequence
from itertools import groupby, takewhile

from session.agent_actions import AgentAction
from session.conversations import is_business_scoped
from session.joining import Addressed, AnyEntry, Entry, shows_nothing_more
from session.keys import Keys
from session.messages import Message
from session.policy import Policy
from session.results import Received, Unresolved
from session.store.calls import Program, Together
from session.store.identities import IdentityStore
from session.store.receiving import Drained, GatherFor, Receiving
from session.store.scripts import Scripts


class MailboxStore:
    """Puts messages and agent actions into mailboxes."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._at_once = Receiving(scripts, keys, policy)
        self._identities = IdentityStore(scripts, keys, policy)
        self._keys = keys

    def receive(
        self,
        entries: Sequence[Entry],
        *,
        drained: Drained | None = None,
        gather_for: GatherFor | None = None,
    ) -> Program[Received]:
        """Put messages and actions into their mailboxes, in order; those with a known id are dropped.

        One round trip for each shard, and one for each action. A customer with names that are not known yet, or with a new one,
        costs some more: the names are joined first, and the entry is received for whom they lead to.

        `entries` must contain everything that was drained together, so that a repeated call changes nothing. At last the bodies
        are settled that they came in, if there are any: in the same script as the last messages of the shard of their intake. If
        its lease was lost, these messages are not received. Raises `NamesUnsettled`.

        `gather_for` says of each message for how long a turn waits for further ones; without it none does.
        """
        results: list[Received] = []
        oldest = min((entry.received_at for entry in entries), default=0)
        waiting = list(map(Addressed, entries, entries))
        if ids := [one for one in entries if is_business_scoped(one.customer)]:
            # Both in one round trip: most of these ids lead to a number.
            found_for, known = yield Together([self._identities.find(entries), self._at_once.received(ids)])
            waiting = self._without(known, entries, list(map(Addressed, found_for, entries)), results)
        settled = False
        while not settled:
            last = self._last_of(drained.shard, waiting) if drained else len(waiting)
            for _, run in groupby(waiting[:last], key=lambda one: type(one.entry)):
                together = list(run)
                yield from self._receive_messages(together, oldest, results, gather_for)
                yield from self._receive_actions(together, results)
            waiting, settled = waiting[last:], True
            if drained:
                messages = [one.entry for one in waiting if isinstance(one.entry, Message)]
                found = yield from self._at_once.messages(
                    drained.shard, messages, oldest, drained, gather_for
                )
                if isinstance(found, Unresolved):
                    # They may belong to other shards now.
                    waiting, settled = (yield from self._joined(waiting, found, results)), False
                else:
                    results.append(found)
        woken = tuple(dict.fromkeys(name for result in results for name in result.woken))
        return Received(
            accepted=sum(result.accepted for result in results),
            duplicates=sum(result.duplicates for result in results),
            overflowed=sum(result.overflowed for result in results),
            fetch=tuple(dict.fromkeys(name for result in results for name in result.fetch)),
            woken=woken,
            # Something that came behind them may have ended that.
            gathering={
                name: wait
                for result in results
                for name, wait in result.gathering.items()
                if name not in woken
            },
            left=results[-1].left if drained else 0,
        )

    def _joined(
        self, entries: Sequence[Addressed[AnyEntry]], unresolved: Unresolved, results: list[Received]
    ) -> Program[list[Addressed[AnyEntry]]]:
        """Return entries with the customers whom the names lead to, once those of the unresolved conversations are joined."""
        places: dict[str, list[int]] = {}
        for place, (entry, _) in enumerate(entries):
            if entry.conversation in unresolved.conversations:
                places.setdefault(entry.conversation, []).append(place)
        found: list[list[tuple[AnyEntry, list[str]]]] = yield Together(
            [self._join_all([entries[place] for place in own]) for own in places.values()]
        )
        after = list(entries)
        for own, joined in zip(places.values(), found, strict=True):
            for place, (entry, woken) in zip(own, joined, strict=True):
                # Only what it shows at first may change what is known: bodies that contradict each other would not end.
                after[place] = Addressed(entry, entry)
                results.append(Received(accepted=0, duplicates=0, woken=tuple(woken)))
        return (yield from self._unless_received([one.entry for one in entries], after, results))

    def _unless_received(
        self,
        before: Sequence[AnyEntry],
        after: Sequence[Addressed[AnyEntry]],
        results: list[Received],
    ) -> Program[list[Addressed[AnyEntry]]]:
        """Return entries without those that are now for another conversation, but were received in the one before.

        There they have their turn, or had it, before that conversation is merged. Until then no other one knows their ids.
        """
        moved = [
            was for was, now in zip(before, after, strict=True) if was.conversation != now.entry.conversation
        ]
        known = (yield from self._at_once.received(moved)) if moved else set()
        return self._without(known, before, after, results)

    @staticmethod
    def _without(
        known: Collection[tuple[str, str]],
        before: Sequence[AnyEntry],
        after: Sequence[Addressed[AnyEntry]],
        results: list[Received],
    ) -> list[Addressed[AnyEntry]]:
        """Return entries without those that have moved from a conversation in which their ids are known."""
        left = [
            now
            for was, now in zip(before, after, strict=True)
            if was.conversation == now.entry.conversation or (was.conversation, was.id) not in known
        ]
        if len(left) < len(after):
            results.append(Received(accepted=0, duplicates=len(after) - len(left), woken=()))
        return left

    def _join_all(self, entries: Sequence[Addressed[AnyEntry]]) -> Program[list[tuple[AnyEntry, list[str]]]]:
        """Join what the entries of one conversation show, in their order; what one has shown before costs nothing more."""
        found: list[tuple[AnyEntry, list[str]]] = []
        for entry, shown in entries:
            if found and shows_nothing_more(entry, found[-1][0]):
                found.append((entry, []))
            else:
                found.append((yield from self._identities.join(shown)))
        return found

    def _last_of(self, shard: int, entries: Sequence[Addressed[Entry]]) -> int:
        """Return from which place on all entries are messages of a shard."""
        last = takewhile(
            lambda one: (
                isinstance(one.entry, Message) and self._keys.shard_of(one.entry.conversation) == shard
            ),
            reversed(entries),
        )
        return len(entries) - len(list(last))

    def _receive_messages(
        self,
        entries: Sequence[Addressed[Entry]],
        oldest: int,
        results: list[Received],
        gather_for: GatherFor | None,
    ) -> Program[None]:
        messages = [
            Addressed(entry, shown)
            for entry, shown in entries
            if isinstance(entry, Message) and isinstance(shown, Message)
        ]
        while messages:
            by_shard: dict[int, list[Message]] = {}
            for message, _ in messages:
                by_shard.setdefault(self._keys.shard_of(message.conversation), []).append(message)
            batches = [
                self._at_once.messages(shard, batch, oldest, gather_for=gather_for)
                for shard, batch in by_shard.items()
            ]
            found = [(yield from batches[0])] if len(batches) == 1 else (yield Together(batches))
            results += [one for one in found if isinstance(one, Received)]
            missing = [one for one in found if isinstance(one, Unresolved)]
            names = Unresolved(tuple(name for one in missing for name in one.conversations))
            left = zip(by_shard.values(), found, strict=True)
            again = {message.id for batch, one in left if isinstance(one, Unresolved) for message in batch}
            rest = [one for one in messages if one.entry.id in again]
            messages = (yield from self._joined(rest, names, results)) if rest else []

    def _receive_actions(self, entries: Sequence[Addressed[Entry]], results: list[Received]) -> Program[None]:
        for action, shown in entries:
            if not (isinstance(action, AgentAction) and isinstance(shown, AgentAction)):
                continue
            concerned = [Addressed(action, shown)]
            while concerned:
                found = yield from self._at_once.action(concerned[0].entry)
                if isinstance(found, Received):
                    results.append(found)
                    break
                concerned = yield from self._joined(concerned, found, results)
