"""A hook does not wait for the sweep: who has written an event lets it be sent, without waiting for that."""

import asyncio
import json
from base64 import b64encode
from functools import partial
from types import SimpleNamespace

import pytest

from session.clock import SystemClock
from session.store import AwaitedRunner
from tests.bench import people
from tests.bench.accepting import Accepting, accepting
from tests.bench.ground import META_SENDER
from tests.fakes import ManualAlarms, RecordingWaker
from tests.stores import Stores
from tests.valkey import until
from worker.app import build
from worker.composition import bootstrap
from worker.hooks.looking import Looks
from worker.settings import WorkerSettings

SECRET = "whsec_" + b64encode(b"k" * 32).decode()
A, B = "whatsapp:+201", "whatsapp:+202"


class Process:
    """One process that writes events of the bench's deployment."""

    def __init__(self, bench):
        self.bench, self.waker, self.alarms, self.begun = bench, RecordingWaker(), ManualAlarms(), []
        self.works = SimpleNamespace(stopping=False, beside=self.begun.append)
        self.looks = Looks(
            run=AwaitedRunner(bench.stores.run),
            store=bench.stores.hooks.bare,
            keys=bench.stores.keys,
            hooks=["crm"],
            waker=self.waker,
            works=self.works,
            call_later=self.alarms.call_later,
        )

    def writes(self, conversation=A):
        self.bench.happens(conversation)
        self.looks.tell(conversation)

    def looks_now(self):
        """Whatever was begun is done; returns how many looks that were, and what was woken."""
        begun, self.begun[:] = list(self.begun), []
        for look in begun:
            asyncio.run(look())
        return len(begun), self.waker.taken()


def test_the_first_event_wakes_the_hook_at_once(bench):
    process = Process(bench)

    process.writes()

    assert process.looks_now() == (1, [("hook", "0|crm")])
    bench.send()
    assert len(bench.ids) == 1


def test_whatever_follows_within_a_second_is_one_look_at_its_end(bench):
    process = Process(bench)
    process.writes()
    process.looks_now()
    bench.send()

    for _ in range(100):
        process.writes()
    assert process.looks_now() == (0, [])
    assert process.alarms.seconds == [1.0]
    process.alarms.go_off()
    assert process.looks_now() == (1, [("hook", "0|crm")])

    process.alarms.go_off()
    assert process.looks_now() == (0, [])
    assert process.alarms.waiting == []


def test_a_process_that_stops_leaves_the_rest_to_the_sweep(bench):
    process = Process(bench)
    process.writes()
    process.looks_now()
    process.writes()
    process.works.stopping = True

    process.alarms.go_off()
    process.writes()

    assert process.looks_now() == (0, [])
    assert process.alarms.waiting == []


def test_two_processes_wake_it_once(bench):
    one, other = Process(bench), Process(bench)
    one.writes()
    other.writes()

    assert [one.looks_now(), other.looks_now()] == [(1, [("hook", "0|crm")]), (1, [])]


def test_a_lost_wake_up_is_the_next_sweeps(bench):
    process = Process(bench)
    process.writes()
    process.looks_now()

    assert bench.sweep()
    assert len(bench.ids) == 1


def test_a_hook_whose_receiver_is_away_is_not_woken_by_what_happens(bench):
    bench.receiver.refuses = lambda _: "it answers 503"
    bench.happens()
    bench.sweep()
    process = Process(bench)

    process.writes(B)

    assert process.looks_now() == (1, [])


def test_a_hook_that_is_sending_is_not_woken_it_looks_again_by_itself(bench):
    bench.happens()
    found = []

    def meanwhile():
        bench.receiver.meanwhile = lambda: None
        bench.happens(B)
        found.append(bench.stores.hooks.look(0, ["crm"]))

    bench.receiver.meanwhile = meanwhile
    bench.send()

    assert found == [[]]
    assert len(bench.ids) == 2


# -- a whole process, with its own loop


@pytest.fixture
def start(valkey):
    """Start a worker without a broker; returns it, and how a customer writes."""
    apps, waker = [], RecordingWaker()

    def start(**settings):
        own = WorkerSettings(
            _env_file=None,
            assistant="worker.assistants.echo:assistant",
            meta_phone_number_id=META_SENDER,
            **settings,
        )
        app = build(own, lambda _: here)
        bare = bootstrap(own, app, engine=app.engine, client=valkey, waker=waker)
        here, stores = accepting(bare, Accepting()), Stores.on(valkey, policy=own.policy())
        apps.append(app)

        def write():
            *_, (_, _, post) = people.posts(1, 1, first=1)
            stores.intake.store(post.body, source="meta", now=SystemClock().now(), ordering_key="x")
            here.works.hand_over([partial(here.intake.drain, 0)])
            until(lambda: app.engine.running == 0, "the customer is answered")

        return stores, waker, write

    yield start
    for app in apps:
        app.engine.stop(5, at_most=5)
    valkey.flushall()


def test_a_turn_and_its_reply_wake_the_hooks_of_their_shard(start):
    stores, waker, write = start(hook_url="https://crm.example/", hook_secret=SECRET)
    stores.hooks.look(0, ["default"])

    write()

    until(lambda: ("hook", "0|default") in waker.woken, "the hook is woken")
    taken = stores.hooks.take(0, "default", holder="h", limit=10)
    assert json.loads(taken.records[0].fields["received"])


def test_without_hooks_nobody_looks(start):
    stores, waker, write = start()

    write()

    assert [kind for kind, _ in waker.woken if kind == "hook"] == []
    assert stores.client.keys("*hook*") == []
