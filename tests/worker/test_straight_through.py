"""A message that is alone goes straight through one process: what that costs is counted where it is paid."""

from collections import Counter
from itertools import takewhile

import pytest

from session.clock import SystemClock
from tests.bench import people
from tests.bench.accepting import Accepting, accepting
from tests.bench.ground import META_SENDER
from tests.clocks import ManualClock
from tests.fakes import RecordingWaker
from tests.stores import Stores
from tests.valkey import until
from worker.app import build
from worker.composition import bootstrap
from worker.settings import WorkerSettings

SETTINGS = {"assistant": "worker.assistants.echo:assistant", "meta_phone_number_id": META_SENDER}
#: What a message costs in the worker.
LONE = {"take_intake": 1, "receive": 1, "take_turn": 1, "commit_turn": 1, "settle_delivery": 1}


def is_not_the_end(heard):
    return not heard["command"].startswith("ECHO")


class System:
    """A worker process without a broker, and what it asks the server for."""

    def __init__(self, client, *, prepare=lambda app: None, **settings):
        self.client, self.waker = client, RecordingWaker()
        own = WorkerSettings(_env_file=None, **SETTINGS, **settings)
        self.app = build(own, lambda _: self.services)
        prepare(self.app)
        bare = bootstrap(own, self.app, engine=self.app.engine, client=client, waker=self.waker)
        self.services = accepting(bare, Accepting())
        self.stores = Stores.on(client, policy=own.policy())

    def writes(self, customer, *, nth=0):
        """A customer writes; returns how many wake-ups the webhook publishes."""
        *_, (_, _, post) = people.posts(1, nth + 1, first=customer)
        stored = self.stores.intake.store(post.body, source="meta", now=SystemClock().now(), ordering_key="x")
        return int(stored is not None)

    def works(self):
        """The task does its work; returns which scripts were called."""
        scripts = {script.digest: name for name, script in self.stores.scripts.by_name.items()}
        with self.client.monitor() as heard:
            self.app.tasks["drain_intake"](0)
            until(lambda: self.app.engine.running == 0, "everything is done")
            self.client.echo("the end")
            told = [one for one in takewhile(is_not_the_end, heard.listen()) if one["client_type"] != "lua"]
        self.asked = asked = [one["command"].split() for one in told]
        return Counter(scripts[words[1]] for words in asked if words[0] == "EVALSHA")


@pytest.fixture
def start(valkey):
    started = []

    def start_worker(**options):
        worker = System(valkey, **options)
        started.append(worker)
        # So that the server knows the scripts, and who is connected has been.
        worker.writes(99)
        worker.works()
        worker.waker.taken()
        return worker

    yield start_worker
    for worker in started:
        worker.app.engine.stop(5, at_most=5)
    valkey.flushall()


def sent(worker):
    return [event["sent"] for event in worker.stores.events() if "sent" in event]


def test_a_lone_message_costs_one_wake_up_and_five_scripts(start):
    worker = start()
    assert worker.writes(1) == 1

    assert worker.works() == LONE

    assert worker.waker.taken() == []
    assert len(sent(worker)) == 2


def test_so_does_one_of_a_customer_who_is_known(start):
    worker = start()
    worker.writes(1)
    worker.works()

    worker.writes(1, nth=1)

    assert worker.works() == LONE


def test_messages_that_wait_together_share_the_drain(start):
    worker = start()
    for customer in range(3):
        worker.writes(customer)

    called = worker.works()

    turns = {"take_turn": 3, "commit_turn": 3, "settle_delivery": 3}
    assert called == {"take_intake": 1, "receive": 1, **turns}
    assert worker.waker.taken() == []


def test_a_process_that_does_not_send_wakes_one_that_does(start):
    def read_turns_only(app):
        app.amqp.queues.select(["wake.intake", "wake.turns"])

    worker = start(prepare=read_turns_only)
    worker.writes(1)

    called = worker.works()

    assert "settle_delivery" not in called
    assert [kind for kind, _ in worker.waker.taken()] == ["deliver"]


def test_a_budget_of_a_sender_costs_no_round_trip_and_no_script(start):
    worker = start(budget_sender_messages=1000, budget_day_cost="20 USD")
    spending = worker.services.turns.answerer.used_up.__self__
    spending.clock = clock = ManualClock()
    take = worker.stores.scripts.by_name["take_turn"].digest

    for nth, (later, reads) in enumerate([(1, 1), (0.4, 0), (0.6, 1)]):
        clock.move(seconds=later)
        worker.writes(1, nth=nth)
        assert worker.works() == LONE
        read = [place for place, words in enumerate(worker.asked) if words == ["HGETALL", "spent"]]
        assert len(read) == reads
        # Right behind what takes the turn, in the same write.
        assert all(worker.asked[place - 1][1] == take for place in read), worker.asked
