"""Names that turn out to be one person's, in any order and with crashes anywhere: nothing is lost, doubled or reordered.

Hypothesis plays drainers that die between any two round trips, workers that die between any two steps of a turn, couriers, and
a clock, against the real scripts. At the end every body is read again and everything that is due is done.
"""

import json
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from session.agent_actions import AgentActionType
from session.conversations import conversation_of
from session.events import ReplySent
from session.history import HistoryEntry, Role
from session.leases import OutboxTaken, Stale, TurnTaken
from session.limits import REPLIES
from session.merging import left, merged
from session.messages import DeliveryState
from session.models import Session, State
from session.outgoing import TurnContext
from session.parcels import parcel_in
from session.policy import Policy
from session.records import from_ms, to_ms
from session.store import Awaited, Late, Runner, Sending, field_of
from session.store.rounds import rounds
from tests.clocks import ManualClock
from tests.stores import Stores
from tests.values import action, delivery, message, session, turn_result

pytestmark = pytest.mark.slow

POLICY = Policy(message_history=1000, turn_messages=3, keep_for=timedelta(days=30))
#: For how long messages gather; not all, since some have waited as long in the intake.
GATHERS = timedelta(seconds=3)
P, Q, U, V = "+201005550106", "+201005550199", "US.1111", "US.2222"
NAMES = (P, Q, U, V)
BODIES = st.sampled_from(
    [
        {"customer": P},
        {"customer": U},
        {"customer": V},
        {"customer": Q},
        {"customer": P, "also": (U,)},
        {"customer": Q, "also": (U,)},
        {"customer": Q, "also": (V,)},
        {"customer": Q, "formerly": (P,)},
        {"customer": P, "formerly": (Q,)},
        {"customer": V, "formerly": (U,)},
    ]
)
ROUNDS = st.sampled_from([None, None, 1, 2, 3, 4, 5])
WHICH = st.sampled_from(NAMES).map(conversation_of)


