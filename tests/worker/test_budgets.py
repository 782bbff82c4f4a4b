"""Budgets of a sender and of a day: read beside a turn, exceeded by no more than a second says, whatever fails."""

import asyncio
from datetime import timedelta

import fakeredis
from hypothesis import given, settings
from hypothesis import strategies as st

from session.errors import StoreUnavailable
from session.limits import Usages
from session.messages import Route
from session.policy import Policy
from session.prices import Cost
from session.spending import Budget, Spent, Whose
from session.store import AwaitedRunner, SpendingStore
from tests.clocks import START, ManualClock
from tests.stores import Stores
from tests.values import message, session, turn_result
from worker.budgets import used_up
from worker.senders import Sender, Senders
from worker.spending import FRESH_FOR, Spending

ROUTE = Route(channel="meta", sender="1", address="201001234567")
OTHER = ROUTE.model_copy(update={"sender": "2"})
USD = Cost.of("1 USD")
DAY = str(int(START.timestamp()) // 86_400)


def spent(*, day=DAY, **amounts):
    return Spent.read(
        [{"day": day, **{name.replace("__", "|meta:"): str(one) for name, one in amounts.items()}}]
    )


def whose(found, *, route=ROUTE, now=START, sender=Budget(), day=Budget()):  # noqa: B008  (values)
    return used_up(route, Usages(), found, now, Policy(), sender=sender, day=day)


def test_a_budget_of_a_sender_is_its_own_and_one_of_a_day_is_that_of_all():
    found = spent(said__1=2, said__2=1)

    assert whose(found, sender=Budget(messages=2)) is Whose.SENDER
    assert whose(found, route=OTHER, sender=Budget(messages=2)) is None
    assert whose(found, route=OTHER, day=Budget(messages=3)) is Whose.DAY
    assert whose(found, day=Budget(messages=4)) is None
    assert whose(found) is None


def test_what_was_spent_on_another_day_counts_nothing():
    found = spent(said__1=2)

    assert whose(found, now=START + timedelta(days=1), sender=Budget(messages=2)) is None


def test_money_counts_in_the_currency_of_the_budget():
    found = spent(USD__1=999_999, EUR__1=5_000_000)

    assert whose(found, sender=Budget(cost=USD)) is None
    assert whose(spent(USD__1=600_000, USD__2=400_000), day=Budget(cost=USD)) is Whose.DAY


def test_shards_add_up_and_what_is_no_number_counts_nothing():
    found = Spent.read(
        [
            {"day": DAY, "said|meta:1": "2"},
            {"day": DAY, "said|meta:1": "x", "said": "7"},
            {"day": DAY, "said|meta:1": "9" * 5000},
            {},
        ]
    )

    assert whose(found, sender=Budget(messages=2)) is Whose.SENDER
    assert whose(found, sender=Budget(messages=3)) is None


class Deployment:
    """Some processes on some shards, which say something in turns."""

    def __init__(self, budget, *, shards, processes):
        self.clock = ManualClock()
        client = fakeredis.FakeRedis(decode_responses=True)
        self.stores = Stores.on(client, shards=shards, clock=self.clock)
        senders = Senders(usual=Sender(assistant=str), named={})
        self.processes = [
            Spending(
                AwaitedRunner(self.stores.run),
                SpendingStore(self.stores.keys),
                self.clock,
                Policy(),
                senders,
                budget,
            )
            for _ in range(processes)
        ]
        self.begun, self.said = 0, []

    def begins(self, process):
        """A turn begins; returns whether the assistant is asked."""
        found = asyncio.run(self.processes[process].used_up(ROUTE, Usages(), self.clock.now()))
        return found is None

    def commits(self, messages):
        self.begun += 1
        one = message(f"m{self.begun}", "x", customer=f"+20100{self.begun:07}")
        self.stores.mailboxes.receive([one])
        taken = self.stores.turns.take(one.conversation, holder="w", limit=1)
        result = turn_result(session=session(one.customer, route=ROUTE), said=messages)
        self.stores.turns.commit(one.conversation, taken.lease, result)
        self.said.append((self.clock.now(), messages))

    def said_before(self, moment):
        return sum(messages for at, messages in self.said if at <= moment)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("turn"), st.integers(0, 2), st.integers(1, 3)),
        st.tuples(st.just("waits"), st.sampled_from([100, 400, 900, 1000, 5000])),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS, limit=st.integers(1, 12))
def test_no_turn_is_answered_a_second_after_the_budget_was_used_up_and_none_is_refused_before(steps, limit):
    deployment = Deployment(Budget(messages=limit), shards=3, processes=3)
    for what, first, *rest in steps:
        if what == "waits":
            deployment.clock.move(milliseconds=first)
            continue
        now = deployment.clock.now()
        if deployment.begins(first):
            assert deployment.said_before(now - FRESH_FOR) < limit
            deployment.commits(rest[0])
        else:
            assert deployment.said_before(now) >= limit


class Away:
    """A runner whose server is away."""

    def __init__(self):
        self.asked = 0

    async def __call__(self, work):
        self.asked += 1
        work.close()
        raise StoreUnavailable("spent: ConnectionError")


def test_a_server_that_is_away_holds_up_no_answer_and_is_asked_once_a_second():
    deployment = Deployment(Budget(messages=1), shards=1, processes=1)
    (process,) = deployment.processes
    deployment.commits(1)
    assert not deployment.begins(0)

    process.run = Away()
    for _ in range(3):
        assert not deployment.begins(0)  # what was read last counts
        deployment.clock.move(milliseconds=600)
    assert process.run.asked == 1


def test_without_such_a_budget_nothing_is_read():
    deployment = Deployment(Budget(), shards=1, processes=1)
    deployment.processes[0].run = Away()

    assert deployment.begins(0)
    assert deployment.processes[0].run.asked == 0


def test_a_key_of_a_wrong_type_is_put_aside_with_the_next_turn():
    deployment = Deployment(Budget(messages=2), shards=1, processes=1)
    deployment.stores.client.set("spent", "x")
    assert deployment.begins(0)

    deployment.commits(2)
    deployment.clock.move(seconds=1)

    assert not deployment.begins(0)
    assert [letter["place"] for letter in deployment.stores.dead()] == ["spent"]
