"""Leases, and what a worker receives with one: a turn or an outbox. Pure; the intake is in `bodies`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from session.agent_actions import OF_MERGES, AgentAction
from session.delivery_states import NOTHING_KNOWN, DeliveryStates
from session.limits import TURN_LIMITS, Usage, Usages
from session.marketing import Marketing
from session.media_work import MediumRecord, read_records
from session.messages import Delivery, DeliveryState, Message
from session.models import Session
from session.outgoing import Silence
from session.pauses import Pause
from session.reading import Newer, Unreadable, read_delivery, read_entry, read_marketing
from session.records import LATEST_MS, from_ms
from session.timers import TimerRecord, read_timers

#: No lease lasts so long: it would never run out.
TOO_LATE: Final = timedelta(days=2)
#: No lease counts so many attempts: who comes to that was given up long before.
ATTEMPTS_AT_MOST: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The time-bound right to work on something; every write shows its fence."""

    fence: int  #: grows with each lease; a write with an older one changes nothing
    holder: str  #: id of the call that took it


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who is told at once what comes for a turn: a takeover, a STOP, a further message."""

    channel: str  #: on which it is published
    messages: bool = False  #: whether messages are, too


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Another worker holds the lease; it looks again before it releases it."""

    until: int  #: ms since the epoch, by the clock of the server; 0 if it is not known
    #: nobody holds it, and the messages of the turn gather for so long from now on; None: that is not why
    gathers: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """The lease was lost meanwhile; nothing was written."""

    fence: int  #: of the present holder, 0 if there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTaken:
    """This worker has the lease of a turn; everything that the turn needs."""

    lease: Lease
    now: datetime  #: by the clock of the server, when it was taken
    attempt: int  #: 1 for the first
    session: Session | None
    opted_out: bool  #: the customer has opted out
    usages: Usages
    messages: tuple[Message, ...]  #: oldest first; at least one, unless it is the turn of an action
    action: AgentAction | None = None  #: it is taken alone
    unsent: int = 0  #: deliveries that wait in the outbox
    marketing: Marketing | None = None  #: what the customer wishes about marketing messages, if that is known
    states: DeliveryStates = field(default=NOTHING_KNOWN, repr=False)  #: of the latest deliveries
    #: steps and early replies that earlier attempts have kept, by their fields: see `session.steps`
    kept: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: of the messages, by their fields
    media: Mapping[str, MediumRecord] = field(default_factory=dict, repr=False)
    timers: Mapping[str, TimerRecord] = field(default_factory=dict, repr=False)  #: of the conversation
    followed: bool = False  #: whether an agent action waits behind the messages; that of a merge can wait too
    crashes: int = 0  #: how often a process died, or lost its lease, while it was taken
    record: str = field(default="", repr=False)  #: the raw session, "" if there is none
    entries: tuple[str, ...] = field(default=(), repr=False)  #: the messages, or the action, as they stand