class People(RuleBasedStateMachine):
    """Four names, and no more than four people."""

    def __init__(self, run: Runner, shards: int) -> None:
        super().__init__()
        run.client.flushall()
        self.clock = ManualClock()
        self.stores = Stores.on(run.client, run=run, shards=shards, policy=POLICY, clock=self.clock)
        self.count = 0
        self.came: dict[str, str] = {}  #: message -> the name under which it came
        self.unread: list = []  #: bodies whose drain did not end
        self.taken: list[list] = []  #: turns: conversation, what was taken, which steps are done
        self.sends: list[tuple[str, OutboxTaken]] = []
        self.queued: list[str] = []
        self.sent: Counter[str] = Counter()
        self.used = 0  #: of the budgets

    def fresh(self, what: str) -> str:
        self.count += 1
        return f"{self.count:05}{what}"

    @rule(body=BODIES, rounds_before_death=ROUNDS, stop=st.sampled_from([False, False, False, True]))
    def a_body_comes(self, body, rounds_before_death, *, stop=False):
        self.clock.move(seconds=2)
        at = to_ms(self.clock.now())
        one = message(
            self.fresh("stop" if stop else "m"), "STOP" if stop else "x", sent_at=at, received_at=at, **body
        )
        self.comes(one, rounds_before_death)

    @rule(name=st.sampled_from(NAMES), rounds_before_death=ROUNDS)
    def an_agent_takes_over(self, name, rounds_before_death):
        self.clock.move(seconds=2)
        at = to_ms(self.clock.now())
        self.comes(action(id=self.fresh("held"), customer=name, received_at=at), rounds_before_death)

    def comes(self, one, rounds_before_death):
        self.came[one.id] = one.customer
        self.unread.append(one)
        self.drain(rounds_before_death)

    def drain(self, most: int | None) -> None:
        """Read all bodies; a drainer that dies leaves them for the next one."""
        if most is None:
            self.stores.mailboxes.receive(self.unread, gather_for=lambda _: GATHERS)
            self.unread = []
            return
        asking = rounds(self.stores.mailboxes.bare.receive(self.unread, gather_for=lambda _: GATHERS))
        try:
            calls = next(asking)
            for _ in range(most):
                calls = asking.send(self.stores.run._ask(calls))
        except StopIteration:
            return

    @rule(conversation=WHICH)
    def a_worker_takes_a_turn(self, conversation):
        found = self.stores.turns.take(conversation, holder=self.fresh("w"))
        if isinstance(found, TurnTaken):
            self.taken.append([conversation, found, 0])

    @precondition(lambda self: self.taken)
    @rule(back=st.integers(0, 3))
    def a_worker_goes_on(self, back):
        self.go_on(self.taken[-1 - min(back, len(self.taken) - 1)])

    def go_on(self, token) -> bool:
        """Do the next step of a turn, whoever has it by now; return whether there may be another one."""
        conversation, taken, step = token
        token[2] += 1
        action, merges = taken.action, self.stores.merges
        if action is None:
            return self.answer(conversation, taken)
        if action.type is AgentActionType.TAKE_OVER:
            return self.hold(conversation, taken)
        field = field_of(action)
        if action.type is AgentActionType.MERGE_OUT:
            packed = merges.pack(action, taken.lease)
            if isinstance(packed, Stale | Sending):
                if isinstance(packed, Sending):
                    self.stores.turns.abandon(
                        conversation, taken.lease, wait=timedelta(seconds=1), counts=False
                    )
                return False
            if step >= 1:
                merges.put(action, packed)
            if step >= 2:
                result = left(parcel_in(packed), action, self.clock.now(), POLICY, finished=(field,))
                self.stores.turns.commit(conversation, taken.lease, result, go_on=False)
            return step < 2
        came = taken.kept.get(field)
        if came is None:
            came = merges.take(action, taken.lease)
            assert not isinstance(came, Late)
            if isinstance(came, Awaited):
                wait = timedelta(seconds=1)
                self.stores.turns.abandon(conversation, taken.lease, wait=wait, counts=False)
                return False
            if isinstance(came, Stale) or came == "":
                # Another worker has taken it in, or this one did: the next one finds it with the steps.
                return False
        context = TurnContext(
            turn=self.fresh("t"),
            fence=taken.lease.fence,
            now=self.clock.now(),
            policy=POLICY,
            render=lambda _, one: (one,),
        )
        done = merged(
            parcel_in(came), action, taken.session, context, opted_out=taken.opted_out, finished=(field,)
        )
        if field not in taken.kept:
            merges.take_in(action, taken.lease, parcel_in(came), done.cancelled)
        if step >= 1 or field in taken.kept:
            self.stores.turns.commit(conversation, taken.lease, done.result, go_on=False)
            return False
        token[1] = type(taken)(
            **{
                **{name: getattr(taken, name) for name in taken.__slots__},
                "kept": {**taken.kept, field: came},
            }
        )
        return True

    def answer(self, conversation: str, taken: TurnTaken) -> bool:
        """Commit a turn of messages: each is in the history, is counted, and has one reply."""
        was, stops = self.session_of(conversation, taken), taken.opted_out
        for one in taken.messages:
            said = HistoryEntry(
                role=Role.USER, text="x", timestamp=from_ms(one.received_at), message_id=one.id
            )
            was = was.with_entry(said, POLICY).change(message_count=was.message_count + 1)
            stops = stops or one.id.endswith("stop")
        was = was.change(last_activity=self.clock.now())
        silent = stops or was.held_by is not None
        answered = () if silent else taken.messages
        replies = tuple(delivery(f"{one.id}.0", conversation=conversation) for one in answered)
        result = turn_result(
            len(taken.messages),
            session=was,
            replies=replies,
            uses={"messages": len(taken.messages), REPLIES.name: 2 * len(replies)},
            consent="out" if stops and not taken.opted_out else None,
            opted_out=stops,
            waited=was.state is State.WAITING_AGENT,
        )
        if not isinstance(self.stores.turns.commit(conversation, taken.lease, result, go_on=False), Stale):
            self.used += 2 * len(replies)
        return False

    def session_of(self, conversation: str, taken: TurnTaken) -> Session:
        return taken.session or session(conversation, now=self.clock.now()).change(id=self.fresh("s"))

    def hold(self, conversation: str, taken: TurnTaken) -> bool:
        """Commit the turn of a takeover: the assistant is silent from now on."""
        assert taken.action is not None
        now = self.clock.now()
        at = from_ms(taken.action.received_at)
        said = HistoryEntry(role=Role.USER, text="x", timestamp=at, message_id=taken.action.id)
        was = self.session_of(conversation, taken).with_entry(said, POLICY)
        held = was.change(
            state=State.WAITING_AGENT,
            held_by="mona",
            waiting_since=was.waiting_since or now,
            last_activity=now,
        )
        result = turn_result(1, session=held, silence="begins", waited=True)
        self.stores.turns.commit(conversation, taken.lease, result, go_on=False)
        return False

    @rule(conversation=WHICH)
    def a_courier_takes_an_outbox(self, conversation):
        found = self.stores.outbox.take(conversation, holder=self.fresh("c"))
        if isinstance(found, OutboxTaken):
            self.sends.append((conversation, found))

    @precondition(lambda self: self.sends)
    @rule()
    def a_courier_has_sent(self):
        _, taken = self.sends.pop()
        self.settle(taken)

    def settle(self, taken: OutboxTaken) -> None:
        first = taken.deliveries[0]
        event = ReplySent(delivery=first.id, sent="p", queued=(first.queued_at,))
        settled = self.stores.outbox.settle(first, taken.lease, DeliveryState.SENT, event=event)
        if not isinstance(settled, Stale):
            self.sent[first.id] += 1

    @rule(seconds=st.sampled_from([1, 20, 40]))
    def time_passes(self, seconds):
        self.clock.move(seconds=seconds)

    def teardown(self):
        self.drain(None)
        for _ in range(120):
            self.clock.move(seconds=61)
            members = [
                one
                for shard in range(self.stores.keys.shards)
                for one in self.stores.due.claim(shard, limit=100).members
            ]
            for kind, _, conversation in (member.partition("|") for member in members):
                if kind == "turn":
                    found = self.stores.turns.take(conversation, holder=self.fresh("w"))
                    token = [conversation, found, 0]
                    while isinstance(token[1], TurnTaken) and self.go_on(token):
                        pass
                elif kind == "deliver":
                    found = self.stores.outbox.take(conversation, holder=self.fresh("c"))
                    if isinstance(found, OutboxTaken):
                        self.settle(found)
            client = self.stores.client
            if not [key for place in ("mailbox", "outbox") for key in client.scan_iter(f"*{place}:*")]:
                break
        self.check()

    def check(self) -> None:
        """Everything that came is with one customer, once, and in its order."""
        client = self.stores.client
        assert [
            key for place in ("mailbox", "outbox", "steps") for key in client.scan_iter(f"*{place}:*")
        ] == []
        kept = [Session.model_validate_json(client.get(key)) for key in client.scan_iter("*session:*")]
        said = [entry.message_id for one in kept for entry in one.context.message_history]
        assert sorted(said) == sorted(self.came)
        messages = [id_ for id_ in self.came if id_.endswith("m")]
        assert sum(one.message_count for one in kept) == len([id_ for id_ in self.came if "held" not in id_])
        assert set(self.sent.values()) <= {1}
        if len(messages) == len(self.came):
            assert self.sent == Counter(f"{id_}.0" for id_ in messages)
        for one in kept:
            ids = [entry.message_id for entry in one.context.message_history]
            for name in NAMES:
                own = [id_ for id_ in ids if self.came[id_] == name]
                assert own == sorted(own)
            # No name with a session of its own leads anywhere.
            own_keys = self.stores.keys.of(one.conversation)
            assert client.get(own_keys.alias) is None
            # A STOP and a takeover hold, under whatever name they came.
            assert client.exists(own_keys.opt_out) == any(id_.endswith("stop") for id_ in ids)
            held = any(id_.endswith("held") for id_ in ids)
            assert (one.held_by, one.state is State.WAITING_AGENT) == ("mona" if held else None, held)
            waits = client.zscore(own_keys.shared.waiting, one.conversation)
            assert (waits is not None) == held
        # What counts towards a budget goes along, and the day is not over.
        budgets = [self.stores.keys.of(conversation_of(name)).usage_of(REPLIES) for name in NAMES]
        assert sum(int(client.get(key) or 0) for key in budgets) == self.used
        for key in client.scan_iter("*merging:*"):
            assert not any(value.startswith("{") for value in client.hvals(key))
        for key in client.scan_iter("*alias:*"):
            assert json.loads(client.get(key))["target"] in NAMES


