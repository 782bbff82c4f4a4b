"""Joins the names of one customer: aliases that lead to one conversation, written before a message is received there.

Each alias is in the slot of the name, and the set of names in that of the conversation, so a join takes several scripts. It
can be interrupted behind each of them and repeated: whatever a body says is done again when the body is read again.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from redis.exceptions import ResponseError

from session.agent_actions import AgentAction
from session.conversations import conversation_of, customer_of, is_business_scoped
from session.counters import waiting
from session.errors import NamesUnsettled, UnexpectedReply
from session.joining import (
    Alias,
    AnyEntry,
    Entry,
    Join,
    Plan,
    alias_in,
    belonging,
    merge_action,
    plan,
    shown_by,
)
from session.keys import Keys
from session.policy import Policy
from session.records import MS
from session.store.aliases import LONGEST_WAY, alias_of, beside, resolve
from session.store.calls import Program, Together, Value, command
from session.store.mending import Mender
from session.store.scripts import Scripts

#: How often a join begins anew because other bodies have changed the same aliases meanwhile.
_TRIES: Final = 20


class IdentityStore:
    """Reads and writes aliases."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def find(self, entries: Sequence[AnyEntry]) -> Program[list[AnyEntry]]:
        """Return entries with the customers whom their business-scoped ids lead to. Others are not looked up: numbers rarely lead anywhere."""
        names = list(dict.fromkeys(one.conversation for one in entries if is_business_scoped(one.customer)))
        if not names:
            return list(entries)
        ends = dict(zip(names, (yield from resolve(self._keys, names)), strict=True))
        found: list[AnyEntry] = []
        for entry in entries:
            end = ends.get(entry.conversation, entry.conversation)
            is_known = end == entry.conversation
            found.append(entry if is_known else belonging(entry, customer_of(end), entry.also))
        return found

    def names(self, conversation: str) -> Program[list[str]]:
        """Return the other conversations whose customer is the one of this conversation."""
        own = self._keys.of(conversation)
        shown = yield from self._mender.call(
            [conversation], command("names", "SMEMBERS", own.names, read=sorted)
        )
        others = [beside(conversation, name) for name in shown]
        ends = yield from resolve(self._keys, others)
        return [one for one, end in zip(others, ends, strict=True) if end == conversation]

    def join(self, entry: AnyEntry) -> Program[tuple[AnyEntry, list[str]]]:
        """Let all names that an entry shows lead to one customer; return it as that customer's, and whom to wake.

        Raises `NamesUnsettled` if other bodies go on changing the same aliases.
        """
        woken: list[str] = []
        for _ in range(_TRIES):
            done = yield from self._try(entry, woken)
            if done:
                return belonging(entry, done.target, done.also), woken
        raise NamesUnsettled("the names of a customer were changed again and again meanwhile")

    def _try(self, entry: Entry, woken: list[str]) -> Program[Plan | None]:
        """Carry out what an entry asks for; None if something has changed since it was read."""
        shown, scope = shown_by(entry), entry.scope
        raws = yield from self._read(shown.names, scope)
        aliases = {name: alias for name, raw in raws.items() if (alias := alias_in(raw))}
        made = plan(shown, aliases)
        unreadable = [name for name, raw in raws.items() if raw and name not in aliases]
        for name in dict.fromkeys((*unreadable, *made.cut)):
            yield from self._cut(name, scope, raws[name], aliases.get(name))
        raws |= dict.fromkeys((*unreadable, *made.cut), "")
        merges: list[AgentAction] = []
        joined = dict.fromkeys(made.also)
        left = list(made.joins)
        since = {
            one.name: max(shown.at, aliases[one.name].since if one.name in aliases else 0) for one in left
        }
        while left:
            setting = [
                one
                for one in left
                if not _leads_to(made.target, raws[one.name])
                # A change is told again: what comes later and is older than this must not undo it.
                or (one.moved and since[one.name] > aliases[one.name].since)
            ]
            merges += _pending(entry, made.target, left, raws)
            answers = yield Together(
                [self._set(entry, one, made.target, raws[one.name], since=since[one.name]) for one in setting]
            )
            here: set[str] = set()
            for one, answer in zip(setting, answers, strict=True):
                if answer is None:
                    return None
                has_data, wake, names = answer
                here |= names
                if has_data:
                    merges.append(merge_action(entry, made.target, one))
                if wake:
                    woken.append(conversation_of(one.name, scope))
            # What led to a name that leads elsewhere now is led there at once.
            new = sorted(here - joined.keys() - {made.target})
            read = yield from self._read(new, scope)
            raws |= read
            aliases |= {name: alias for name, raw in read.items() if (alias := alias_in(raw))}
            left = [Join(name, aliases[name].moved) for name in new if name in aliases]
            since = {one.name: aliases[one.name].since for one in left}
            joined |= dict.fromkeys(one.name for one in left)
        if not joined:
            return made
        return made if (yield from self._note(made.target, scope, list(joined), merges, woken)) else None

    def _read(self, names: Sequence[str], scope: str) -> Program[dict[str, str]]:
        """Return the aliases of names, and of what they lead to, as they are stored; "" for none."""
        raws: dict[str, str] = {}
        unread = list(dict.fromkeys(names))
        while unread and len(raws) < LONGEST_WAY * (len(names) or 1):
            found = yield from self._aliases([conversation_of(name, scope) for name in unread])
            raws |= dict(zip(unread, found, strict=True))
            ways = [alias.target for raw in found if (alias := alias_in(raw))]
            unread = [name for name in dict.fromkeys(ways) if name not in raws]
        return raws

    def _aliases(self, conversations: Sequence[str]) -> Program[list[str]]:
        calls = [alias_of(self._keys, one) for one in conversations]
        try:
            return list((yield Together(calls)))
        except ResponseError:
            for one in conversations:
                yield from self._mender.mend(one)
        return list((yield Together(calls)))

    def _cut(self, name: str, scope: str, raw: str, alias: Alias | None) -> Program[None]:
        own = self._keys.of(conversation_of(name, scope))
        call = self._scripts.cut_alias(alias=own.alias, names=own.names, was=raw)
        match (yield from self._mender.call([own.conversation], call)):
            case ["cut", int()]:
                pass
            case reply:
                raise UnexpectedReply("cut_alias", reply)
        if alias:
            target = self._keys.of(conversation_of(alias.target, scope))
            call = command("names", "SREM", target.names, name)
            yield from self._mender.call([target.conversation], call)

    def _set(
        self, entry: Entry, join: Join, target: str, raw: str, *, since: int
    ) -> Program[tuple[bool, bool, set[str]] | None]:
        """Let one name lead to the target; return whether it has data, must be woken, and what leads to it."""
        own = self._keys.of(conversation_of(join.name, entry.scope))
        action = merge_action(entry, target, join, out=True)
        alias = Alias(target=target, since=since, moved=join.moved)
        if (known := alias_in(raw)) and known.target == target:
            alias = alias.model_copy(update={"merge": known.merge})
        call = self._scripts.set_alias(
            alias=own.alias,
            names=own.names,
            mailbox=own.mailbox,
            seen=own.seen,
            lease=own.turn_lease,
            due=own.shared.due,
            counters=own.shared.counters,
            data=own.data,
            was=raw,
            plain=alias.to_json(),
            merging=alias.model_copy(update={"merge": action.id}).to_json(),
            id=action.id,
            entry=action.to_json(),
            counter=waiting("mailbox", action.received_at),
            member=own.turn_due,
            wake_after=self._policy.wake_after // MS,
            seen_for=self._policy.seen_for // MS,
        )
        match (yield from self._mender.call([own.conversation], call)):
            case ["changed"]:
                return None
            case ["aliased", int(data), int(wake), *names]:
                return data == 1, wake == 1, set(map(str, names))
            case reply:
                raise UnexpectedReply("set_alias", reply)

    def _note(
        self, target: str, scope: str, joined: list[str], merges: Iterable[AgentAction], woken: list[str]
    ) -> Program[bool]:
        """Note the names with the target, and let the merges wait there; False if it has moved meanwhile."""
        own = self._keys.of(conversation_of(target, scope))
        waits: list[Value] = []
        for action in merges:
            waits += [action.id, action.to_json(), waiting("mailbox", action.received_at)]
        call = self._scripts.join_names(
            alias=own.alias,
            names=own.names,
            mailbox=own.mailbox,
            seen=own.seen,
            lease=own.turn_lease,
            due=own.shared.due,
            counters=own.shared.counters,
            member=own.turn_due,
            wake_after=self._policy.wake_after // MS,
            seen_for=self._policy.seen_for // MS,
            joined=joined,
            merges=waits,
        )
        match (yield from self._mender.call([own.conversation], call)):
            case ["moved"]:
                return False
            case ["joined", int(wake)]:
                woken += [own.conversation] if wake else []
                return True
            case reply:
                raise UnexpectedReply("join_names", reply)


def _pending(entry: Entry, target: str, joins: Iterable[Join], raws: Mapping[str, str]) -> list[AgentAction]:
    """Return the merges that an earlier, interrupted join has announced to the other side only."""
    found = []
    for join in joins:
        alias = alias_in(raws[join.name])
        if alias and alias.target == target and alias.merge:
            made = merge_action(entry, target, Join(join.name, alias.moved))
            found.append(made.model_copy(update={"id": alias.merge}))
    return found


def _leads_to(target: str, raw: str) -> bool:
    alias = alias_in(raw)
    return alias is not None and alias.target == target
