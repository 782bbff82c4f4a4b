"""A campaign that is started, paused, taken and lost in any order: each row has one turn at most, and in the end each has had one.

Hypothesis plays workers who die anywhere between taking rows, storing bodies and writing how far they are, sweeps whose wake-ups
are lost, operators, customers who opt out, agents, and forgetting, against the real scripts. At the end everything that is due is
done.
"""

from collections import Counter
from dataclasses import dataclass, field
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

from session.agent_actions import CAMPAIGN, AgentAction, AgentActionType
from session.agent_rules import act
from session.bodies import CAMPAIGNS, IntakeTaken
from session.campaign_outcomes import OutcomeState
from session.campaigning import Campaigns
from session.campaigns import (
    Campaign,
    CampaignRefused,
    CampaignState,
    NoSuchCampaign,
    Recipient,
    action_of,
    answered,
    is_held_back,
    row_of,
)
from session.conversations import conversation_of, customer_of
from session.delivery_events import ReplySent
from session.leases import OutboxTaken, TurnTaken
from session.messages import DeliveryState
from session.outgoing import Reached, TurnContext
from session.pauses import sender_of
from session.policy import Policy
from session.records import to_ms
from session.results import Committed
from session.store import CampaignTaken, Drained, Runner
from tests.clocks import ManualClock
from tests.stores import Stores, immortal
from tests.values import ROUTE, action, message, turn_result

pytestmark = pytest.mark.slow

POLICY = Policy(mailbox_at_most=20, keep_for=timedelta(days=30))
CUSTOMERS = [f"+20100000000{n}" for n in range(1, 7)]
CONVERSATIONS = [conversation_of(one) for one in CUSTOMERS]
PLAN = Campaign(name="spring", template="offer", language="en", sender=sender_of(ROUTE))
SECOND = timedelta(seconds=1)


@dataclass
class Token:
    """Rows that a worker has taken, and how many of their bodies it has stored."""

    taken: CampaignTaken
    stored: int = 0


@dataclass
class Turn:
    """A turn that a worker has taken."""

    conversation: str
    taken: TurnTaken


@dataclass
class Expected:
    """What is known beside the server."""

    turns: Counter[int] = field(default_factory=Counter)  #: of each row
    declined: set[int] = field(default_factory=set)
    forgotten: dict[int, datetime] = field(default_factory=dict)  #: row -> when first
    opted_out: set[str] = field(default_factory=set)
    position: int = 0
    paused: bool = False