@dataclass(frozen=True, slots=True)
class MailboxEmpty:
    """Nothing waits: another worker has done the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """This worker has the lease of a turn that it cannot take as it stands."""

    lease: Lease
    attempt: int
    unreadable: tuple[Unreadable, ...] = ()  #: what must go; nothing: only a newer release can take the turn


def read_turn(
    conversation: str,
    lease: Lease,
    attempt: tuple[int, int],
    kept: tuple[Session | Unreadable | Newer | None, str],
    rest: Sequence[Any],
    *,
    at: int,
    opted_out: bool,
) -> TurnTaken | Unread:
    """Return the answer of a script as a turn. `at` is the server's time (ms), `attempt` its number, and how often its process died; `kept` is the session, parsed and raw."""
    unsent, said, wish, media, timers, *rest = rest
    used, (count, *rest) = rest[: 2 * len(TURN_LIMITS)], rest[2 * len(TURN_LIMITS) :]
    done, entries = list(map(str, rest[: int(count)])), rest[int(count) :]
    usages = Usages()
    for limit, count, until in zip(TURN_LIMITS, used[::2], used[1::2], strict=True):
        # A window that ends in a year that no date can hold counts nothing.
        if 0 < int(until) <= LATEST_MS:
            usages[limit.name] = Usage(used=int(count), until=int(until))
    session, record = kept
    messages: list[Message] = []
    action: AgentAction | None = None
    followed = False
    left = isinstance(session, Newer)
    unreadable = [session] if isinstance(session, Unreadable) else []
    for raw in map(str, entries):
        entry = read_entry(raw, conversation)
        if isinstance(entry, Unreadable):
            unreadable.append(entry)
        elif isinstance(entry, Newer):
            # The earlier messages can be answered.
            left = left or not messages
            break
        elif isinstance(entry, Message):
            if not (entry.is_timer and messages):
                messages.append(entry)
            if entry.is_timer:
                break
        else:
            # One turn takes messages up to the first action or timer, or one action, or one timer.
            action = None if messages else entry
            followed = bool(messages) and entry.type not in OF_MERGES
            break
    if unreadable or isinstance(session, Unreadable):
        return Unread(lease=lease, attempt=attempt[0], unreadable=tuple(unreadable))
    if left or isinstance(session, Newer):
        return Unread(lease=lease, attempt=attempt[0])
    return TurnTaken(
        lease=lease,
        now=from_ms(at),
        attempt=attempt[0],
        crashes=attempt[1],
        session=session,
        opted_out=opted_out,
        usages=usages,
        messages=tuple(messages),
        action=action,
        media=read_records(map(str, media)) if media else {},
        timers=read_timers(list(map(str, timers))),
        followed=followed,
        unsent=int(unsent),
        states=DeliveryStates.of(said),
        marketing=read_marketing(wish),
        kept=dict(zip(done[::2], done[1::2], strict=True)),
        record=record,
        entries=tuple(map(str, entries[: len(messages) or 1])),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxTaken:
    """This worker has the lease of an outbox."""

    lease: Lease
    now: datetime  #: by the clock of the server, when it was taken
    attempt: int  #: at the first delivery, 1 for the first
    doubts: int  #: sends of the first delivery that are in doubt: each may have arrived
    #: the latest of them was interrupted just now, and no status was awaited yet
    interrupted: bool
    known: DeliveryState | None  #: the state of the first delivery if it is in doubt, as far as it is known
    opted_out: bool  #: the customer has opted out
    silence: Silence  #: at this moment
    paused: dict[str, Pause]  #: sender -> why nothing is sent through it
    deliveries: tuple[Delivery, ...]  #: oldest first, at least one; up to the first that cannot be read


def handed_over(
    found: int | Sequence[Any], holder: str, deliveries: Sequence[Delivery]
) -> OutboxTaken | None:
    """Return an outbox that was taken by the commit that filled it; None if it was not."""
    if isinstance(found, int):
        return None
    fence, at, silence, stop = found
    return OutboxTaken(
        lease=Lease(fence=fence, holder=holder),
        now=from_ms(at),
        attempt=1,
        doubts=0,
        interrupted=False,
        known=None,
        opted_out=False,
        silence=Silence(silence, stop),
        paused={},
        deliveries=tuple(deliveries),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaTaken:
    """This worker has the lease of the media of a conversation."""

    lease: Lease
    now: datetime  #: by the clock of the server, when it was taken
    attempt: int  #: 1, and one more for each holder that did not release it
    media: dict[str, MediumRecord]  #: those that are to be fetched now, the oldest first; at least one


@dataclass(frozen=True, slots=True)
class MediaEmpty:
    """Nothing is to be fetched now."""


@dataclass(frozen=True, slots=True)
class OutboxEmpty:
    """Nothing waits: another worker has sent it."""


def until_unreadable(
    entries: Sequence[str], conversation: str
) -> tuple[tuple[Delivery, ...], Unreadable | Newer | None]:
    """Return the deliveries up to the first unreadable one, and that one.

    It is moved to the dead letters only when it is the first, because the lease may have doubts about an earlier delivery.
    """
    deliveries: list[Delivery] = []
    for raw in entries:
        found = read_delivery(raw, conversation)
        if isinstance(found, Unreadable | Newer):
            return tuple(deliveries), found
        deliveries.append(found)
    return tuple(deliveries), None
