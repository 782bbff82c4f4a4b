"""What a worker is given when it takes a turn."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from session.agent_actions import AgentAction
from session.limits import Counter, Counters
from session.messages import Message
from session.models import Session
from session.records import LATEST, to_ms
from session.store.lease import Lease
from session.store.reading import Newer, Unreadable, read_entry


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTaken:
    """The turn is ours, and this is all it needs."""

    lease: Lease
    attempt: int  #: 1 for the first
    session: Session | None
    opted_out: bool  #: the customer wants nothing to be sent
    counters: Counters
    messages: tuple[Message, ...]  #: oldest first; at least one, unless it is the turn of an action
    action: AgentAction | None = None  #: it is taken alone
    unsent: int = 0  #: deliveries that wait in the outbox
    crashes: int = 0  #: how often a process died, or lost its lease, while it was taken
    record: str = field(default="", repr=False)  #: the session as it stands, "" if there is none
    entries: tuple[str, ...] = field(default=(), repr=False)  #: the messages, or the action, as they stand


@dataclass(frozen=True, slots=True)
class MailboxEmpty:
    """Nothing waits: somebody has done the work already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """The turn is ours, and something in it cannot be read."""

    lease: Lease
    unreadable: tuple[Unreadable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftToNewer:
    """The turn is ours, and only a newer release can take it."""

    lease: Lease
    attempt: int


def read_turn(
    conversation: str,
    lease: Lease,
    attempt: tuple[int, int],
    kept: tuple[Session | Unreadable | Newer | None, str],
    rest: Sequence[str | int],
    *,
    opted_out: bool,
) -> TurnTaken | Unread | LeftToNewer:
    """Return what a script found; `attempt` is its number, and how often its process died; `kept` is the session as it was read, and as it stands."""
    said, said_until, searched, searched_until, unsent, *entries = rest
    session, record = kept
    messages: list[Message] = []
    action: AgentAction | None = None
    left = isinstance(session, Newer)
    unreadable = [session] if isinstance(session, Unreadable) else []
    for raw in map(str, entries):
        entry = read_entry(raw, conversation)
        if isinstance(entry, Unreadable):
            unreadable.append(entry)
        elif isinstance(entry, Newer):
            # What came before it can be answered.
            left = left or not messages
            break
        elif isinstance(entry, Message):
            messages.append(entry)
        else:
            # One turn takes messages up to the first action, or one action.
            action = None if messages else entry
            break
    if unreadable or isinstance(session, Unreadable):
        return Unread(lease=lease, unreadable=tuple(unreadable))
    if left or isinstance(session, Newer):
        return LeftToNewer(lease=lease, attempt=attempt[0])
    return TurnTaken(
        lease=lease,
        attempt=attempt[0],
        crashes=attempt[1],
        session=session,
        opted_out=opted_out,
        counters=Counters(messages=_counter(said, said_until), searches=_counter(searched, searched_until)),
        messages=tuple(messages),
        action=action,
        unsent=int(unsent),
        record=record,
        entries=tuple(map(str, entries[: len(messages) or 1])),
    )


def _counter(used: str | int, until: str | int) -> Counter:
    """Return a counter; one whose window ends in a year that no date can hold counts nothing."""
    return Counter(used=int(used), until=int(until)) if int(until) <= to_ms(LATEST) else Counter()
