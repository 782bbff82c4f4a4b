"""Whatever happens in whatever order: nothing is lost, nothing is doubled, everything is in turn.

Hypothesis plays several workers, couriers, agents, other programs, sweeps, retries of the provider, crashes and a clock against the real
scripts, and compares Redis with a few lists after every step. A lease is never forgotten by its taker: whoever "died"
may come back at any later time and try to commit. At the end of each run everything is finished by following the due
index alone, as the sweep does.
"""

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import takewhile

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from session.agent_actions import AgentAction, AgentActionType
from session.bodies import IntakeTaken
from session.contents import Text
from session.conversations import customer_of
from session.errors import NotDurable
from session.events import ReplySent
from session.idle_timeouts import decide_idle_timeout
from session.leases import Held, Lease, MailboxEmpty, OutboxEmpty, OutboxTaken, Stale, TurnTaken
from session.messages import BEHIND, Delivery, DeliveryState, Message, Status
from session.models import Session, State
from session.outgoing import Silence
from session.policy import Policy
from session.records import from_ms, to_ms
from session.replies import Reply
from session.results import Busy, Committed, IdleTimeout, Received, Renewed, SaidEarly, Settled, Updated
from session.steps import EarlyReply, finished
from session.store import Drained
from tests.clocks import ManualClock
from tests.stores import Stores, immortal
from tests.values import CONVERSATION, OTHER, ROUTE, action, delivery, message, session, turn_result

pytestmark = pytest.mark.slow

#: Sessions go quiet soon, so that the sweep has something to write.
POLICY = Policy(
    turn_messages=3,
    idle_after=timedelta(seconds=40),
    close_after=timedelta(seconds=90),
    agent_timeout=timedelta(0),
    # Less than what may be drained at once.
    seen_at_most=30,
    mailbox_at_most=20,
    gather_at_most=timedelta(seconds=45),
)
#: Which of the leases that were ever taken, counted from the newest.
WHICH = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 5, 8])
CONVERSATIONS = st.sampled_from([CONVERSATION, OTHER])
#: For how long messages gather.
WAITS = st.sampled_from([timedelta(), timedelta(), timedelta(seconds=2), timedelta(seconds=30)])
AT_ONCE = timedelta()
TAKEOVERS = [AgentActionType.TAKE_OVER, AgentActionType.CONTROL_TAKEN, AgentActionType.OVERHEARD]
EVER = datetime(1970, 1, 1, tzinfo=UTC)
NOBODY = Lease(fence=0, holder="")


@dataclass
class Right:
    """Who may write, and until when nobody else gets it."""

    lease: Lease = NOBODY
    until: datetime = EVER

    def free_at(self, now: datetime) -> bool:
        return self.until <= now


@dataclass
class Burst:
    """Messages that gather, or will if a turn that is in progress leaves nothing else."""

    till: datetime
    latest: datetime
    count: int


@dataclass
class Expected:
    """What must be true of one conversation."""

    received: list[str] = field(default_factory=list)
    came: list[str] = field(default_factory=list)  #: the same, and what a full mailbox did not take
    taken_off: int = 0  #: messages committed, from the first
    replies: list[str] = field(default_factory=list)
    settled: int = 0  #: deliveries settled, from the first
    updated: int = 0
    turn: Right = field(default_factory=Right)
    burst: Burst | None = None  #: in the turn's lease, whoever holds it
    courier: Right = field(default_factory=Right)
    attempts: int = 0  #: that count against the turn
    crashes: int = 0  #: of processes in which it was taken, and perhaps others as well
    suspects: int = 0  #: entries of the mailbox that may be the cause
    left_behind: bool = False  #: whoever took it last has not given it back
    alone: bool = False  #: and did nothing else
    sending: bool = (
        False  #: somebody may be sending the first unsent reply, and has not said what became of it
    )
    asking: bool = False  #: or has taken it over from such a one, and waits for the provider to tell
    doubts: int = 0  #: sends of it of which nobody knows what became
    states: dict[str, str] = field(default_factory=dict)  #: reply -> how far it came
    kept: dict[str, str] = field(default_factory=dict)  #: steps and early replies of messages that still wait
    silence: str = ""  #: which replies of the assistant may not leave
    stop: str = ""  #: which replies may not leave, whoever says them

    @property
    def gathers(self) -> bool:
        """Whether the turn is due when its messages have gathered; that may be over."""
        return self.burst is not None and not self.turn.lease.holder

    def end_burst(self, now: datetime) -> bool:
        """Whatever waits is taken at once; return whether somebody must be woken."""
        ended = self.gathers
        if ended:
            self.turn = Right(self.turn.lease, now)
        self.burst = None
        return ended

    @property
    def waiting(self) -> list[str]:
        return self.received[self.taken_off :]

    @property
    def next_turn(self) -> tuple[list[str], str | None]:
        """The messages up to the first action, or the action that is first."""
        run = list(takewhile(lambda id_: not is_action(id_), self.waiting[: POLICY.turn_messages]))
        return run, None if run else self.waiting[0]

    @property
    def unsent(self) -> list[str]:
        return self.replies[self.settled :]

    def end_silences(self, fence: int, *, by_agent: bool) -> None:
        """A turn is committed: what it was silent for is limited to earlier turns, unless the same waits again."""
        if by_agent:
            self.silence = "all" if any(map(is_takeover, self.waiting)) else str(fence)
        if self.stop.startswith("all") and self.stop.removeprefix("all ") not in self.waiting:
            self.stop = str(fence)

    def leave_suspects(self, consumed: int, *, released: bool) -> None:
        """What waited when a process died stays suspect if the turn is released, and nothing that came later."""
        self.suspects -= consumed
        self.crashes = self.crashes if released and self.crashes > 1 and self.suspects > 0 else 0

    def put_aside(self) -> list[str]:
        """Take out what a turn finds and cannot read, look by look; returns it."""
        aside: list[str] = []
        while junk := [id_ for id_ in before_actions(self.waiting[: POLICY.turn_messages]) if is_junk(id_)]:
            self.received = [id_ for id_ in self.received if id_ not in junk]
            aside += junk
        return aside


def is_action(id_: str) -> bool:
    return id_.endswith("action")


def is_send(id_: str) -> bool:
    """Whether it is what another program sends, or the delivery of it."""
    return id_.removesuffix(".0").endswith("sendaction")


def is_takeover(id_: str) -> bool:
    return is_action(id_) and not is_send(id_)


def is_junk(id_: str) -> bool:
    return id_.endswith("junk")