class Campaigning(RuleBasedStateMachine):
    """One campaign of six rows."""

    def __init__(self, run: Runner, shards: int) -> None:
        super().__init__()
        run.client.flushall()
        self.clock = ManualClock()
        self.stores = Stores.on(run.client, run=run, shards=shards, policy=POLICY, clock=self.clock)
        self.campaigns = Campaigns(run, self.stores.campaigns.bare, shards=shards, clock=self.clock)
        self.expected = Expected()
        self.tokens: list[Token] = []
        self.turns: list[Turn] = []
        self.count = 0

    @initialize(hold_back=st.sampled_from([0, 0, 80]), started=st.sampled_from([True, True, False]))
    def it_is_made(self, hold_back, started):
        self.hold_back = hold_back
        rows = [Recipient(customer=one, body=(one,)) for one in CUSTOMERS]
        self.campaigns.new(PLAN.model_copy(update={"hold_back": hold_back}), rows)
        if started:
            self.campaigns.start("spring")

    def fresh(self, what: str) -> str:
        self.count += 1
        return f"{self.count:05}{what}"

    # -- operators

    @rule(twice=st.booleans())
    def an_operator_starts_it(self, twice):
        for _ in range(1 + twice):
            try:
                self.campaigns.start("spring")
                self.expected.paused = False
            except CampaignRefused:
                assert self.campaigns.show("spring").state is CampaignState.DONE

    @rule()
    def an_operator_pauses_it(self):
        try:
            self.campaigns.pause("spring", "a moment")
            self.expected.paused = True
        except CampaignRefused:
            assert self.campaigns.show("spring").state in (CampaignState.NEW, CampaignState.DONE)

    # -- workers of the campaign

    @rule(limit=st.integers(1, 4), a_day=st.sampled_from([2, 100, 100]), steps=st.integers(0, 5))
    def a_worker_takes_rows_and_gets_so_far(self, limit, a_day, steps):
        self.clock.move(seconds=1)
        if token := self.take(limit, a_day):
            for _ in range(steps):
                self.go_on(token)

    @rule(lost=st.integers(1, 4), steps=st.integers(0, 3))
    def a_worker_dies_and_another_one_follows(self, lost, steps):
        self.a_worker_takes_rows_and_gets_so_far(lost, 100, steps)
        self.clock.move(POLICY.lease_for)
        self.a_worker_takes_rows_and_gets_so_far(2, 100, 2)

    def take(self, limit: int, a_day: int = 100) -> Token | None:
        taken = self.stores.campaign_work.take(
            PLAN, holder=self.fresh("c"), limit=limit, every=SECOND / limit, a_day=a_day
        )
        if not isinstance(taken, CampaignTaken):
            return None
        assert len(taken.rows) <= limit
        assert all(row > taken.campaign.position for row, _ in taken.rows)
        self.tokens.append(Token(taken))
        return self.tokens[-1]

    @precondition(lambda self: self.tokens)
    @rule(back=st.integers(0, 2), steps=st.integers(1, 6))
    def a_worker_goes_on(self, back, steps):
        token = self.tokens[-1 - min(back, len(self.tokens) - 1)]
        for _ in range(steps):
            self.go_on(token)

    def go_on(self, token: Token) -> None:
        """Store the next body, or write how far the campaign is; whoever has it by now."""
        taken = token.taken
        if token.stored < len(taken.rows):
            row, recipient = taken.rows[token.stored]
            token.stored += 1
            shards = range(self.stores.keys.shards)
            if not any(self.stores.campaigns.outcomes(shard, "spring", [row])[0] for shard in shards):
                made = action_of(taken.campaign, row, recipient, taken.now)
                self.stores.intake.store(
                    made.to_json().encode(), source=CAMPAIGNS, ordering_key=made.conversation
                )
            return
        self.stores.campaign_work.settle(
            "spring",
            taken.lease,
            lambda one: one.hand_over(taken.position, taken.now, ends=taken.ends),
            release_in=timedelta(0),
        )

    @rule(steps=st.integers(0, 3))
    def the_sweep_comes(self, steps):
        if "campaign|spring" in self.sweep() and steps:
            self.a_worker_takes_rows_and_gets_so_far(2, 100, steps)

    def sweep(self) -> list[str]:
        shards = range(self.stores.keys.shards)
        found = [name for shard in shards for name in self.stores.due.claim(shard, limit=100).members]
        for shard in shards:
            self.stores.counters.fold(shard)
        return found

    # -- everybody else

    @rule(settles=st.booleans(), some=st.integers(1, 3))
    def a_worker_reads_the_intakes(self, settles, some):
        for shard in range(self.stores.keys.shards):
            self.drain(shard, settles=settles, limit=some)

    def drain(self, shard: int, *, settles: bool = True, limit: int = 100) -> None:
        """Read an intake; without `settles` the worker dies before it has removed the bodies."""
        taken = self.stores.intake.take(shard, holder=self.fresh("i"), limit=limit)
        if not isinstance(taken, IntakeTaken):
            return
        actions = [AgentAction.model_validate_json(body.body) for body in taken.bodies]
        drained = Drained(
            shard=shard, lease=taken.lease, handled=[body.id for body in taken.bodies], go_on=False
        )
        self.stores.mailboxes.receive(actions, drained=drained if settles else None)

    @rule(which=st.sampled_from(CONVERSATIONS), dies=st.booleans())
    def a_worker_takes_a_turn(self, which, dies):
        turn = self.take_turn(which)
        if turn and not dies:
            self.commit(turn)

    def take_turn(self, conversation: str) -> Turn | None:
        taken = self.stores.turns.take(conversation, holder=self.fresh("t"))
        if not isinstance(taken, TurnTaken):
            return None
        self.turns.append(Turn(conversation, taken))
        return self.turns[-1]

    @precondition(lambda self: self.turns)
    @rule()
    def a_worker_comes_back_late(self):
        self.commit(self.turns[-1])

    def commit(self, turn: Turn) -> None:
        taken, now = turn.taken, self.clock.now()
        if taken.action is None:
            stops = taken.opted_out or any(one.id.endswith("stop") for one in taken.messages)
            said, _ = answered(taken.session, taken.messages, now)
            result = turn_result(
                len(taken.messages),
                session=said,
                opted_out=stops,
                consent="out" if stops and not taken.opted_out else None,
            )
            if self.is_committed(turn, result) and stops:
                self.expected.opted_out.add(turn.conversation)
            return
        route = ROUTE.model_copy(update={"address": customer_of(turn.conversation).removeprefix("+")})
        context = TurnContext(
            turn=self.fresh("turn"),
            fence=taken.lease.fence,
            now=now,
            policy=POLICY,
            render=lambda _, reply: (reply,),
            reach=lambda *_: Reached(route, "default"),
        )
        result = act(taken.session, taken.action, context, opted_out=taken.opted_out)
        if self.is_committed(turn, result) and taken.action.agent.startswith(CAMPAIGN):
            name, row = row_of(taken.action.id)
            assert name == "spring"
            self.expected.turns[row] += 1
            # A worker who had taken the row by then brings nobody back, while the forgotten ids are known.
            forgotten_at = self.expected.forgotten.get(row, now)
            assert row not in self.expected.forgotten or now - forgotten_at >= POLICY.seen_for
            if result.event.declined:
                self.expected.declined.add(row)
            # After an opt-out nothing of a campaign is said.
            assert turn.conversation not in self.expected.opted_out or result.event.declined

    def is_committed(self, turn: Turn, result) -> bool:
        done = self.stores.turns.commit(turn.conversation, turn.taken.lease, result, go_on=False)
        return isinstance(done, Committed)

    @rule(which=st.sampled_from(CUSTOMERS), stops=st.booleans())
    def a_customer_writes(self, which, stops):
        at = to_ms(self.clock.now())
        id_ = self.fresh("stop" if stops else "m")
        entry = message(id_, "STOP" if stops else "x", customer=which, sent_at=at, received_at=at)
        self.stores.mailboxes.receive([entry])

    @rule(which=st.sampled_from(CUSTOMERS))
    def an_agent_takes_over(self, which):
        taken_over = action(AgentActionType.TAKE_OVER, id=self.fresh("a"), customer=which)
        self.stores.mailboxes.receive([taken_over])

    @rule(which=st.sampled_from(CUSTOMERS))
    def a_customer_is_forgotten(self, which):
        self.stores.forgetter.forget([conversation_of(which)])
        self.expected.forgotten.setdefault(1 + CUSTOMERS.index(which), self.clock.now())
        self.expected.opted_out.discard(conversation_of(which))

    @rule(seconds=st.sampled_from([1, 1, 20, 3600, 25 * 3600]))
    def time_passes(self, seconds):
        self.clock.move(seconds=seconds)

    # -- what always holds

    @invariant()
    def no_row_has_two_turns_and_none_that_is_held_back_has_one(self):
        assert set(self.expected.turns.values()) <= {1}
        assert not [row for row in self.expected.turns if is_held_back("spring", row, self.hold_back)]

    @invariant()
    def it_never_goes_back_and_somebody_comes_while_it_is_running(self):
        try:
            found = self.campaigns.show("spring")
        except NoSuchCampaign:
            return  # it is not made yet
        assert found.position >= self.expected.position
        self.expected.position = found.position
        # What a worker writes meanwhile does not undo a pause.
        assert not (self.expected.paused and found.runs)
        due = self.stores.client.zscore(self.stores.keys.shard(0).due, "campaign|spring")
        if found.runs:
            assert due <= to_ms(self.clock.now() + max(POLICY.wake_after, POLICY.lease_for))

    def teardown(self):
        if self.campaigns.all() == []:
            return
        self.an_operator_starts_it(twice=True)
        for _ in range(100):
            self.clock.move(seconds=20)
            if any(member == "campaign|spring" for member in self.sweep()) and (token := self.take(4)):
                for _ in range(1 + len(token.taken.rows)):
                    self.go_on(token)
            for shard in range(self.stores.keys.shards):
                self.drain(shard)
            for conversation in CONVERSATIONS:
                if turn := self.take_turn(conversation):
                    self.commit(turn)
                self.deliver(conversation)
            left = [*self.stores.client.scan_iter("*mailbox:*"), *self.stores.client.scan_iter("*outbox:*")]
            if self.campaigns.show("spring").state is CampaignState.DONE and not left:
                break
        assert self.campaigns.show("spring").state is CampaignState.DONE
        self.sweep()
        had_turn = set(self.expected.turns)
        for one in self.campaigns.outcomes("spring"):
            row, state = one.row, one.state
            if is_held_back("spring", row, self.hold_back):
                assert state is OutcomeState.HELD_BACK
            elif row not in self.expected.forgotten:
                # Nothing is lost, and what is told of it is true.
                assert row in had_turn
                assert (state is OutcomeState.DECLINED) == (row in self.expected.declined)
                assert state in (OutcomeState.DECLINED, OutcomeState.SENT, OutcomeState.CANCELLED)
            else:
                assert one.customer == ""
        assert immortal(self.stores.client) == []

    def deliver(self, conversation: str) -> None:
        while isinstance(taken := self.stores.outbox.take(conversation, holder=self.fresh("d")), OutboxTaken):
            first = taken.deliveries[0]
            event = ReplySent(delivery=first.id, sent="wamid.x", channel="meta")
            self.stores.outbox.settle(first, taken.lease, DeliveryState.SENT, event=event, more=False)


@pytest.mark.timeout(600)  # to find the shortest failing run takes a while
@pytest.mark.parametrize("shards", [1, 4])
def test_no_order_loses_or_doubles_a_row(valkey, shards):
    run = Runner(valkey)
    run_state_machine_as_test(
        lambda: Campaigning(run, shards), settings=settings(max_examples=100, stateful_step_count=30)
    )


def test_nor_on_the_quick_store(fake):
    run = Runner(fake)
    run_state_machine_as_test(
        lambda: Campaigning(run, 1), settings=settings(max_examples=15, stateful_step_count=25)
    )