@pytest.mark.timeout(600)  # to find the shortest failing run takes a while
@pytest.mark.parametrize("shards", [1, 4])
def test_no_order_of_names_loses_doubles_or_reorders_anything(valkey, shards):
    # One runner for all: each keeps a connection until it is collected.
    run = Runner(valkey)
    run_state_machine_as_test(
        lambda: People(run, shards), settings=settings(max_examples=15, stateful_step_count=25)
    )


def test_what_no_join_has_announced_comes_before_what_is_known_there(valkey):
    people = People(Runner(valkey), shards=1)
    people.a_body_comes({"customer": U}, None)
    # The drainer dies when the id leads to the number, and the number does not know it yet. Then the number changes.
    people.a_body_comes({"customer": Q, "also": (U,)}, 3)
    interrupted, people.unread = people.unread, []
    people.a_body_comes({"customer": P, "formerly": (Q,)}, None)
    # Its bodies are read again, and what was received under the id with them.
    people.unread = [message("00001m", customer=U, sent_at=to_ms(people.clock.now())), *interrupted]
    people.teardown()


@pytest.mark.parametrize("dies_after", [1, 2, 3, 4])
def test_what_goes_to_a_name_whose_customer_has_come_back_comes_back_too(valkey, dies_after):
    people = People(Runner(valkey), shards=4)
    people.a_body_comes({"customer": P}, None)
    # The drainer dies when the old number leads to the new one, and perhaps before the new one knows it.
    people.a_body_comes({"customer": Q, "formerly": (P,)}, dies_after)
    interrupted, people.unread = people.unread, []
    people.a_body_comes({"customer": P, "formerly": (Q,)}, None)
    people.unread = interrupted
    people.teardown()


def test_a_change_of_names_that_two_bodies_tell_is_read_in_one_go(valkey):
    people = People(Runner(valkey), shards=4)
    people.a_body_comes({"customer": P}, 1)
    people.a_body_comes({"customer": Q, "formerly": (P,)}, 3)
    people.a_body_comes({"customer": Q, "formerly": (P,)}, None)
    people.teardown()


def test_what_waits_under_a_name_is_not_received_again_where_that_name_leads_later(valkey):
    people = People(Runner(valkey), shards=4)
    people.a_body_comes({"customer": U}, 1)
    people.a_body_comes({"customer": Q, "also": (V,)}, 1)
    people.a_body_comes({"customer": V, "formerly": (U,)}, 1)
    people.a_body_comes({"customer": P}, 4)
    # The first body is read again, and what came under that id waits there still.
    people.a_body_comes({"customer": P}, None)
    people.a_body_comes({"customer": P, "also": (U,)}, None)
    people.teardown()
