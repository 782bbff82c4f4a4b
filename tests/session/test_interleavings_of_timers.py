"""Timers that are set, replaced, cancelled and rung in any order, with crashes anywhere: each has one turn, or none if it is gone.

One of them is an approval: it is decided once, or rings once.

Hypothesis plays workers who die between taking a turn and committing it, sweeps whose wake-ups are lost, agents, opt-outs,
forgetting, and two names that turn out to be one customer's, against the real scripts. What each conversation has planned is
compared with a few dictionaries after every step. At the end everything that is due is done.
"""

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

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

from session.agent_actions import AgentActionType
from session.conversations import conversation_of
from session.deciding import admit_decision, settle_decision
from session.effects import Effects
from session.leases import Stale, TurnTaken
from session.merging import left, merged
from session.outgoing import TurnContext
from session.parcels import parcel_in
from session.policy import Policy
from session.records import from_ms, to_ms
from session.results import Committed
from session.store import Awaited, Runner, Sending, field_of
from session.timer_changes import TimerChanges, cancelled, ended, hastened, planned, put_off, without_agent
from session.timers import Planned, is_current, read_timers
from tests.clocks import ManualClock
from tests.stores import Stores, immortal
from tests.values import ROUTE, action, message, session, turn_result

pytestmark = pytest.mark.slow

POLICY = Policy(turn_messages=3, mailbox_at_most=6, keep_for=timedelta(days=30))
P, U = conversation_of("+201005550106"), conversation_of("US.1111")
WHICH = st.sampled_from([P, P, U])
NAMES = st.sampled_from(["a", "b", "c"])
#: The name of an approval; the others are timers.
ASKS = "c"
#: For how long an agent keeps a timer from ringing at most.
PATIENCE = timedelta(minutes=2)
#: What an assistant wants in a turn: a name, and in how many seconds; None: not any more.
WANTED = st.dictionaries(NAMES, st.sampled_from([0, 5, 30, 90, None]), max_size=2)


@dataclass(frozen=True)
class Waits:
    """A timer that has not had its turn."""

    id: str
    at: datetime
    set_at: datetime
    until_takeover: bool


@dataclass
class Token:
    """A turn that a worker has taken."""

    conversation: str
    taken: TurnTaken
    steps: int = 0


@dataclass
class Customer:
    """What is known of a conversation."""

    planned: dict[str, Waits] = field(default_factory=dict)
    had_turn: list[str] = field(default_factory=list)  #: ids of those that had their turn, or were decided