def before_actions(ids: list[str]) -> list[str]:
    return list(takewhile(lambda id_: not is_action(id_), ids))


@dataclass(frozen=True)
class Token:
    """What a worker remembers of a lease that it took."""

    conversation: str
    taken: TurnTaken | OutboxTaken | None
    lease: Lease
    first: Delivery | None = None
    joined: tuple[str, ...] = ()  #: messages that joined its turn


def taken_in(turn: TurnTaken) -> tuple[list[str], str | None]:
    return [one.id for one in turn.messages], turn.action.id if turn.action else None


class System(RuleBasedStateMachine):
    """Two conversations, any number of workers."""

    def __init__(self, client) -> None:
        super().__init__()
        client.flushall()
        self.clock = ManualClock()  #: of the server: no caller tells a store what time it is
        self.ahead = timedelta()  #: what a caller takes for the time is ahead by this
        self.stores = Stores.on(client, policy=POLICY, clock=self.clock)
        #: the same, but nothing is confirmed to be safe: the server has no append-only file
        unsure = replace(POLICY, durability="fsync")
        self.unsure = Stores.on(client, policy=unsure, run=self.stores.run, clock=self.clock)
        self.expected: dict[str, Expected] = {}
        self.refused = {CONVERSATION: 0, OTHER: 0}  #: messages that a full mailbox did not take
        self.forgotten: dict[str, Expected] = {CONVERSATION: Expected(), OTHER: Expected()}
        self.count = 0
        self.turns: list[Token] = []
        self.sends: list[Token] = []
        self.intake: dict[str, tuple[Message, ...]] = {}  #: bodies that wait -> what is in them
        self.bodies: dict[str, tuple[Message, ...]] = {}  #: and all that ever did
        self.drainer = Right()
        self.drains: list[IntakeTaken] = []
        self.looks: list[IdleTimeout] = []
        self.stops: set[str] = set()  #: the messages that say STOP
        self.came_at: dict[str, datetime] = {}  #: message -> when it came
        self.patient: set[str] = set()  #: messages that gather
        self.aside: list[str] = []  #: what nobody could read, and was put aside

    @initialize()
    def a_busy_day_begins(self):
        self.expected = {CONVERSATION: Expected(), OTHER: Expected()}
        for conversation in self.expected:
            self.messages_come(conversation=conversation, how_many=4)
            self.take(conversation=conversation, alone=False)
            sends = conversation == OTHER
            self.commit(which=0, consumed=1, n_replies=3, go_on=False, answer_lost=False, sends=sends)
            self.a_body_comes(conversation=conversation, how_many=2)
        self.take_the_intake()

    def one_of(self, tokens: list[Token], which: int) -> Token:
        return tokens[-1 - min(which, len(tokens) - 1)]

    def fresh(self, what: str) -> str:
        self.count += 1
        # In the order of the alphabet as in that of time: of ids that came at once, the last are kept.
        return f"{self.count:05}{what}"

    def message(self, id_: str, conversation: str) -> Message:
        self.came_at[id_] = from_ms(to_ms(self.now))
        return message(id_, customer=customer_of(conversation), received_at=to_ms(self.now))

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @rule(seconds=st.sampled_from([0, 300, -30, 86_400]))
    def the_callers_take_another_time_for_the_present(self, seconds):
        self.ahead = timedelta(seconds=seconds)

    # -- the provider

    def come_in(
        self, conversation: str, ids: list[str], received: Received, wait: timedelta = AT_ONCE
    ) -> None:
        """New messages were received: those for which the mailbox had room wait, the others are counted."""
        assert (received.accepted, received.overflowed) == self.have_come(conversation, ids, received, wait)

    def have_come(
        self, conversation: str, ids: list[str], received: Received, wait: timedelta = AT_ONCE
    ) -> tuple[int, int]:
        """Return of how many new messages it is expected that they wait, and that they do not."""
        expected = self.expected[conversation]
        room = max(0, POLICY.mailbox_at_most - len(expected.waiting))
        is_first, accepted = not expected.waiting, ids[:room]
        expected.received += accepted
        expected.came += ids
        self.refused[conversation] += len(ids[room:])
        woken, begun = self.gather(expected, conversation, accepted, wait, is_first=is_first)
        assert (conversation in received.woken) is woken
        assert received.gathering.get(conversation) == begun
        return len(accepted), len(ids[room:])

    def gather(
        self, expected: Expected, conversation: str, ids: list[str], wait: timedelta, *, is_first: bool
    ) -> tuple[bool, timedelta | None]:
        """Messages wait for others, or do not; return whether somebody must be woken, and for how long they begin to."""
        if not ids:
            return False, None
        if not wait:
            return expected.end_burst(self.now) or is_first, None
        self.patient.update(ids)
        if self.stores.client.zscore("waiting", conversation) is not None:
            return is_first, None
        came, burst = [self.came_at[id_] for id_ in ids], expected.burst
        if is_first:
            latest = came[0] + POLICY.gather_at_most
            till = min(latest, max(came) + wait)
            if till <= self.now:
                return True, None
            expected.burst = Burst(till, latest, len(ids))
            expected.turn = Right(Lease(fence=0, holder=""), till)
            return False, till - self.now
        gathers = expected.gathers and not expected.turn.free_at(self.now)
        if gathers or expected.turn.lease.holder:
            latest = burst.latest if burst else came[0] + POLICY.gather_at_most
            till = min(latest, max([*([burst.till] if burst else []), max(came) + wait]))
            expected.burst = Burst(till, latest, (burst.count if burst else 0) + len(ids))
        if gathers:
            expected.turn = Right(expected.turn.lease, till)
        return False, None

    def unknown(self, conversation: str, ids: list[str]) -> list[str]:
        """Return those that were not received before, or so long ago that nobody knows."""
        seen = self.stores.client.zrange(self.stores.keys.of(conversation).seen, 0, -1)
        known = {*seen, *self.forgotten[conversation].came}
        assert {*sorted(self.expected[conversation].came)[-POLICY.seen_at_most :]} <= known
        return [id_ for id_ in dict.fromkeys(ids) if id_ not in known]

    # -- the intake

    @rule(conversation=CONVERSATIONS, how_many=st.integers(1, 2))
    def a_body_comes(self, conversation, how_many):
        ids = [self.fresh("m") for _ in range(how_many)]
        self.store_body(self.stores, tuple(self.message(id_, conversation) for id_ in ids))

    def store_body(self, stores: Stores, batch: tuple[Message, ...]) -> None:
        source = self.fresh("body")
        self.intake[source] = self.bodies[source] = batch
        stores.intake.store(b"{}", source=source, ordering_key="sender")

    @rule(conversation=CONVERSATIONS, how_many=st.integers(1, 2))
    def a_body_is_not_confirmed_and_comes_again(self, conversation, how_many):
        batch = tuple(self.message(self.fresh("m"), conversation) for _ in range(how_many))

        with pytest.raises(NotDurable):
            self.store_body(self.unsure, batch)

        # The provider was told 503. What is in both bodies is known when the second one is read.
        self.store_body(self.stores, batch)

    @precondition(lambda self: self.intake)
    @rule()
    def take_the_intake(self):
        answer = self.stores.intake.take(0, holder=self.fresh("drainer"), limit=2)

        if not self.drainer.free_at(self.now):
            assert isinstance(answer, Held)
            return
        assert isinstance(answer, IntakeTaken)
        assert [body.source for body in answer.bodies] == list(self.intake)[:2]
        self.drainer = Right(answer.lease, self.now + POLICY.lease_for)
        self.drains.append(answer)

    @precondition(lambda self: self.drains)
    @rule(which=WHICH, go_on=st.booleans(), answer_lost=st.booleans(), wait=WAITS)
    def receive_what_was_in_bodies_and_settle_them(self, which, go_on, answer_lost, wait=AT_ONCE):
        taken = self.drains[-1 - min(which, len(self.drains) - 1)]
        batch = [one for body in taken.bodies for one in self.bodies[body.source]]
        new = {
            name: self.unknown(name, [one.id for one in batch if one.conversation == name])
            for name in self.expected
        }

        def settle() -> Received:
            handled = [body.id for body in taken.bodies]
            drained = Drained(shard=0, lease=taken.lease, handled=handled, go_on=go_on)
            received: Received = self.stores.mailboxes.receive(
                batch, drained=drained, gather_for=lambda _: wait
            )
            return received

        received = settle()

        if taken.lease != self.drainer.lease:
            assert isinstance(received.left, Stale)
            assert (received.accepted, received.woken) == (0, ())
            return
        for body in taken.bodies:
            del self.intake[body.source]
        assert received.left == len(self.intake)
        counts = [self.have_come(name, ids, received, wait) for name, ids in new.items()]
        assert (received.accepted, received.overflowed) == tuple(map(sum, zip(*counts, strict=True)))
        goes_on = go_on and received.left > 0
        # Its lease has a new fence now, and whoever wants to go on takes again.
        self.drainer = Right(NOBODY, self.drainer.until) if goes_on else Right()
        if answer_lost:
            assert isinstance(settle().left, Stale)
        elif goes_on:
            again = self.stores.intake.take(0, holder=taken.lease.holder, limit=2)
            assert [body.source for body in again.bodies] == list(self.intake)[:2]
            self.drainer = Right(again.lease, self.now + POLICY.lease_for)
            self.drains.append(again)

    @rule(conversation=CONVERSATIONS, how_many=st.integers(1, 4), wait=WAITS)
    def messages_come(self, conversation, how_many, wait=AT_ONCE):
        ids = [self.fresh("m") for _ in range(how_many)]
        batch = [self.message(id_, conversation) for id_ in ids]

        received = self.stores.mailboxes.receive(batch, gather_for=lambda _: wait)

        self.come_in(conversation, ids, received, wait)

    @rule(
        conversation=CONVERSATIONS,
        off=st.sampled_from([-1, 0, 1]),
        then=st.sampled_from(["ends", "fails", "begins anew"]),
    )
    def a_customer_writes_during_a_turn_that_ends_about_when_that_has_gathered(self, conversation, off, then):
        known = len(self.turns)
        self.messages_come(conversation=conversation, how_many=1)
        self.take(conversation=conversation, alone=False)
        if len(self.turns) == known:
            return
        self.messages_come(conversation=conversation, how_many=1, wait=timedelta(seconds=2))
        if then == "fails":
            # Then it is the retry that is waited for.
            self.abandon(which=0, seconds=20, counts=True)
            self.an_agent_or_another_app_takes_over(conversation=conversation, twice=False, how=TAKEOVERS[0])
            return
        if then == "begins anew":
            # Then it has all of them.
            self.take_as(conversation, self.turns[-1].lease.holder)
        self.clock.move(timedelta(seconds=2, milliseconds=off))
        self.commit(which=0, consumed=1, n_replies=1, go_on=True, answer_lost=False)

    @rule(conversation=CONVERSATIONS, back=st.integers(1, 6))
    def messages_come_again_with_a_new_one(self, conversation, back):
        # The latest by their time: those of a body that waited longer are forgotten sooner.
        known, new = sorted(self.expected[conversation].came)[-back:], self.fresh("m")
        # What was known of a customer who was forgotten since brings nobody back.
        known = [*self.forgotten[conversation].came[-back:], *known]
        batch = [self.message(id_, conversation) for id_ in [*known, new, new]]

        received = self.stores.mailboxes.receive(batch)

        assert received.duplicates == len(known) + 1
        self.come_in(conversation, [new], received)

    @rule(
        conversation=CONVERSATIONS, how_many=st.sampled_from([1, 5, 35]), seconds=st.sampled_from([0, 1, 20])
    )
    def a_drainer_dies_before_it_has_settled(self, conversation, how_many, seconds):
        batch = [self.message(self.fresh("m"), conversation) for _ in range(how_many)]
        self.come_in(conversation, [one.id for one in batch], self.stores.mailboxes.receive(batch))
        self.clock.move(seconds=seconds)

        received = self.stores.mailboxes.receive(batch)

        assert (received.accepted, received.duplicates) == (0, how_many)

    @rule(conversation=CONVERSATIONS, again=st.booleans())
    def the_customer_writes_stop(self, conversation, again):
        expected = self.expected[conversation]
        if len(expected.waiting) >= POLICY.mailbox_at_most:
            return
        stop = self.message(self.fresh("m"), conversation).model_copy(update={"content": Text(text="STOP")})

        for _ in range(1 + again):
            self.stores.mailboxes.receive([stop])

        self.stops.add(stop.id)
        expected.received.append(stop.id)
        expected.came.append(stop.id)
        expected.stop = f"all {stop.id}"
        expected.end_burst(self.now)

    @rule(conversation=CONVERSATIONS, twice=st.booleans(), how=st.sampled_from(TAKEOVERS))
    def an_agent_or_another_app_takes_over(self, conversation, twice, how):
        taken = action(how, id=self.fresh("action"), customer=customer_of(conversation))

        received = self.stores.mailboxes.receive([taken, taken] if twice else [taken])

        assert received.accepted == 1
        # A person is not kept waiting.
        first = not self.expected[conversation].waiting
        assert (self.expected[conversation].end_burst(self.now) or first) is (conversation in received.woken)
        self.expected[conversation].received.append(taken.id)
        self.expected[conversation].came.append(taken.id)
        self.expected[conversation].silence = "all"

    @rule(conversation=CONVERSATIONS, times=st.integers(1, 3))
    def another_program_sends(self, conversation, times):
        expected, sent = self.expected[conversation], self.send(self.fresh("sendaction"), conversation)

        received = self.stores.mailboxes.receive([sent] * times)

        # However often it is asked for, it is one, and it silences nobody.
        assert (received.accepted, received.duplicates) == (1, times - 1)
        first = not expected.waiting
        assert (expected.end_burst(self.now) or first) is (conversation in received.woken)
        expected.received.append(sent.id)
        expected.came.append(sent.id)

    @rule(conversation=CONVERSATIONS, back=st.integers(1, 3))
    def it_asks_once_more_for_what_it_has_sent(self, conversation, back):
        known = [
            id_ for id_ in sorted(self.expected[conversation].came)[-POLICY.seen_at_most :] if is_send(id_)
        ]

        received = self.stores.mailboxes.receive([self.send(id_, conversation) for id_ in known[-back:]])

        assert (received.accepted, received.woken) == (0, ())

    def send(self, id_: str, conversation: str) -> AgentAction:
        return action(
            AgentActionType.SEND,
            id=id_,
            agent="api:crm",
            customer=customer_of(conversation),
            reply=Reply(text="your viewing is at ten"),
        )

    @rule(conversation=CONVERSATIONS)
    def something_unreadable_comes(self, conversation):
        junk = f"{self.fresh('')}junk"
        own = self.stores.keys.of(conversation)
        self.stores.client.rpush(own.mailbox, junk)
        self.stores.client.zadd("due", {own.turn_due: to_ms(self.now + POLICY.wake_after)}, nx=True)
        self.expected[conversation].received.append(junk)

    # -- workers

    @rule(conversation=CONVERSATIONS, alone=st.booleans())
    def take(self, *, conversation, alone):
        self.take_as(conversation, self.fresh("worker"), alone=alone)

    @precondition(lambda self: self.turns)
    @rule(which=WHICH, alone=st.booleans())
    def take_again_since_the_answer_was_lost_or_to_say_that_it_is_alone(self, which, alone):
        token = self.one_of(self.turns, which)
        self.take_as(token.conversation, token.lease.holder, alone=alone)

    def take_as(self, conversation, holder, *, alone=False):
        expected = self.expected[conversation]
        right = expected.turn

        answer = self.stores.turns.take(conversation, holder=holder, alone=alone)

        if not right.free_at(self.now) and right.lease.holder != holder:
            assert isinstance(answer, Held)
            assert answer.gathers == (right.until - self.now if expected.gathers else None)
            return
        expected.burst = None
        put_aside = expected.put_aside()
        self.aside += put_aside
        if not expected.waiting:
            assert answer == MailboxEmpty()
            expected.turn = Right()
            expected.attempts, expected.crashes, expected.left_behind = 0, 0, False
            return
        if right.lease.holder != holder:
            # A death counts as an attempt only where nothing else can have been its cause.
            died = expected.left_behind
            if died and not expected.crashes:
                expected.suspects = len(expected.waiting)
            expected.crashes += died
            expected.attempts += not died or expected.alone
        if put_aside:
            # What failed until now failed because of that.
            expected.attempts, expected.crashes = 1, 0
        expected.left_behind, expected.alone = True, alone
        assert (answer.attempt, answer.crashes) == (expected.attempts, expected.crashes)
        assert taken_in(answer) == expected.next_turn
        assert answer.unsent == len(expected.unsent)
        # Whoever repeats a turn knows what was done in it, and nothing of other turns.
        assert answer.kept == expected.kept
        assert answer.lease.fence > right.lease.fence
        self.check_read(answer.session, expected)
        # It is told what became of the earlier replies, also of those that nobody has cancelled yet.
        unsent = {
            # What another program sends is cancelled by a STOP only.
            id_: DeliveryState.CANCELLED
            if expected.stop or (expected.silence and not is_send(id_))
            else DeliveryState.QUEUED
            for id_ in expected.unsent
        }
        assert answer.states.by_delivery() == unsent | expected.states
        expected.turn = Right(answer.lease, self.now + POLICY.lease_for)
        self.turns.append(Token(conversation, answer, answer.lease))

    @precondition(lambda self: self.turns)
    @rule(
        which=WHICH,
        consumed=st.integers(1, 3),
        n_replies=st.integers(0, 3),
        go_on=st.booleans(),
        answer_lost=st.booleans(),
        sends=st.booleans(),
    )
    def commit(self, *, which, consumed, n_replies, go_on, answer_lost, sends=False):
        token = self.one_of(self.turns, which)
        expected = self.expected[token.conversation]
        person = token.taken.action
        program, takes_over = (is_send(person.id), is_takeover(person.id)) if person else (False, False)
        ids = [one.id for one in token.taken.messages] + list(token.joined)
        consumed = 1 if person else min(consumed, len(ids)) if not token.joined else len(ids)
        # Its worker knows what it was given, and what it has kept since.
        done = tuple(finished({**token.taken.kept, **expected.kept}, ids[:consumed]))
        replies = tuple(
            delivery(id_, conversation=token.conversation).model_copy(update={"by_agent": program})
            for id_ in (
                [f"{person.id}.0"] if person and program else [self.fresh("d") for _ in range(n_replies)]
            )
        )
        was = token.taken.session or session(customer_of(token.conversation), route=ROUTE)
        after = was.change(
            state=State.WAITING_AGENT if takes_over else was.state if program else State.ACTIVE,
            last_activity=self.now,
            message_count=was.message_count + consumed,
        )
        turn = turn_result(
            consumed,
            session=after,
            replies=replies,
            waited=was.state is State.WAITING_AGENT,
            silence="begins" if takes_over else None,
            finished=done,
        )

        courier = self.fresh("courier") if sends else ""
        # What waits, is in doubt or is sent by somebody is left to them.
        hands_over = bool(sends and replies and not expected.unsent and expected.courier == Right())

        def commit():
            return self.stores.turns.commit(
                token.conversation, token.lease, turn, go_on=go_on, courier=courier
            )

        answer = commit()

        if token.lease != expected.turn.lease:
            assert isinstance(answer, Stale)
            return
        assert isinstance(answer, Committed)
        expected.taken_off += consumed
        expected.kept = {place: one for place, one in expected.kept.items() if place not in done}
        if not expected.waiting:
            expected.kept = {}
        expected.end_silences(token.lease.fence, by_agent=takes_over)
        expected.replies += [one.id for one in replies]
        assert (answer.outbox is not None) is hands_over
        if answer.outbox:
            self.hand_over(token.conversation, answer.outbox, courier, answer_lost=answer_lost)
        waited, burst = len(expected.waiting), self.left_to_gather(expected, answer)
        go_on = go_on and not burst
        if go_on and (put_aside := expected.put_aside()):
            self.aside += put_aside
            waited = waited if expected.waiting else 0
        assert answer.left == waited
        following = answer.next_turn
        expected.attempts, expected.left_behind, expected.alone = (0, False, False)
        expected.leave_suspects(consumed, released=answer.left > 0 and not go_on)
        if following is not None:
            expected.attempts, expected.left_behind = 1, True
        assert (following is not None) is (go_on and answer.left > 0)
        if answer_lost:
            # The client asks once more; the turn is found done, and the lease runs out by itself.
            assert isinstance(commit(), Stale)
        if following is None:
            expected.turn = Right(Lease(fence=0, holder=""), burst.till) if burst else Right()
            return
        assert taken_in(following) == expected.next_turn
        assert following.unsent == len(expected.unsent)
        assert following.kept == expected.kept
        expected.turn = Right(following.lease, self.now + POLICY.lease_for)
        if not answer_lost:
            self.turns.append(Token(token.conversation, following, following.lease))

    def left_to_gather(self, expected: Expected, answer: Committed) -> Burst | None:
        """Return what a turn has left to gather: nothing else waits, and the customer may write more. Else it is no burst any more."""
        burst = expected.burst
        if burst and not (burst.till > self.now and 0 < len(expected.waiting) <= burst.count):
            burst = None
        assert answer.gathers == (burst.till - self.now if burst else None)
        expected.burst = burst
        return burst

    @rule(
        conversation=CONVERSATIONS,
        n_replies=st.integers(1, 3),
        go_on=st.booleans(),
        answer_lost=st.booleans(),
        sends=st.booleans(),
        is_first=st.booleans(),
    )
    def a_worker_takes_a_turn_and_commits_it(
        self, *, conversation, n_replies, go_on, answer_lost, sends, is_first
    ):
        if is_first and self.expected[conversation].unsent:
            self.a_courier_sends_everything(conversation=conversation)
        known = len(self.turns)
        self.take(conversation=conversation, alone=False)
        if len(self.turns) > known:
            self.commit(
                which=0,
                consumed=3,
                n_replies=n_replies,
                go_on=go_on,
                answer_lost=answer_lost,
                sends=sends,
            )

    def hand_over(self, conversation: str, outbox: OutboxTaken, courier: str, *, answer_lost: bool) -> None:
        """Whoever has committed a turn sends what it says."""
        expected = self.expected[conversation]
        if answer_lost:
            # It looks once more, finds that it has the outbox, and is in no doubt.
            outbox = self.stores.outbox.take(conversation, holder=courier)
        assert [one.id for one in outbox.deliveries] == expected.unsent
        assert (outbox.attempt, outbox.doubts, outbox.interrupted) == (1, 0, False)
        assert outbox.silence == Silence(expected.silence, expected.stop)
        expected.sending, expected.asking, expected.doubts = True, False, 0
        expected.courier = Right(outbox.lease, self.now + POLICY.send_lease_for)
        self.sends.append(Token(conversation, outbox, outbox.lease, outbox.deliveries[0]))

    @precondition(lambda self: self.turns)
    @rule(which=WHICH, seconds=st.integers(0, 60), counts=st.booleans())
    def abandon(self, which, seconds, counts):
        token = self.one_of(self.turns, which)
        expected = self.expected[token.conversation]
        retry_at = self.now + timedelta(seconds=seconds)

        answer = self.stores.turns.abandon(
            token.conversation, token.lease, wait=retry_at - self.now, counts=counts
        )

        if token.lease != expected.turn.lease:
            assert isinstance(answer, Stale)
        else:
            assert answer is None
            expected.turn = Right(Lease(fence=token.lease.fence, holder=""), retry_at)
            expected.attempts -= not counts
            expected.left_behind = False
            expected.burst = None

    # -- while a turn is in progress

    @precondition(lambda self: self.turns)
    @rule(which=WHICH)
    def renew(self, which):
        token = self.one_of(self.turns, which)
        expected = self.expected[token.conversation]

        answer = self.stores.running.renew(token.conversation, token.lease)

        if token.lease != expected.turn.lease:
            assert isinstance(answer, Stale)
            return
        stop = expected.stop.removeprefix("all ") if expected.stop.startswith("all ") else ""
        silenced = expected.silence == "all"
        assert answer == Renewed(entries=len(expected.waiting), silenced=silenced, stop=stop)
        expected.turn = Right(token.lease, self.now + POLICY.lease_for)

    @precondition(lambda self: self.turns)
    @rule(which=WHICH, name=st.sampled_from(["book", "pay"]), keyed=st.booleans())
    def keep_a_step(self, which, name, keyed):
        token = self.one_of(self.turns, which)
        expected = self.expected[token.conversation]
        if not token.taken.messages:
            return
        ids = [one.id for one in token.taken.messages] + list(token.joined)
        place = json.dumps(["key", name, ids[-1]] if keyed else ["step", ids[0], name, 1])
        # Each run would do something else.
        result = json.dumps({"last": ids[-1], "result": self.fresh("done")})

        answer = self.stores.running.keep(token.conversation, token.lease, place, result)

        if token.lease != expected.turn.lease:
            assert isinstance(answer, Stale)
            return
        # Whoever was first has done it, for all repetitions.
        assert answer == expected.kept.setdefault(place, result)

    @precondition(lambda self: self.turns)
    @rule(which=WHICH, number=st.integers(1, 2), answer_lost=st.booleans())
    def say_now(self, which, number, answer_lost):
        token = self.one_of(self.turns, which)
        expected = self.expected[token.conversation]
        if not token.taken.messages:
            return
        place = json.dumps(["said", token.taken.messages[0].id, number])
        early = delivery(self.fresh("early"), conversation=token.conversation)

        for _ in range(1 + answer_lost):
            answer = self.stores.running.say(
                token.conversation,
                token.lease,
                place,
                Reply(text="One moment."),
                [early],
                at=self.now + self.ahead,
            )

        if token.lease != expected.turn.lease:
            assert isinstance(answer, Stale)
            return
        assert isinstance(answer, SaidEarly)
        assert answer.value == expected.kept.get(place, answer.value)
        if place not in expected.kept:
            assert EarlyReply.model_validate_json(answer.value).ids == (early.id,)
            expected.kept[place] = answer.value
            expected.replies.append(early.id)

    @precondition(lambda self: self.turns)
    @rule(which=WHICH)
    def let_more_join(self, which):
        token = self.one_of(self.turns, which)
        expected = self.expected[token.conversation]
        ids = [one.id for one in token.taken.messages] + list(token.joined)
        if not token.taken.messages:
            return

        answer = self.stores.running.more(token.conversation, token.lease, taken=len(ids))

        if token.lease != expected.turn.lease:
            assert isinstance(answer, Stale)
            return
        room = max(0, POLICY.turn_messages - len(ids))
        rest = expected.waiting[len(ids) :][:room]
        may_join = takewhile(lambda id_: not (is_action(id_) or is_junk(id_) or id_ in self.stops), rest)
        assert [one.id for one in answer.messages] == list(may_join)
        at = self.turns.index(token)
        self.turns[at] = replace(token, joined=(*token.joined, *(one.id for one in answer.messages)))

    @precondition(lambda self: any(token.taken.messages for token in self.turns))
    @rule(which=WHICH)
    def begin_a_turn_anew_since_more_has_come(self, which):
        token = self.one_of(self.turns, which)
        right = self.expected[token.conversation].turn
        self.take_as(token.conversation, token.lease.holder)

        # The superseded run writes nothing any more, whatever it was about to do.
        if right.lease == token.lease and self.expected[token.conversation].turn.lease != token.lease:
            superseded = self.turns.index(token)
            before = self.stores.client.hgetall(self.stores.keys.of(token.conversation).steps)
            self.commit(
                which=len(self.turns) - 1 - superseded,
                consumed=3,
                n_replies=1,
                go_on=True,
                answer_lost=False,
            )
            assert before == self.stores.client.hgetall(self.stores.keys.of(token.conversation).steps)

    # -- couriers

    @precondition(lambda self: any(expected.unsent for expected in self.expected.values()))
    @rule(conversation=CONVERSATIONS)
    def take_outbox(self, conversation):
        expected = self.expected[conversation]

        answer = self.stores.outbox.take(conversation, holder=self.fresh("courier"), limit=2)

        if not expected.courier.free_at(self.now):
            assert isinstance(answer, Held)
            return
        if not expected.unsent:
            assert answer == OutboxEmpty()
            expected.courier = Right()
            expected.sending, expected.asking, expected.doubts = False, False, 0
            return
        expected.doubts += expected.sending
        interrupted = expected.sending or expected.asking
        assert [one.id for one in answer.deliveries] == expected.unsent[:2]
        assert (answer.doubts, answer.interrupted) == (expected.doubts, interrupted)
        assert answer.silence == Silence(expected.silence, expected.stop)
        assert answer.known == (expected.states.get(expected.unsent[0]) if expected.doubts else None)
        expected.sending, expected.asking = not interrupted, interrupted
        expected.courier = Right(answer.lease, self.now + POLICY.send_lease_for)
        self.sends.append(Token(conversation, answer, answer.lease, answer.deliveries[0]))

    @precondition(lambda self: any(expected.unsent for expected in self.expected.values()))
    @rule(conversation=CONVERSATIONS, again=st.booleans())
    def take_outbox_and_that_is_not_confirmed(self, conversation, again):
        expected = self.expected[conversation]
        if not expected.unsent:
            return
        if not expected.courier.free_at(self.now):
            self.clock.move(expected.courier.until - self.now)

        answer = self.unsure.outbox.take(conversation, holder=self.fresh("courier"), limit=2)

        # Nothing is sent, and so nothing is in doubt that was not before.
        assert isinstance(answer, Held)
        expected.doubts += expected.sending
        expected.sending, expected.asking = False, expected.sending or expected.asking
        expected.courier = self.given_back(conversation)
        assert expected.courier.until > self.now
        if again:
            self.clock.move(expected.courier.until - self.now)
            self.take_outbox(conversation)

    def given_back(self, conversation: str) -> Right:
        """Return the right of nobody, until an outbox is looked at again."""
        lease = self.stores.client.hgetall(self.stores.keys.of(conversation).delivery_lease)
        assert lease["holder"] == ""
        return Right(Lease(fence=int(lease["fence"]), holder=""), from_ms(int(lease["until"])))

    @precondition(lambda self: self.sends)
    @rule(which=WHICH)
    def settle_and_that_is_not_confirmed(self, which):
        token = self.one_of(self.sends, which)
        expected = self.expected[token.conversation]
        sent = ReplySent(delivery=token.first.id, sent="p")

        answer = self.unsure.outbox.settle(token.first, token.lease, DeliveryState.SENT, event=sent)

        if token.lease != expected.courier.lease:
            assert isinstance(answer, Stale)
            return
        # It has left the outbox, and the next one is not sent by whoever settled this one.
        assert isinstance(answer, Settled)
        assert answer.lease is None
        expected.settled += 1
        if expected.states.get(token.first.id, "unknown") == "unknown":
            expected.states[token.first.id] = "sent"
        assert answer.left == len(expected.unsent)
        expected.sending, expected.asking, expected.doubts = False, False, 0
        expected.courier = self.given_back(token.conversation) if answer.left else Right()

    @precondition(lambda self: self.sends)
    @rule(which=WHICH, answer_lost=st.booleans())
    def settle(self, which, answer_lost):
        token = self.one_of(self.sends, which)
        expected = self.expected[token.conversation]

        sent = ReplySent(delivery=token.first.id, sent="p")

        def settle():
            return self.stores.outbox.settle(token.first, token.lease, DeliveryState.SENT, event=sent)

        answer = settle()

        if token.lease != expected.courier.lease:
            assert isinstance(answer, Stale)
            return
        assert isinstance(answer, Settled)
        assert token.first.id == expected.unsent[0]
        expected.settled += 1
        if expected.states.get(token.first.id, "unknown") == "unknown":
            expected.states[token.first.id] = "sent"
        assert answer.left == len(expected.unsent)
        assert (answer.lease is None) is (answer.left == 0)
        # Whatever goes out next, it is known whether the assistant may still speak.
        assert answer.left == 0 or answer.silence == Silence(expected.silence, expected.stop)
        if answer_lost:
            assert isinstance(settle(), Stale)
        expected.sending, expected.asking, expected.doubts = answer.lease is not None, False, 0
        if answer.lease is None:
            expected.courier = Right()
            return
        expected.courier = Right(answer.lease, self.now + POLICY.send_lease_for)
        following = delivery(expected.unsent[0], conversation=token.conversation)
        self.sends.append(Token(token.conversation, None, answer.lease, following))

    @precondition(lambda self: any(expected.unsent for expected in self.expected.values()))
    @rule(conversation=CONVERSATIONS)
    def a_courier_sends_everything(self, conversation):
        self.finish(self.sends, partial(self.take_outbox, conversation), self.settle_newest)

    @precondition(lambda self: self.sends)
    @rule(which=WHICH, seconds=st.integers(0, 60), doubts=st.integers(0, 2))
    def postpone(self, which, seconds, doubts):
        token = self.one_of(self.sends, which)
        expected = self.expected[token.conversation]
        retry_at = self.now + timedelta(seconds=seconds)

        answer = self.stores.outbox.postpone(
            token.first, token.lease, wait=retry_at - self.now, attempts=1, doubts=doubts
        )

        if token.lease != expected.courier.lease:
            assert isinstance(answer, Stale)
        else:
            assert answer is None
            expected.courier = Right(Lease(fence=token.lease.fence, holder=""), retry_at)
            expected.sending, expected.asking, expected.doubts = False, False, doubts
            if doubts:
                expected.states.setdefault(token.first.id, "unknown")

    @rule(
        told=st.lists(
            st.tuples(CONVERSATIONS, st.integers(0, 3), st.sampled_from(["sent", "delivered", "failed"])),
            min_size=1,
            max_size=4,
        )
    )
    def the_provider_tells_what_became_of_replies(self, told):
        statuses: list[Status] = []
        for conversation, back, state in told:
            expected = self.expected[conversation]
            if not expected.replies:
                continue
            reply = expected.replies[max(0, min(expected.settled, len(expected.replies) - 1) - back)]
            statuses.append(
                Status(
                    conversation=conversation,
                    delivery=reply,
                    provider_id="p",
                    state=DeliveryState(state),
                    at=0,
                )
            )

        noted = self.stores.statuses.note_all(statuses)

        assert noted == [self.is_news(status) for status in statuses]

    def is_news(self, status: Status) -> bool:
        """Whether a status was to be noted; it then is."""
        expected, reply = self.expected[status.conversation], status.delivery
        assert reply is not None
        stood = expected.states.get(reply)
        if stood is not None and DeliveryState(stood) not in BEHIND[status.state]:
            return False
        expected.states[reply] = status.state
        if (
            stood == "unknown"
            and not expected.courier.lease.holder
            and expected.courier.lease.fence
            and expected.doubts
        ):
            # The outbox waited for just this.
            expected.courier = Right(expected.courier.lease, self.now)
        return True

    @precondition(lambda self: any(expected.settled for expected in self.expected.values()))
    @rule(conversation=CONVERSATIONS, back=st.sampled_from([0, 0, 1]), seconds=st.integers(0, 60))
    def the_provider_says_that_an_accepted_reply_may_be_sent_again(self, conversation, back, seconds):
        expected = self.expected[conversation]
        if expected.settled <= back:
            return
        reply = expected.replies[expected.settled - 1 - back]
        retry_at = self.now + timedelta(seconds=seconds)
        status = Status(
            conversation=conversation,
            delivery=reply,
            provider_id=self.fresh("provider"),
            state=DeliveryState.FAILED,
            at=0,
        )
        accepted = self.stores.statuses.sent(status)
        assert accepted is not None
        assert not accepted.of_the_past

        again = self.stores.statuses.send_again(accepted, status, wait=retry_at - self.now)

        # Nothing newer may have gone out, or be on its way.
        idle = not expected.courier.lease.holder and not expected.sending and not expected.asking
        assert again is (back == 0 and idle and not expected.doubts)
        if again:
            expected.settled -= 1
            expected.states.pop(reply, None)
            expected.courier = Right(Lease(fence=-1, holder=""), retry_at)
            repeated = self.stores.statuses.sent(status)
            assert repeated is not None
            assert repeated.of_the_past

    # -- others

    @rule(conversation=CONVERSATIONS)
    def a_script_forgets_a_customer(self, conversation):
        expected, forgotten = self.expected[conversation], self.forgotten[conversation]

        self.stores.forgetting.forget(conversation)

        own = self.stores.keys.of(conversation)
        assert self.stores.client.exists(*own.everything()) == 0
        # Whoever is in the middle of a turn or a send has lost the right to write.
        forgotten.came += [id_ for id_ in expected.came if not is_action(id_)]
        forgotten.replies += expected.replies
        self.expected[conversation] = Expected()

    @precondition(lambda self: any(forgotten.replies for forgotten in self.forgotten.values()))
    @rule(
        conversation=CONVERSATIONS,
        back=st.integers(1, 4),
        state=st.sampled_from(["sent", "delivered", "failed"]),
    )
    def the_provider_tells_of_a_reply_to_somebody_who_was_forgotten(self, conversation, back, state):
        for reply in self.forgotten[conversation].replies[-back:]:
            status = Status(
                conversation=conversation, delivery=reply, provider_id="p", state=DeliveryState(state), at=0
            )
            assert self.stores.statuses.note(status) is False

    @rule(conversation=CONVERSATIONS, lease_ran_out=st.booleans(), sweep_looked=st.booleans())
    def somebody_changes_the_session(self, conversation, lease_ran_out, sweep_looked):
        expected = self.expected[conversation]
        if lease_ran_out and expected.turn.until > self.now:
            # Its holder is only slow, and may still try to commit.
            self.clock.move(expected.turn.until - self.now)
        if sweep_looked and not self.looks:
            # What the sweep decides now, it writes later.
            self.sweep()
        was, _ = self.stores.sessions.read(conversation, now=self.now)
        before = Session.model_validate_json(was) if was else session(customer_of(conversation))
        after = before.change(search_count=before.search_count + 1)

        answer = self.stores.sessions.update(after, was=was)

        if not expected.turn.free_at(self.now) and expected.turn.lease.holder:
            assert isinstance(answer, Busy)
        else:
            assert answer == Updated()
            expected.updated += 1
            expected.burst = expected.burst if expected.gathers else None
            # Whoever took a turn and let its lease run out has lost the right to write.
            expected.turn = Right(Lease(fence=expected.turn.lease.fence, holder=""), expected.turn.until)

    @rule(seconds=st.sampled_from([0.001, 1, 10, 45, 100]))
    def time_passes(self, seconds):
        self.clock.move(seconds=seconds)

    @rule(conversation=CONVERSATIONS, sending=st.booleans(), off=st.sampled_from([-1, 0, 0, 1]))
    def time_passes_until_about_the_end_of_a_lease(self, conversation, sending, off):
        expected = self.expected[conversation]
        end = (expected.courier if sending else expected.turn).until + timedelta(milliseconds=off)
        if end > self.now:
            self.clock.move(end - self.now)

    @precondition(lambda self: not self.looks)
    @rule()
    def the_sweep_looks_and_its_wake_ups_are_lost(self):
        self.sweep()

    def sweep(self) -> list[str]:
        members = self.stores.due.claim(0, limit=100).members
        quiet = [member.removeprefix("lapse|") for member in members if member.startswith("lapse|")]
        self.looks += [
            decide_idle_timeout(conversation, record, now=self.now, policy=POLICY)
            for conversation, record in zip(quiet, self.stores.sessions.read_many(quiet), strict=True)
        ]
        return [member for member in members if not member.startswith("lapse|")]

    @precondition(lambda self: self.looks)
    @rule()
    def the_sweep_writes_what_it_saw_some_time_ago(self):
        self.stores.sessions.time_out(0, self.looks)
        self.looks = []

    # -- what is always true

    @invariant()
    def redis_holds_what_is_expected(self):
        due = self.stores.waiting_since()
        assert self.stores.client.xlen("intake") == len(self.intake)
        if self.intake:
            assert due["intake"] <= to_ms(max(self.drainer.until, self.now) + POLICY.wake_after)
        counted = Counter[str]()
        for letter in self.stores.dead():
            counted[letter["conversation"]] += int(letter.get("count", 0))
        assert counted == Counter(self.refused)
        for conversation, expected in self.expected.items():
            own = self.stores.keys.of(conversation)
            with self.stores.client.pipeline(transaction=False) as pipe:
                pipe.lrange(own.mailbox, 0, -1)
                pipe.lrange(own.outbox, 0, -1)
                pipe.get(own.session)
                mailbox, outbox, record = pipe.execute()
            # Nothing is lost, nothing is doubled, and the order is kept.
            assert [one if is_junk(one) else json.loads(one)["id"] for one in mailbox] == expected.waiting
            assert [Delivery.model_validate_json(one).id for one in outbox] == expected.unsent
            kept = Session.model_validate_json(record) if record else None
            self.check_read(kept, expected)
            # Who may write more is waited for, a while, and nobody else is.
            if expected.gathers and not expected.turn.free_at(self.now):
                read = [id_ for id_ in expected.waiting if not is_junk(id_)]
                assert {*read} <= self.patient
                assert expected.turn.until <= self.came_at[read[0]] + POLICY.gather_at_most
                assert due[own.turn_due] <= to_ms(expected.turn.until + POLICY.wake_after)
            # What was done in turns that have not ended is known, and nothing else.
            assert self.stores.client.hgetall(own.steps) == expected.kept
            # Whoever waits for an agent is in their list, and nobody else is.
            waits = self.stores.client.zscore("waiting", conversation) is not None
            assert waits is (kept is not None and kept.state is State.WAITING_AGENT)
            # Nothing waits without somebody coming, and not long after its lease has run out.
            for queue, member, right in (
                (mailbox, own.turn_due, expected.turn),
                (outbox, own.deliver_due, expected.courier),
            ):
                if queue:
                    latest = max(right.until, self.now)
                    assert due[member] <= to_ms(latest + POLICY.wake_after)

    def check_read(self, found: Session | None, expected: Expected) -> None:
        """No write of a session has overwritten another."""
        counts = (found.message_count, found.search_count) if found else (0, 0)
        assert counts == (expected.taken_off, expected.updated)

    def teardown(self):
        """Everything comes to its end by the due index alone, and nothing is left."""
        for _ in range(200):
            waits = any(expected.waiting or expected.unsent for expected in self.expected.values())
            if not waits and not self.intake:
                break
            self.clock.move(seconds=61)
            for member in self.sweep():
                kind, _, conversation = member.partition("|")
                if kind == "intake":
                    self.finish(self.drains, self.take_the_intake, self.settle_the_newest_drain)
                elif kind == "turn":
                    take = partial(self.take_as, conversation, self.fresh("worker"))
                    self.finish(self.turns, take, self.commit_newest)
                else:
                    self.finish(self.sends, partial(self.take_outbox, conversation), self.settle_newest)
            self.redis_holds_what_is_expected()
        for expected in self.expected.values():
            assert expected.taken_off == len(expected.received)
            assert expected.settled == len(expected.replies)
            # Each message of a program was sent once, in the order in which they came.
            sends = [f"{id_}.0" for id_ in expected.received if is_send(id_)]
            assert [id_ for id_ in expected.replies if is_send(id_)] == sends
        aside = [letter["raw"] for letter in self.stores.dead() if letter["kind"] == "unreadable"]
        assert sorted(aside) == sorted(self.aside)
        assert all(member.startswith("lapse|") for member in self.stores.waiting_since())
        assert immortal(self.stores.client) == []

    def finish(self, tokens, take, settle_newest):
        """Take, and settle for as long as each step gives the right to another."""
        known = len(tokens)
        take()
        while len(tokens) > known:
            known = len(tokens)
            settle_newest()

    def commit_newest(self):
        self.commit(which=0, consumed=3, n_replies=1, go_on=True, answer_lost=False)

    def settle_the_newest_drain(self):
        self.receive_what_was_in_bodies_and_settle_them(which=0, go_on=True, answer_lost=False)

    def settle_newest(self):
        self.settle(which=0, answer_lost=False)


@pytest.mark.timeout(600)  # to find the shortest failing run takes a while
def test_no_interleaving_loses_doubles_or_reorders_anything(valkey):
    run_state_machine_as_test(
        lambda: System(valkey), settings=settings(max_examples=150, stateful_step_count=40)
    )


def test_nor_on_the_quick_store(fake):
    run_state_machine_as_test(
        lambda: System(fake), settings=settings(max_examples=20, stateful_step_count=25)
    )
