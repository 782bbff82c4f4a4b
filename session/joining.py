"""Decides which names become one customer when a message shows them together, or says that they have changed. Pure.

A name that is not primary has an **alias**, which leads to the conversation where the customer now is:

* A second spelling, or an id beside a phone number, leads to the phone number.
* A number that was given up leads to the new one: the provider says so, or the same id came with another number. What
  comes from the old number after that is from somebody else, who has it now: the alias is cut.
* Of several ids without a number, all lead to the first that was known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Generic, NamedTuple, TypeVar

from pydantic import ValidationError

from session.agent_actions import AgentAction, AgentActionType
from session.identities import canonical, is_phone, without
from session.messages import Message
from session.records import Ms, Record

#: An entry of a mailbox, and one whose kind stays what it is.
Entry = Message | AgentAction
AnyEntry = TypeVar("AnyEntry", Message, AgentAction, Entry)
#: What the ids of the actions of a merge begin with.
MERGE_ID: Final = "merge:"


class Alias(Record):
    """Where a name leads."""

    target: str  #: the customer
    since: Ms  #: ms since the epoch, by the provider's clock: of the message that showed it
    moved: bool = False  #: the customer has left this name, it is not one of several
    merge: str = ""  #: id of the actions that merge its conversation, "" if there was nothing to merge


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What one message or action shows of the names of its customer."""

    customer: str
    also: tuple[str, ...] = ()
    formerly: tuple[str, ...] = ()
    at: int  #: ms since the epoch, by the provider's clock
    by_customer: bool = True  #: whether the customer wrote it

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, each once."""
        return tuple(dict.fromkeys((self.customer, *self.also, *self.formerly)))


def shown_by(entry: Entry) -> Shown:
    """Return what an entry of a mailbox shows."""
    if isinstance(entry, Message):
        return Shown(customer=entry.customer, also=entry.also, formerly=entry.formerly, at=entry.sent_at)
    return Shown(customer=entry.customer, also=entry.also, at=entry.received_at, by_customer=False)


def shows_nothing_more(entry: Entry, before: Entry) -> bool:
    """Whether an entry shows no other names than an earlier one, which has been joined, and no change of them."""
    shown, known = shown_by(entry), shown_by(before)
    return not shown.formerly and shown.customer == known.customer and {*shown.names} <= {*known.names}


def belonging(entry: AnyEntry, customer: str, also: Iterable[str]) -> AnyEntry:
    """Return an entry as that of the customer whom its names lead to; `also` are those that are known to."""
    names = dict.fromkeys(name for name in (*also, entry.customer) if name != customer)
    changes: dict[str, object] = {"customer": customer, "also": tuple(names)}
    if isinstance(entry, Message):
        changes["formerly"] = ()
    return entry.model_copy(update=changes)


class Addressed(NamedTuple, Generic[AnyEntry]):
    """An entry on its way into a mailbox."""

    entry: AnyEntry  #: as that of the customer whom its names have led to so far
    shown: AnyEntry  #: what a join goes by: the entry as it came, and once it has been joined, `entry`


class Join(NamedTuple):
    """A name that shall lead to the target."""

    name: str
    moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What must be done before an entry is received."""

    target: str  #: the customer whose entry it is
    cut: tuple[str, ...] = ()  #: names whose alias ends
    joins: tuple[Join, ...] = ()

    @property
    def also(self) -> tuple[str, ...]:
        """The names that are known to be the target's afterwards."""
        return tuple(join.name for join in self.joins)


