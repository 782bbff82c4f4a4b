"""For how long customers wait for a person today: counted from events, read only where a customer is told."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import fakeredis
import pytest

from session.errors import StoreUnavailable
from session.events import ActionTaken
from session.hours import ALWAYS, Hours
from session.reachable import Reachable, Waits
from session.store import AwaitedRunner, WaitStore
from session.wait_counts import KEPT_FOR, fields_of, waits_in
from tests.clocks import ManualClock
from tests.stores import Stores
from worker.senders import Sender
from worker.waits import WaitsToday, by_hours

MINUTE = timedelta(minutes=1)
CAIRO = Hours.of("Africa/Cairo")


class Deployment:
    """Some shards, and what agents answer there."""

    def __init__(self, *, shards: int = 1) -> None:
        self.clock = ManualClock()
        client = fakeredis.FakeRedis(decode_responses=True)
        self.stores = Stores.on(client, shards=shards, clock=self.clock)
        self.reads = 0
        store = WaitStore(self.stores.keys)

        class Counted:
            def today(_, *about: Any) -> Any:  # noqa: N805
                self.reads += 1
                return store.today(*about)

        self.waits = WaitsToday(AwaitedRunner(self.stores.run), Counted())  # type: ignore[arg-type]
        self.answers = 0

    def answers_after(self, *waits: timedelta, scope: str = "") -> None:
        """Agents answer customers who have waited so long; the sweep counts it."""
        for wait in waits:
            self.answers += 1
            name = f"whatsapp:{scope}:+2010{self.answers:08}" if scope else f"whatsapp:+2010{self.answers:08}"
            ms = wait // timedelta(milliseconds=1)
            self.stores.client.xadd(
                self.stores.keys.of(name).shared.events,
                ActionTaken(action="answer", action_id=str(self.answers), waited=ms).concerning(name)
                | {"at": str(int(self.clock.now().timestamp() * 1000))},
            )
        for shard in range(self.stores.keys.shards):
            self.stores.counters.fold(shard, swept=self.clock.now())

    def tells(self, sender: Sender | None = None, *, told: bool = True) -> Reachable:
        sender = sender or Sender(assistant=lambda _: None)
        return asyncio.run(self.waits.reachable(sender, self.clock.now(), told=told))


def test_it_is_the_mean_of_the_day_over_all_shards():
    deployment = Deployment(shards=4)

    deployment.answers_after(*[4 * MINUTE] * 5, *[10 * MINUTE] * 5)

    assert deployment.tells().wait == 7 * MINUTE


def test_each_scope_has_its_own_people():
    deployment = Deployment()
    deployment.answers_after(*[4 * MINUTE] * 5, scope="estate")
    club = Sender(assistant=lambda _: None, scope="club")
    estate = Sender(assistant=lambda _: None, scope="estate")

    assert (deployment.tells(club).wait, deployment.tells(estate).wait) == (None, 4 * MINUTE)


def test_yesterday_and_a_wait_over_night_say_nothing():
    deployment = Deployment()
    deployment.answers_after(*[9 * MINUTE] * 5)
    deployment.clock.move(hours=24)
    deployment.answers_after(*[timedelta(hours=13)] * 5)
    assert deployment.tells().wait is None

    deployment.answers_after(*[3 * MINUTE] * 5)
    deployment.clock.move(minutes=2)
    assert deployment.tells().wait == 3 * MINUTE


def test_what_is_not_needed_any_more_is_dropped():
    deployment = Deployment()
    deployment.answers_after(3 * MINUTE)
    counted = lambda: [name for name in deployment.stores.client.hkeys("tally") if "answered" in name]  # noqa: E731
    assert len(counted()) == 2

    deployment.clock.move(seconds=KEPT_FOR + 3600)
    deployment.answers_after()

    assert counted() == []


def test_an_ordinary_turn_reads_nothing_and_knows_what_was_read_a_while_ago():
    deployment = Deployment()
    deployment.answers_after(*[4 * MINUTE] * 5)

    assert deployment.tells(told=False).wait is None
    assert deployment.reads == 0

    assert deployment.tells().wait == 4 * MINUTE
    deployment.clock.move(minutes=10)
    assert deployment.tells(told=False).wait == 4 * MINUTE
    assert deployment.reads == 1

    deployment.clock.move(minutes=10)
    assert deployment.tells(told=False).wait is None
    assert deployment.tells().wait == 4 * MINUTE
    assert deployment.reads == 2


def test_many_who_are_told_in_one_minute_cost_one_read():
    deployment = Deployment()

    for _ in range(5):
        deployment.tells()
    deployment.clock.move(seconds=-30)  # a clock that is set back makes it no newer
    deployment.tells()

    assert deployment.reads == 2


def test_who_is_away_is_not_waited_for_by_minutes_and_nothing_is_read():
    deployment = Deployment()
    away = Sender(assistant=lambda _: None, hours=Hours.of("UTC", business={"mon": "00:00-00:01"}))

    found = deployment.tells(away)

    assert found.opens_at is not None
    assert (found.wait, deployment.reads) == (None, 0)
    assert asyncio.run(by_hours(away, deployment.clock.now(), told=True)) == found


def test_a_server_that_is_away_leaves_it_unknown():
    deployment = Deployment()

    class Away:
        async def __call__(self, _work: Any) -> Any:
            raise StoreUnavailable("gone")

    deployment.waits.run = Away()  # type: ignore[assignment]

    assert deployment.tells() == Reachable()


def test_a_key_of_a_wrong_type_leaves_it_unknown():
    deployment = Deployment()
    deployment.stores.client.delete("tally")
    deployment.stores.client.set("tally", "x")

    assert deployment.tells().wait is None


@pytest.mark.parametrize(
    ("hours", "at", "count"),
    [
        (ALWAYS, datetime(2026, 12, 3, 0, 30, tzinfo=UTC), 1),
        (ALWAYS, datetime(2026, 12, 3, 9, 30, tzinfo=UTC), 10),
        # Half past midnight in Cairo.
        (CAIRO, datetime(2026, 12, 2, 22, 30, tzinfo=UTC), 1),
    ],
)
def test_a_day_begins_at_midnight_by_the_clock_of_the_business(hours, at, count):
    assert len(fields_of("", hours, at)) == 2 * count


def test_what_is_no_number_counts_nothing():
    assert waits_in([["2", "x", None, "4000"], []]) == Waits(count=2, together=timedelta(seconds=4))