class Timers(RuleBasedStateMachine):
    """Two names, one or two customers."""

    def __init__(self, run: Runner, shards: int) -> None:
        super().__init__()
        run.client.flushall()
        self.clock = ManualClock()
        self.stores = Stores.on(run.client, run=run, shards=shards, policy=POLICY, clock=self.clock)
        self.count = 0
        self.expected = {P: Customer(), U: Customer()}
        self.moving: dict[str, dict[str, Waits]] = {}
        self.tokens: list[Token] = []
        self.are_one = False
        self.with_agent: set[str] = set()

    @initialize(shared=st.booleans())
    def both_have_plans(self, shared):
        for conversation, name in ((P, "a"), (U, "a" if shared else "b")):
            self.a_message_comes(conversation=conversation, stop=False)
            self.take(conversation)
            self.a_worker_goes_on(back=0, wanted={name: 90, "c": 30}, until_takeover=False)

    def fresh(self, what: str) -> str:
        self.count += 1
        return f"{self.count:05}{what}"

    def receive(self, entry) -> None:
        self.stores.mailboxes.receive([entry])

    @rule(conversation=WHICH, stop=st.sampled_from([False, False, False, True]))
    def a_message_comes(self, conversation, stop):
        customer, at = conversation.removeprefix("whatsapp:"), to_ms(self.clock.now())
        id_ = self.fresh("stop" if stop else "m")
        text = "STOP" if stop else "x"
        self.receive(message(id_, text, customer=customer, sent_at=at, received_at=at))

    @rule(
        conversation=WHICH,
        how=st.sampled_from([AgentActionType.TAKE_OVER, AgentActionType.CLOSE, AgentActionType.HAND_BACK]),
    )
    def an_agent_acts(self, conversation, how):
        self.receive(action(how, id=self.fresh("action"), customer=conversation.removeprefix("whatsapp:")))

    @rule(conversation=WHICH, name=NAMES)
    def records_are_loaded_for_which_a_timer_waits(self, conversation, name):
        waits = self.expected[conversation].planned.get(name)
        customer = conversation.removeprefix("whatsapp:")
        timer = waits.id if waits else "timer:gone.0"
        self.receive(action("ring_timer", id=self.fresh("load"), customer=customer, agent="", timer=timer))

    @rule(conversation=WHICH)
    def somebody_decides(self, conversation):
        waits = self.expected[conversation].planned.get(ASKS)
        customer = conversation.removeprefix("whatsapp:")
        timer = waits.id if waits else "timer:gone.0"
        self.receive(
            action("decide", id=self.fresh("decision"), customer=customer, timer=timer, approved=True)
        )

    @precondition(lambda self: not self.are_one)
    @rule()
    def the_names_turn_out_to_be_of_one_customer(self):
        at = to_ms(self.clock.now())
        names = {"customer": P.removeprefix("whatsapp:"), "also": (U.removeprefix("whatsapp:"),)}
        self.receive(message(self.fresh("m"), "x", sent_at=at, received_at=at, **names))
        self.are_one = True

    @rule(conversation=WHICH)
    def a_worker_takes_a_turn(self, conversation):
        self.take(conversation)

    def take(self, conversation: str) -> Token | None:
        found = self.stores.turns.take(conversation, holder=self.fresh("w"))
        if not isinstance(found, TurnTaken):
            return None
        assert ids_in(found.timers) == ids_of(self.expected[conversation])
        self.tokens.append(Token(conversation, found))
        return self.tokens[-1]

    @precondition(lambda self: self.tokens)
    @rule(back=st.integers(0, 3), wanted=WANTED, until_takeover=st.booleans())
    def a_worker_goes_on(self, back, wanted, until_takeover):
        self.go_on(self.tokens[-1 - min(back, len(self.tokens) - 1)], wanted, until_takeover=until_takeover)

    def go_on(self, token: Token, wanted, *, until_takeover=False) -> bool:
        """Do the next step of a turn, whoever has it by now; return whether there may be another one."""
        token.steps += 1
        action = token.taken.action
        if action is None:
            self.answer(token, wanted, until_takeover=until_takeover)
        elif action.type is AgentActionType.MERGE_OUT:
            return self.hand_over(token)
        elif action.type is AgentActionType.MERGE:
            return self.take_in(token)
        elif action.type is AgentActionType.DECIDE:
            self.decide(token)
        elif action.type is AgentActionType.RING_TIMER:
            held = token.conversation in self.with_agent
            to = self.clock.now() + PATIENCE * held
            changes = hastened(token.taken.timers, action.timer, to, after_agent=held)
            if self.commit(token, turn_result(1, session=self.session(token), timers=changes)):
                self.moves(token.conversation, changes)
        else:
            self.act(token, closes=action.type == "close", takes_over=action.type == "take_over")
        return False

    def act(self, token: Token, *, closes: bool, takes_over: bool) -> None:
        gone = ended(token.taken.timers, closes=closes, takes_over=takes_over)
        changes = cancelled(token.taken.timers, gone)
        if not takes_over:
            changes = without_agent(token.taken.timers, changes, self.clock.now())
        if self.commit(token, turn_result(1, session=self.session(token), timers=changes)):
            for name in gone:
                self.expected[token.conversation].planned.pop(name, None)
            self.moves(token.conversation, changes)
            if takes_over:
                self.with_agent.add(token.conversation)
            else:
                self.with_agent.discard(token.conversation)

    def moves(self, conversation: str, changes: TimerChanges) -> None:
        """Timers ring at another time."""
        here = self.expected[conversation].planned
        for name, again in read_timers([part for pair in changes.written.items() for part in pair]).items():
            if name in here:
                here[name] = replace(here[name], at=from_ms(again.at))

    def session(self, token: Token):
        return session(token.conversation, route=ROUTE, last_activity=self.clock.now())

    def commit(self, token: Token, result) -> bool:
        done = self.stores.turns.commit(token.conversation, token.taken.lease, result, go_on=False)
        return isinstance(done, Committed)

    def answer(self, token: Token, wanted, *, until_takeover: bool) -> None:
        taken, now = token.taken, self.clock.now()
        stops = taken.opted_out or any(one.id.endswith("stop") for one in taken.messages)
        (first, *others) = taken.messages
        # A timer has its turn alone.
        assert not any(one.is_timer for one in others)
        assert not (first.is_timer and others)
        plans = {
            name: seconds
            if seconds is None
            else Planned(
                name=name,
                at=now + timedelta(seconds=seconds),
                meant=now,
                text=f"about {name}",
                until_takeover=until_takeover and name != ASKS,
                asks=name == ASKS,
                outlives_close=name == "b",
            )
            for name, seconds in wanted.items()
        }
        turn, current = self.fresh("t"), first.is_timer and is_current(taken.timers, first)
        if current and not stops and token.conversation in self.with_agent and first.content.name != ASKS:
            changes = put_off(taken.timers, first, now + PATIENCE, after_agent=True)
            if self.commit(token, turn_result(1, session=self.session(token), timers=changes)):
                self.moves(token.conversation, changes)
            return
        changes = (
            cancelled(taken.timers, taken.timers, taken.messages)
            if stops
            else planned(taken.timers, taken.messages, plans, self.session(token), turn=turn, now=now)
        )
        result = turn_result(
            len(taken.messages),
            session=self.session(token),
            timers=changes,
            opted_out=stops,
            consent="out" if stops and not taken.opted_out else None,
        )
        if not self.commit(token, result):
            return
        customer = self.expected[token.conversation]
        if current:
            rung = taken.timers[first.content.name]
            assert from_ms(rung.at) <= from_ms(first.received_at) <= now
            customer.had_turn.append(first.id)
            if (
                customer.planned.get(first.content.name, None)
                and ids_of(customer)[first.content.name] == first.id
            ):
                del customer.planned[first.content.name]
        if stops:
            customer.planned.clear()
            return
        number = 0
        for name, plan in plans.items():
            if plan is None:
                customer.planned.pop(name, None)
                continue
            customer.planned[name] = Waits(f"timer:{turn}.{number}", plan.at, now, plan.until_takeover)
            number += 1

    def decide(self, token: Token) -> None:
        """The assistant is called with what was decided, unless that is not open any more."""
        taken, action, customer = token.taken, token.taken.action, self.expected[token.conversation]
        context, before = self.context(token), self.session(token)
        admission = admit_decision(before, action, context, opted_out=taken.opted_out)
        is_open = action.timer in ids_in(taken.timers).values()
        assert (admission is not None) is is_open
        if admission is None:
            self.commit(token, turn_result(1, session=before))
        elif self.commit(token, settle_decision(admission, Effects(), action, context)):
            customer.had_turn.append(action.timer)
            if ids_of(customer).get(ASKS) == action.timer:
                del customer.planned[ASKS]

    def context(self, token: Token) -> TurnContext:
        return TurnContext(
            turn=self.fresh("t"),
            fence=token.taken.lease.fence,
            now=self.clock.now(),
            policy=POLICY,
            render=lambda _, one: (one,),
            timers=token.taken.timers,
        )

    def hand_over(self, token: Token) -> bool:
        """Take a step of the turn in which a conversation ends."""
        action, lease = token.taken.action, token.taken.lease
        packed = self.stores.merges.pack(action, lease)
        if isinstance(packed, Stale | Sending):
            return False
        self.moving.setdefault(action.id, dict(self.expected[token.conversation].planned))
        self.expected[token.conversation].planned.clear()
        if token.steps >= 2:
            self.stores.merges.put(action, packed)
        if token.steps >= 3:
            ends = left(parcel_in(packed), action, self.clock.now(), POLICY, finished=(field_of(action),))
            self.commit(token, ends)
        return token.steps < 3

    def take_in(self, token: Token) -> bool:
        """Take a step of the turn in which another conversation comes in."""
        taken, action, merges = token.taken, token.taken.action, self.stores.merges
        place = field_of(action)
        came = taken.kept.get(place)
        if came is None:
            came = merges.take(action, taken.lease)
            if isinstance(came, Awaited):
                wait = timedelta(seconds=1)
                self.stores.turns.abandon(token.conversation, taken.lease, wait=wait, counts=False)
            if not isinstance(came, str) or came == "":
                return False
        context = self.context(token)
        finished = (place,)
        done = merged(
            parcel_in(came), action, taken.session, context, opted_out=taken.opted_out, finished=finished
        )
        if place not in taken.kept:
            merges.take_in(action, taken.lease, parcel_in(came), done.cancelled)
            token.taken = replace(taken, kept={**taken.kept, place: came})
            return True
        if self.commit(token, done.result):
            here = self.expected[token.conversation].planned
            if done.result.opted_out:
                here.clear()
                return False
            for name, waits in self.moving.get(action.id, {}).items():
                # What the turn has read decides: an opt-out that the provider has told since then has removed both.
                own = taken.timers.get(name)
                if own is None or from_ms(own.set_at) < waits.set_at:
                    here[name] = waits
        return False

    @rule(wake_ups_are_lost=st.booleans())
    def the_sweep_comes(self, wake_ups_are_lost):
        for conversation in self.sweep():
            if not wake_ups_are_lost:
                self.take(conversation)

    def sweep(self) -> list[str]:
        woken: list[str] = []
        for shard in range(self.stores.keys.shards):
            members = self.stores.due.claim(shard, limit=100).members
            timers = [one.removeprefix("timer|") for one in members if one.startswith("timer|")]
            for conversation in timers:
                own = self.stores.keys.of(conversation)
                if self.stores.client.exists(own.opt_out) and not self.stores.client.exists(own.alias):
                    self.expected[conversation].planned.clear()
            woken += self.stores.timers.ring(shard, timers).woken
            woken += [one.removeprefix("turn|") for one in members if one.startswith("turn|")]
        return woken

    @rule(conversation=WHICH)
    def somebody_rings_what_is_not_claimed(self, conversation):
        shard = self.stores.keys.shard_of(conversation)
        if not self.stores.client.exists(self.stores.keys.of(conversation).opt_out):
            self.stores.timers.ring(shard, [conversation])

    @precondition(lambda self: not self.are_one)
    @rule(conversation=WHICH)
    def a_customer_is_forgotten(self, conversation):
        self.stores.forgetting.forget(conversation)
        self.expected[conversation].planned.clear()

    @rule(conversation=WHICH)
    def the_provider_says_that_a_customer_has_opted_out(self, conversation):
        own = self.stores.keys.of(conversation)
        if self.stores.client.exists(own.alias) or self.stores.client.exists(own.opt_out):
            return
        self.stores.pauses.opt_out(conversation)
        self.expected[conversation].planned.clear()

    @rule(seconds=st.sampled_from([1, 5, 20, 60]))
    def time_passes(self, seconds):
        self.clock.move(seconds=seconds)

    @invariant()
    def what_is_planned_is_what_is_expected(self):
        for conversation, customer in self.expected.items():
            own = self.stores.keys.of(conversation)
            stored = {name: json.loads(raw) for name, raw in self.stores.client.hgetall(own.timers).items()}
            assert {name: one["message"]["id"] for name, one in stored.items()} == ids_of(customer)
            rung = [
                raw
                for raw in self.stores.client.lrange(own.mailbox, 0, -1)
                if "timer:" in json.loads(raw)["id"]
            ]
            assert len({json.loads(raw)["id"] for raw in rung}) == len(rung)
            due = self.stores.client.zscore(own.shared.due, own.timer_due)
            waiting = [one["at"] for one in stored.values() if "rang" not in one]
            # Nothing waits without somebody coming.
            if waiting:
                assert due <= max(min(waiting), to_ms(self.clock.now() + POLICY.wake_after))

    def teardown(self):
        for _ in range(200):
            self.clock.move(seconds=31)
            self.with_agent.clear()  # sessions expire
            for conversation in self.sweep():
                token = self.take(conversation)
                while token and self.go_on(token, {}):
                    pass
            self.what_is_planned_is_what_is_expected()
            client = self.stores.client
            if not [key for kind in ("mailbox", "timers") for key in client.scan_iter(f"*{kind}:*")]:
                break
        for customer in self.expected.values():
            # What was planned has had its turn, once.
            assert customer.planned == {}
            assert set(Counter(customer.had_turn).values()) <= {1}
        assert list(self.stores.client.scan_iter("*timers:*")) == []
        assert immortal(self.stores.client) == []


def ids_of(customer: Customer) -> dict[str, str]:
    return {name: one.id for name, one in customer.planned.items()}


def ids_in(timers) -> dict[str, str]:
    return {name: one.message.id for name, one in timers.items()}


@pytest.mark.timeout(600)  # to find the shortest failing run takes a while
@pytest.mark.parametrize("shards", [1, 4])
def test_no_order_loses_or_doubles_a_timer(valkey, shards):
    run = Runner(valkey)
    run_state_machine_as_test(
        lambda: Timers(run, shards), settings=settings(max_examples=60, stateful_step_count=40)
    )


def test_nor_on_the_quick_store(fake):
    run = Runner(fake)
    run_state_machine_as_test(
        lambda: Timers(run, 1), settings=settings(max_examples=15, stateful_step_count=25)
    )