def plan(shown: Shown, aliases: Mapping[str, Alias]) -> Plan:
    """Return what must be done. `aliases` has those of all shown names, and of everything that they lead to."""
    ways, looped = _without_loops(shown.names, aliases)
    target, cut = _target(shown, ways)
    if cut:
        ways = {name: alias for name, alias in ways.items() if name not in cut}
    followed = target != shown.customer and is_phone(shown.customer)
    joins: dict[str, bool] = {}
    for name in shown.also:
        root = _root(name, ways)
        if is_phone(name):
            # A spelling of the number goes wherever the number goes.
            if canonical(name) == canonical(shown.customer):
                joins[name] = False
        elif root == target or not is_phone(root):
            joins |= {root: False, name: False}
        elif not is_phone(target):
            joins |= {target: False, name: False}
            target = root
        elif not followed and name in ways and shown.at >= ways[name].since:
            # The same id with another number: it has changed, and nobody said so.
            joins |= {root: True, name: False}
    for name in shown.formerly if not _is_late(shown, aliases) else ():
        root = _root(name, ways)
        if root == target:
            joins.setdefault(name, True)
        elif name in ways and ways[name].moved and is_phone(name):
            continue  # the number had been left before, and this is not about the one who left it
        elif is_phone(root) and not is_phone(target):
            joins[target], target = False, root
            joins[name] = True
        else:
            joins |= {root: True, name: True}
    if target != shown.customer:
        joins.setdefault(shown.customer, False)
    joins.pop(target, None)
    return Plan(
        target=target,
        cut=without((*looped, *cut), ()),
        joins=tuple(Join(name, moved) for name, moved in joins.items()),
    )


def _target(shown: Shown, ways: Mapping[str, Alias]) -> tuple[str, tuple[str, ...]]:
    """Return where the customer is, and the aliases that are cut for that."""
    root, own = _root(shown.customer, ways), ways.get(shown.customer)
    if own is None or not is_phone(shown.customer):
        return root, ()
    if shown.formerly:
        return (root, ()) if own.since > shown.at else (shown.customer, (shown.customer,))
    # A number that was left has another owner, or its customer has come back.
    is_anew = shown.by_customer and own.moved and shown.at > own.since
    return (shown.customer, (shown.customer,)) if is_anew else (root, ())


def _is_late(shown: Shown, aliases: Mapping[str, Alias]) -> bool:
    """Whether the customer has left the new number again before this message says that it is the new one."""
    own = aliases.get(shown.customer)
    return own is not None and is_phone(shown.customer) and own.since > shown.at


def _root(name: str, ways: Mapping[str, Alias]) -> str:
    while name in ways:
        name = ways[name].target
    return name


def _without_loops(
    names: tuple[str, ...], aliases: Mapping[str, Alias]
) -> tuple[dict[str, Alias], tuple[str, ...]]:
    """Return the aliases without the oldest of each loop, and the names of those; two bodies at once may make a loop."""
    ways, looped = dict(aliases), []
    for start in names:
        path: list[str] = []
        name = start
        while name in ways and name not in path:
            path.append(name)
            name = ways[name].target
        if name in path:
            loop = path[path.index(name) :]
            oldest = min(loop, key=lambda one: (ways[one].since, one))
            del ways[oldest]
            looped.append(oldest)
    return ways, tuple(looped)


def merge_action(entry: Entry, target: str, join: Join, *, out: bool = False) -> AgentAction:
    """Return the action of a merge: `out` that of the conversation that ends, else that of the one that goes on.

    Its id is the same on both sides, and whenever the same body is read.
    """
    digest = blake2b(f"{entry.id}\n{join.name}\n{target}".encode("utf-8", "surrogatepass"), digest_size=12)
    return AgentAction(
        type=AgentActionType.MERGE_OUT if out else AgentActionType.MERGE,
        id=f"{MERGE_ID}{digest.hexdigest()}",
        customer=join.name if out else target,
        scope=entry.scope,
        received_at=entry.received_at,
        other=target if out else join.name,
        moved_to=entry.route.address if join.moved and isinstance(entry, Message) else "",
    )


def alias_in(raw: str) -> Alias | None:
    """Return a stored alias; None if there is none, or it cannot be read."""
    try:
        return Alias.model_validate_json(raw) if raw else None
    except ValidationError:
        return None
