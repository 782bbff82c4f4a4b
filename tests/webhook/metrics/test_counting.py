"""The counters: each event is counted once, whoever counts, and none is lost to the cap of the stream."""

from datetime import timedelta

import pytest

from session.keys import Keys
from session.store import CounterStore, DeadStore
from tests.stores import Stores, at_once, scripts_by
from tests.values import CONVERSATION, OTHER, message, turn_result
from tests.webhook.metrics.scraping import Scraper


@pytest.fixture
def counters(stores: Stores) -> CounterStore:
    return at_once(stores.client, CounterStore(scripts_by(), stores.keys))


def turn(stores, clock, id_="m1"):
    stores.mailboxes.receive([message(id_)], now=clock.now())
    taken = stores.turns.take(CONVERSATION, holder="w1", now=clock.now())
    stores.turns.commit(CONVERSATION, taken.lease, turn_result(), now=clock.now())


def test_each_event_is_counted_once(stores, clock, counters):
    for n in range(3):
        turn(stores, clock, f"m{n}")

    assert counters.fold(0, now=clock.now()) == 3
    assert counters.fold(0, now=clock.now()) == 0
    turn(stores, clock, "m4")
    assert counters.fold(0, now=clock.now()) == 1
    assert counters.queue_statistics(0, now=clock.now()).counts["turns"] == 4


def test_of_two_concurrent_counts_one_continues_after_the_other(stores, clock):
    turn(stores, clock)
    inner = at_once(stores.client, CounterStore(scripts_by(), stores.keys))

    class Interrupted(CounterStore):
        """Somebody else counts between its look and its write."""

        def _add(self, key, last, page):
            inner.fold(0, now=clock.now())
            return (yield from super()._add(key, last, page))

    assert stores.run(Interrupted(stores.scripts, stores.keys).fold(0)) == 0
    assert inner.queue_statistics(0, now=clock.now()).counts["turns"] == 1


def test_more_events_than_one_page_are_all_counted(stores, clock, counters):
    for n in range(1234):
        stores.client.xadd("events", {"received": "[]", "at": str(n)})

    assert counters.fold(0, now=clock.now()) == 1234


def test_a_call_does_not_take_for_ever(stores, clock, counters):
    for n in range(1100):
        stores.client.xadd("events", {"received": "[]", "at": str(n)})

    assert counters.fold(0, now=clock.now(), pages=1) == 500
    assert counters.fold(0, now=clock.now()) == 600


def test_the_sweep_counts_before_the_cap_of_the_stream_takes_the_oldest(tell):
    story = tell()
    for n in range(30):
        story.says(f"message {n}")
        story.waits(seconds=2)
        story.redis.xtrim("events", maxlen=0, approximate=False)

    assert Scraper(story).figures()["inturn_turns_total",] == 30


def test_the_figures_of_all_shards_are_one_sum(redis, clock):
    stores = Stores.on(redis, shards=16)
    counters = at_once(stores.client, CounterStore(scripts_by(), stores.keys))
    for n, conversation in enumerate((CONVERSATION, OTHER)):
        customer = conversation.removeprefix("whatsapp:")
        stores.mailboxes.receive([message(f"m{n}", customer=customer)], now=clock.now())
    waiting = [counters.queue_statistics(shard, now=clock.now()).mailboxes.count for shard in range(16)]

    assert sorted(waiting)[-2:] == [1, 1]
    assert sum(waiting) == 2


def test_what_waits_is_counted_by_the_second_it_came(stores, clock, counters):
    begun = clock.now()
    stores.mailboxes.receive([message("m1"), message("m2")], now=clock.now())
    later = message("m3", received_at=int((begun + timedelta(seconds=90)).timestamp() * 1000))
    stores.mailboxes.receive([later], now=clock.now())

    found = counters.queue_statistics(0, now=clock.now()).mailboxes
    assert (found.count, found.oldest_at) == (3, int(begun.timestamp() * 1000))


def test_what_was_never_counted_in_is_not_counted_below_zero(stores, clock, counters):
    # Given a reply that was queued by a worker of an older version
    stores.client.xadd("events", {"delivery": "t1.0", "sent": "p", "at": "1", "queued": "4102488000000"})

    counters.fold(0, now=clock.now())

    assert counters.queue_statistics(0, now=clock.now()).outboxes.count == 0
    assert stores.client.hgetall("tally").keys() == {"last", "replies|unknown|sent"}


def test_a_dead_letter_that_is_put_back_waits_again(tell):
    story = tell()
    story.phone.post("/simulator/faults", json={"channel": "meta", "mode": "reject", "count": 1})
    story.says("hello")
    store = at_once(story.redis, DeadStore(scripts_by(), Keys()))
    (letter,) = store.all()

    assert store.revive(letter, now=story.clock.now())

    figures = Scraper(story).figures()
    assert figures["inturn_letters_revived_total", "kind=reply"] == 1
    assert figures["inturn_waiting", "queue=outboxes"] == 1
    story.sweep()
    figures = Scraper(story).figures()
    assert figures["inturn_waiting", "queue=outboxes"] == 0
    assert figures["inturn_replies_total", "channel=meta", "outcome=sent"] == 1
