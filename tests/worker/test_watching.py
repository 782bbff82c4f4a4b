"""Looking through saved searches after a load: who has news is rung, page by page, and again if something fails."""

import asyncio
import json
from datetime import timedelta

import pytest

from session.errors import StoreFull, StoreUnavailable
from session.keys import Keys
from session.policy import Policy
from session.store import AwaitedRunner, IntakeStore, Runner, Together, WatchStore
from session.timer_changes import planned
from session.timers import Planned
from tests.clocks import START, ManualClock
from tests.fakes import RecordingWaker
from tests.stores import Stores, scripts_by
from tests.values import ROUTE, message, session, turn_result
from worker.assistants.catalogue import load, open_catalogue
from worker.assistants.catalogue.watches import TIMER
from worker.engine import AtOnce
from worker.watching import Watcher

HEAD = "id,type,location,price\n"
WAITS_FOR = {
    "villa": [{"kind": "properties", "filters": {"propertyType": "villa"}, "since": "2026"}],
    "flat": [{"kind": "properties", "filters": {"propertyType": "apartment"}, "since": "2026"}],
}


class Bench:
    """A worker with a catalogue, and some customers who wait."""

    def __init__(self, client, folder, *, shards=1):
        self.clock, self.folder, self.minutes = ManualClock(), folder, 0
        self.stores = Stores.on(client, shards=shards, clock=self.clock)
        self.load("V0,villa,Maadi,9000000\n")
        self.catalogue = open_catalogue(folder)
        self.slept = []

    def load(self, *rows):
        self.minutes += 1
        (self.folder / "p.csv").write_text(HEAD + "".join(rows), encoding="utf-8")
        load(self.folder / "p.csv", "properties", self.folder, now=START + timedelta(minutes=self.minutes))

    def watcher(self) -> Watcher:
        parts = (scripts_by(self.clock), self.stores.keys, Policy())

        async def sleep(seconds):
            self.slept.append(seconds)
            await asyncio.sleep(0)

        return Watcher(
            run=AwaitedRunner(Runner(self.stores.client)),
            store=WatchStore(*parts),
            intake=IntakeStore(*parts),
            catalogue=self.catalogue,
            waker=RecordingWaker(),
            works=AtOnce(),
            clock=self.clock,
            shards=self.stores.keys.shards,
            sleep=sleep,
        )

    def waits(self, number: int, payload) -> str:
        own = session(f"+2010{number:08}", route=ROUTE, last_activity=START)
        said = message(f"m{number}", customer=own.customer_id, received_at=1)
        self.stores.mailboxes.receive([said])
        taken = self.stores.turns.take(own.conversation, holder="w")
        at = START + timedelta(days=180)
        plan = Planned(name=TIMER, at=at, meant=at, data=json.dumps(payload))
        timers = planned(taken.timers, (), {TIMER: plan}, own, turn=f"t{number}", now=START)
        self.stores.turns.commit(own.conversation, taken.lease, turn_result(1, session=own, timers=timers))
        return own.conversation

    def rung(self) -> list[str]:
        """The customers whose timers are to ring, from what waits in the intake."""
        keys = self.stores.keys
        bodies = [
            fields["body"]
            for shard in range(keys.shards)
            for _, fields in self.stores.client.xrange(keys.shard(shard).intake)
        ]
        return sorted(json.loads(body)["customer"] for body in bodies)


@pytest.fixture(params=[1, 3])
def bench(request, valkey, tmp_path):
    one = Bench(valkey, tmp_path, shards=request.param)
    yield one
    one.catalogue.close()


def test_after_a_load_those_with_news_are_rung(bench):
    villas = [bench.waits(number, WAITS_FOR["villa"]) for number in range(5)]
    bench.waits(9, WAITS_FOR["flat"])
    bench.waits(8, "nonsense")
    watcher = bench.watcher()
    watcher.begin()

    assert bench.rung() == sorted(name.removeprefix("whatsapp:") for name in villas)
    assert len(bench.slept) == len(villas)
    watcher.begin()
    assert len(bench.rung()) == len(villas)
    # A process that starts later knows that the load was looked through.
    bench.watcher().begin()
    assert len(bench.rung()) == len(villas)


def test_the_timers_of_a_page_are_read_in_one_round_trip():
    page = WatchStore(scripts_by(ManualClock()), Keys(), Policy()).timers(0, TIMER, 0)
    next(page)
    asked = page.send((0, ["whatsapp:+201", "whatsapp:+202"]))
    assert isinstance(asked, Together)
    assert len(asked.works) == 2


def test_a_later_load_is_looked_through_again(bench):
    bench.waits(1, WAITS_FOR["flat"])
    watcher = bench.watcher()
    watcher.begin()
    assert bench.rung() == []
    bench.load("A1,apartment,Maadi,5000000\n")
    watcher.begin()
    assert len(bench.rung()) == 1


def test_while_the_server_is_full_it_waits(bench, monkeypatch):
    bench.waits(1, WAITS_FOR["villa"])
    watcher, tries = bench.watcher(), []
    store = watcher.intake.store

    def full_at_first(*args, **fields):
        tries.append(1)
        if len(tries) < 3:
            raise StoreFull(99, 90)
        return store(*args, **fields)

    monkeypatch.setattr(watcher.intake, "store", full_at_first)
    watcher.begin()
    assert len(bench.rung()) == 1
    assert bench.slept[:2] == [10, 10]


def test_a_server_that_is_away_is_asked_again_later(bench, monkeypatch):
    bench.waits(1, WAITS_FOR["villa"])
    watcher = bench.watcher()
    timers = watcher.store.timers

    def away(*_):
        raise StoreUnavailable("down")

    monkeypatch.setattr(watcher.store, "timers", away)
    watcher.begin()
    assert bench.rung() == []
    monkeypatch.setattr(watcher.store, "timers", timers)
    watcher.begin()
    assert len(bench.rung()) == 1


def test_a_process_that_stops_leaves_the_rest_to_another(bench, monkeypatch):
    bench.waits(1, WAITS_FOR["villa"])
    watcher = bench.watcher()
    monkeypatch.setattr(watcher.works, "stopping", True, raising=False)
    watcher.begin()
    assert bench.rung() == []
    bench.watcher().begin()
    assert len(bench.rung()) == 1


def test_without_records_nothing_is_looked_through(valkey, tmp_path):
    bench = Bench(valkey, tmp_path)
    bench.catalogue = open_catalogue(tmp_path / "empty")
    bench.watcher().begin()
    assert valkey.hgetall(Keys().shard(0).looked) == {}
