"""Audits people with several names: what holds under one name holds under every other from the moment the join is known.

Two names are **known** to be one as soon as a body that shows both was received: with one shard that is when it was answered
with 200 (everything goes through one intake, in order), with several when its message was taken into a turn. From then on:

* STOP under one of them: nothing that is written later under any is answered, until START under any.
* A takeover under one of them: the same, until it ends; earlier replies are not sent any more.
* What was written earlier under one is answered before what is written later under another.
* What is written later than a change of number is answered at the new number.
* At rest all of them lead to one conversation, whose counters are the sums, and nothing is left under the others.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from json import loads
from typing import Any

from session.agent_actions import AgentActionType
from session.conversations import conversation_of
from session.event_records import EventRecord
from session.events import (
    ActionTaken,
    ConversationMoved,
    ConversationsMerged,
    MessagesTaken,
    ReplyCancelled,
    ReplyFailed,
)
from session.limits import MESSAGES, SEARCHES
from tests.chaos.auditing_sends import reason_of
from tests.chaos.consent import heed
from tests.chaos.findings import Findings
from tests.chaos.ledger import START, STOP, Act, read_answer
from tests.chaos.people import Person, Saying
from tests.chaos.story import Retold
from tests.chaos.strikes import Strikes
from tests.chaos.system import System
from tests.chaos.witness import Arrival, place_of
from worker.delivery_policy import OPTED_OUT

_HISTORY = 20
#: Seconds from a takeover or a STOP to the end of a send that was under way, beside `SEND_TIMEOUT_SECONDS`.
_ENDS_WITHIN = 4


@dataclass(slots=True)
class _Life:
    """What was seen of one person."""

    person: Person
    taken: dict[str, tuple[float, MessagesTaken]] = field(
        default_factory=dict
    )  #: message -> when, in which turn
    done: dict[str, tuple[float, str]] = field(default_factory=dict)  #: action -> when, why it was declined
    late_at: list[float] = field(default_factory=list)  #: when it was told that no agent is free
    late_ids: set[str] = field(default_factory=set)  #: deliveries of what was said then
    unsent: set[str] = field(default_factory=set)  #: deliveries that were cancelled, dropped or held
    asked: int = 0  #: messages about which the assistant was asked
    searched: int = 0
    merges: int = 0
    escalated: bool = False  #: the assistant has asked for a person
    records: list[str] = field(default_factory=list)  #: all that was seen, to be read by people
    arrivals: list[Arrival] = field(default_factory=list)

    @property
    def posts(self) -> list[Saying]:
        return self.person.posts


def audit_names(system: System, told: Retold, strikes: Strikes, found: Findings) -> None:
    """Compare what people wrote, and what agents did about them, with what was seen, and with what Redis holds."""
    lives = _lives(told)
    one_intake = system.options.shards == 1
    for life in lives.values():
        _Audit(system, told, strikes, found, life, one_intake=one_intake).audit()
        if any(life.person.name in one.customer for one in found.broken):
            _write(life, told, system)
    found.figures |= {
        "people with several names": len(lives),
        "what they wrote": sum(len(life.posts) for life in lives.values()),
        "conversations merged": sum(life.merges for life in lives.values()),
        "numbers changed": sum(bool(one.moved_to) for life in lives.values() for one in life.posts),
    }


def _write(life: _Life, told: Retold, system: System) -> None:
    """Write everything about one person into a file, in the order of time."""
    acts = [act for id_, act in told.ledger.acts.items() if told.ledger.keepers.get(id_) == life.person.name]
    lines = [
        *life.records,
        *(f"{one.began_at:.3f} posts {one}" for one in [*life.posts, *acts]),
        *(f"{one.at:.3f} hears {one}" for one in life.arrivals),
    ]
    (system.folder / f"{life.person.name}.txt").write_text("\n".join(sorted(lines)))


def _lives(told: Retold) -> dict[str, _Life]:
    lives = {name: _Life(person) for name, person in told.ledger.people.items()}
    by_conversation = {
        conversation_of(name): life for life in lives.values() for name in life.person.everything
    }
    out: dict[str, bool] = defaultdict(bool)
    waits: dict[str, bool] = defaultdict(bool)
    for place, record in enumerate(told.seen.events):
        life = by_conversation.get(record.conversation)
        if life:
            life.records.append(f"{_time(told, place):.3f} {record.conversation} {record.event!r}")
            _tell(life, record, _time(told, place), told, out=out, waits=waits)
    for arrival in told.seen.arrivals:
        answered = read_answer(arrival.text)
        if answered and answered[0] in lives:
            lives[answered[0]].arrivals.append(arrival)
    return lives


def _time(told: Retold, place: int) -> float:
    return place_of(told.seen.event_ids[place][1])[0] / 1000


def _tell(
    life: _Life,
    record: EventRecord,
    at: float,
    told: Retold,
    *,
    out: dict[str, bool],
    waits: dict[str, bool],
) -> None:
    one = record.conversation
    match record.event:
        case MessagesTaken() as event:
            by_id = {post.id: post for post in life.posts}
            posts = [by_id[id_] for id_ in event.received if id_ in by_id]
            said = [post for post in posts if not post.moved_to]
            heeded = heed(said, out=out[one])
            life.taken |= {post.id: (at, event) for post in posts}
            life.asked += 0 if waits[one] else len(heeded.asked) + _starts_of_who_was_in(said, out=out[one])
            life.searched += event.searched
            life.escalated = life.escalated or event.escalated is not None
            out[one] = heeded.out
            if event.consent:
                told.consents[event.consent] += 1
        case ActionTaken() as event:
            life.done[event.action_id] = (at, event.declined or "")
            if event.action == AgentActionType.TIME_OUT and not event.declined:
                life.late_at.append(at)
                life.late_ids |= {*event.replied}
                life.asked += len(event.asked)
                life.searched += event.searched
                life.escalated = life.escalated or event.escalated is not None
        case ConversationMoved():
            out[one] = waits[one] = False
        case ConversationsMerged() as event:
            life.merges += 1
            life.unsent |= {*event.dropped}
            out[one] = out[one] or event.consent == "out"
            if event.consent:
                told.consents[event.consent] += 1
        case ReplyCancelled() as event:
            life.unsent |= {*event.cancelled}
            told.cancelled[event.channel] += 1
        case ReplyFailed() as event:
            life.unsent.add(event.delivery)
            told.stopped[event.channel] += event.failed == OPTED_OUT
    state = getattr(record.event, "state", None)
    if state:
        waits[one] = state.after == "WAITING_AGENT"


def _starts_of_who_was_in(said: Iterable[Saying], *, out: bool) -> int:
    """Return how many START are messages like others, since nobody had written STOP there."""
    count = 0
    for one in said:
        count += one.word == START and not out
        out = one.word == STOP or (out and one.word != START)
    return count


class _Audit:
    """Looks at one person."""

    def __init__(
        self,
        system: System,
        told: Retold,
        strikes: Strikes,
        found: Findings,
        life: _Life,
        *,
        one_intake: bool,
    ) -> None:
        self._system, self._told, self._strikes, self._found = system, told, strikes, found
        self._life, self._one_intake = life, one_intake
        person = life.person
        self._spelled = [frozenset(person.numbers), frozenset(person.others), frozenset({person.user})]
        self._group: dict[str, frozenset[str]] = {}
        self._first: dict[int, Arrival] = {}

    def audit(self) -> None:
        posts = self._life.posts
        for post in posts:
            self._group[post.id] = self._known(post.names, post)
        self._arrivals()
        self._order([arrival_number(one) for one in self._first.values()], "was answered")
        for post in posts:
            self._silence(post)
            self._address(post)
        with self._system.client() as client:
            self._rest(client)

    def _broken(self, promise: str, what: str) -> None:
        self._found.add(promise, f"{self._life.person.name} {self._life.person.everything}", what)

    def _known_at(self, one: Saying | Act) -> float | None:
        if self._one_intake:
            return one.ok_at
        if isinstance(one, Act):
            return self._life.done.get(one.id, (None, ""))[0]
        return self._life.taken.get(one.id, (None, ""))[0]

    def _before(self, earlier: Saying | Act, later: Saying | Act) -> bool:
        """Whether the system knew the earlier one when the later one was begun."""
        if isinstance(earlier, Saying) and isinstance(later, Saying) and earlier.body == later.body:
            return self._one_intake and earlier.number < later.number
        known = self._known_at(earlier)
        return known is not None and known < later.began_at

    def _known(self, names: Iterable[str], until: Saying | Act | None) -> frozenset[str]:
        """Return all names that are known to be one with some of these, when an entry was begun; None: at the end."""
        shown = [
            self._spellings(post.names)
            for post in self._life.posts
            if (until is None and post.id in self._life.taken) or (until and self._before(post, until))
        ]
        group, size = self._spellings(names), 0
        while len(group) > size:
            size = len(group)
            group = group.union(*(one for one in shown if one & group))
        return group

    def _spellings(self, names: Iterable[str]) -> frozenset[str]:
        return frozenset[str]().union(*(one for one in self._spelled if one & {*names}))

    def _arrivals(self) -> None:
        """Each message is answered by one delivery, which arrives more than once only for a reason."""
        deliveries: defaultdict[int, list[Arrival]] = defaultdict(list)
        for arrival in self._life.arrivals:
            deliveries[arrival_number(arrival)].append(arrival)
        for number, several in deliveries.items():
            self._first[number] = several[0]
            if len({one.delivery for one in several}) > 1:
                self._broken("doubled effect", f"{number} has {len(several)} different replies")
            for one, _ in pairwise(several):
                if not reason_of(self._told.options, one, self._strikes):
                    self._broken("doubled send", f"the reply to {number} arrived again without a reason")

    def _order(self, numbers: list[int], what: str) -> None:
        """What came under names that were known to be one by then keeps its order."""
        by_number = {post.number: post for post in self._life.posts}
        for place, number in enumerate(numbers):
            for earlier in [one for one in numbers[place + 1 :] if one < number]:
                one, other = by_number[earlier], by_number[number]
                if self._before(one, other) and self._spellings(one.names) & self._group[other.id]:
                    self._broken("out of order", f"{number} {what} before {earlier}")

    def _silence(self, post: Saying) -> None:
        """A message is answered unless a STOP or an agent is in the way, and then it is not."""
        if post.moved_to or post.id not in self._life.taken:
            return
        at, event = self._life.taken[post.id]
        arrival = self._first.get(post.number)
        word = self._last_word(post)
        held = next(self._holds(post, at), None)
        if post.word:
            return
        if word == STOP and arrival and not self._maybe_back(post):
            self._broken("talked over", f"{post.number} was answered after STOP: {event}")
        if held and arrival and arrival.delivery not in self._life.late_ids:
            self._broken("talked over", f"{post.number} was answered, {held.id} has taken over: {event}")
        later = [one for one in self._life.posts if one.number > post.number and one.word == STOP]
        excused = (
            word == STOP
            or held
            or event.interrupted
            or {*event.replied} & self._life.unsent
            or any(one.id in event.received for one in later)
            or self._maybe_out(post)
            or self._maybe_held(post, at)
            or (self._life.escalated and event.was and event.was.state == "WAITING_AGENT")
        )
        if arrival is None and not excused:
            self._broken("unanswered", f"{post.number} has no reply: {event}")
        for one, silenced_at in self._silencings(post, at):
            ends = silenced_at + self._told.options.send_timeout + _ENDS_WITHIN
            stopped = any(strike.kind.endswith("-stop") for strike in self._strikes.done)
            by_timeout = arrival is not None and arrival.delivery in self._life.late_ids
            if arrival and arrival.at > ends and not (stopped or by_timeout):
                self._broken(
                    "talked over",
                    f"the reply to {post.number} arrived {arrival.at - ends:.1f} s too late after {one.id}",
                )

    def _last_word(self, post: Saying) -> str:
        """Return STOP or START, whichever the system knew last under any name of a message."""
        group = self._group[post.id]
        words = [
            one.word
            for one in self._life.posts
            if one.word in (STOP, START) and self._before(one, post) and self._spellings(one.names) & group
        ]
        return words[-1] if words else ""

    def _maybe_back(self, post: Saying) -> bool:
        """Whether a START was written after the STOP, of which it is not certain that it was known, or came by another intake."""
        words = [one for one in self._life.posts if one.word in (STOP, START)]
        written = [one for one in words if one.number < post.number]
        overtook = [
            one
            for one in words
            if one.word == START and one.number > post.number and not self._taken_after(one, post)
        ]
        return bool((written and written[-1].word == START) or overtook)

    def _taken_after(self, one: Saying, other: Saying) -> bool:
        """Whether a message was taken after another one, which was written before; always so where there is one intake."""
        if self._one_intake or not {one.id, other.id} <= self._life.taken.keys():
            return True
        return self._life.taken[one.id][0] > self._life.taken[other.id][0]

    def _maybe_out(self, post: Saying) -> bool:
        """Whether any STOP may have been in force when a message was taken: known late, or merged before its turn."""
        words = [one for one in self._life.posts if one.word == STOP]
        starts = [one for one in self._life.posts if one.word == START and self._before(one, post)]
        whole = self._known(post.names, None)
        return any(
            self._spellings(one.names) & whole
            and not any(
                start.number > one.number
                and self._taken_after(start, one)
                and self._spellings(start.names) & self._spellings(one.names)
                for start in starts
            )
            for one in words
        )

    def _keepings(self) -> Iterator[tuple[Act, float, float]]:
        """Yield the takeovers that were done, each with when, and when it ended."""
        acts = [
            self._told.ledger.acts[id_]
            for id_, who in self._told.ledger.keepers.items()
            if who == self._life.person.name
        ]
        for act in acts:
            at, declined = self._life.done.get(act.id, (0.0, "not taken"))
            if act.action.type is not AgentActionType.TAKE_OVER or declined:
                continue
            ends: list[float] = []
            for one in acts:
                done_at, why = self._life.done.get(one.id, (0.0, ""))
                # One that was declined ended nothing: it met the conversation of another name, before they were joined.
                if one.began_at > act.began_at and not why:
                    ends.append(one.began_at)
                # Under another name it may have come by another intake, and is taken behind what was begun later.
                elif one.began_at < act.began_at and done_at >= at and not why:
                    ends.append(done_at)
            ends += [late for late in self._life.late_at if late >= at]
            yield act, at, min(ends, default=float("inf"))

    def _holds(self, post: Saying, taken_at: float) -> Iterator[Act]:
        for act, _, ended_at in self._keepings():
            names = self._known((act.customer,), act)
            if self._before(act, post) and taken_at < ended_at and names & self._group[post.id]:
                yield act

    def _maybe_held(self, post: Saying, at: float) -> bool:
        """Whether a takeover may have been in force: before it was handed back, and under names that became known."""
        return (
            any(act.began_at <= at and post.began_at <= ended_at for act, _, ended_at in self._keepings())
            or any(
                act.action.type is AgentActionType.TAKE_OVER
                and act.began_at <= at
                and self._life.done.get(act.id, (0, ""))[0] >= at
                for act, _, _ in self._keepings()
            )
            or bool(self._in_hand_back(at))
        )

    def _in_hand_back(self, at: float) -> list[Act]:
        """Return hand-backs that were begun, and not yet taken, at a time."""
        acts = [
            self._told.ledger.acts[id_]
            for id_, who in self._told.ledger.keepers.items()
            if who == self._life.person.name
        ]
        return [
            one for one in acts if one.began_at <= at <= self._life.done.get(one.id, (float("inf"), ""))[0]
        ]

    def _silencings(self, post: Saying, taken_at: float) -> Iterator[tuple[Saying | Act, float]]:
        """Yield what no reply to a message may be begun to be sent after, and when that was certainly so."""
        for act, at, _ in self._keepings():
            if at > taken_at and self._spellings(post.names) & self._known((act.customer,), act):
                yield act, at
        for one in self._life.posts:
            at = self._life.taken.get(one.id, (0.0, None))[0]
            if one.word == STOP and at > taken_at and self._spellings(post.names) & self._group[one.id]:
                yield one, at

    def _address(self, post: Saying) -> None:
        """What is written after a change of number is answered at the new one."""
        arrival = self._first.get(post.number)
        moves = [
            one
            for one in self._life.posts
            if one.moved_to and self._before(one, post) and self._spellings(one.names) & self._group[post.id]
        ]
        # A later one, or one of which it is not certain that it was known, may have brought the reply elsewhere.
        again = (
            any(one.moved_to and one.number > moves[-1].number for one in self._life.posts) if moves else True
        )
        if arrival and moves and not again and arrival.customer == moves[-1].names[0]:
            self._broken("wrong address", f"the reply to {post.number} went to the number that was left")

    def _rest(self, client: Any) -> None:
        """All known names lead to one conversation; the sums are there, and nothing is left under the others."""
        left = {name for post in self._life.posts if post.id in self._life.taken for name in post.names}
        groups = 0
        while left:
            group = self._known([min(left)], None)
            groups += 1
            left -= group
            ends = {self._end(client, name) for name in group & self._used()}
            if len(ends) != 1:
                self._broken("names", f"{sorted(group)} lead to {sorted(ends)}")
                continue
            (end,) = ends
            for name in group:
                self._nothing_left(client, name, is_end=name == end)
            self._session(client, end, group)
        total = {"asked": self._life.asked, "searched": self._life.searched}
        wanted = Counter(total)
        is_ = Counter[str]()
        for name in self._life.person.everything:
            own = self._system.keys.of(conversation_of(name))
            is_["asked"] += int(client.get(own.usage_of(MESSAGES)) or 0)
            is_["searched"] += int(client.get(own.usage_of(SEARCHES)) or 0)
        if wanted != +is_ and +wanted != +is_:
            self._broken("counters", f"by the events {total} were counted, Redis says {dict(is_)}")

    def _used(self) -> set[str]:
        return {name for post in self._life.posts if post.id in self._life.taken for name in post.names}

    def _end(self, client: Any, name: str) -> str:
        passed: list[str] = []
        while name not in passed:
            passed.append(name)
            raw = client.get(self._system.keys.of(conversation_of(name)).alias)
            name = loads(raw)["target"] if raw else name
        return name

    def _nothing_left(self, client: Any, name: str, *, is_end: bool) -> None:
        own = self._system.keys.of(conversation_of(name))
        sizes = {"mailbox": client.llen(own.mailbox), "outbox": client.llen(own.outbox)}
        is_open = (loads(client.get(own.session) or "{}").get("wait") or {}).get("open")
        # Steps of what is open are still wanted.
        steps = 0 if is_open else client.hlen(own.steps)
        sizes |= {"steps": steps, "lease": client.exists(own.turn_lease)}
        if not is_end:
            sizes |= {"session": client.exists(own.session), "opt-out": client.exists(own.opt_out)}
        for what, size in sizes.items():
            if size:
                self._broken("left waiting", f"{what} of {name}: {size}")

    def _session(self, client: Any, end: str, group: frozenset[str]) -> None:
        own = self._system.keys.of(conversation_of(end))
        posts = [
            post
            for post in self._life.posts
            if post.id in self._life.taken and self._spellings(post.names) & group and not post.moved_to
        ]
        record = client.get(own.session)
        if record is None:
            if posts:
                self._broken("counters", f"the session of {end} is gone")
            return
        session = loads(record)
        if session.get("messageCount", 0) != len(posts):
            self._broken(
                "counters", f"messageCount of {end} is {session.get('messageCount')}, it must be {len(posts)}"
            )
        words = [post.word for post in posts if post.word in (STOP, START)]
        out = bool(client.exists(own.opt_out))
        if self._one_intake and {STOP, START} - {*words} == {START} and not out:
            self._broken("counters", f"{end} wrote STOP and never START, and is not out")
        if STOP not in words and out:
            self._broken("counters", f"{end} never wrote STOP, and is out")
        said = session["context"]["messageHistory"]
        numbers = [_number(entry["content"]) for entry in said if entry["role"] == "user"]
        kept = [number for number in numbers if number]
        if len(kept) != len({*kept}):
            self._broken("counters", f"the history of {end} has a message twice: {kept}")
        self._order(kept, "is in the history")
        missing = {post.number for post in posts if not post.word} - {*kept}
        if len(said) < _HISTORY and missing:
            self._broken("counters", f"the history of {end} lacks {sorted(missing)}")


def arrival_number(arrival: Arrival) -> int:
    answered = read_answer(arrival.text)
    assert answered
    return answered[1]


def _number(text: str) -> int | None:
    answered = read_answer(f"re {text}")
    return answered[1] if answered else None
