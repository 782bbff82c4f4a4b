"""What the desk reads: bounded, in the right order, in every shard, and without a trace."""

import pytest

from session.conversations import conversation_of
from session.keys import Keys
from session.messages import DeliveryState
from session.records import to_ms
from session.store import DeskStore
from tests.clocks import START
from tests.stores import Stores, at_once, everything
from tests.values import CONVERSATION, OTHER, session

NAMES = [conversation_of(f"+2010000000{number:02}") for number in range(20)]


@pytest.fixture(params=[1, 4], ids=["one shard", "four shards"])
def keys(request):
    return Keys(request.param)


@pytest.fixture
def desk(redis, keys):
    return at_once(redis, DeskStore(keys))


def keep(redis, keys, name, **fields):
    one = session(name, **fields)
    redis.set(keys.of(name).session, one.to_json(), pxat=to_ms(START) + 1_000_000)
    return one


def test_waiting_conversations_are_listed_longest_wait_first(redis, keys, desk):
    for number, name in enumerate(NAMES):
        redis.zadd(keys.of(name).shared.waiting, {name: 1000 - number})

    found = desk.waiting(limit=3)

    assert list(found.since.items()) == [(NAMES[19], 981), (NAMES[18], 982), (NAMES[17], 983)]
    assert found.total == 20


def test_recent_conversations_are_those_of_the_newest_events(redis, keys, desk):
    for number, name in enumerate([*NAMES, NAMES[0]], 1):
        redis.xadd(keys.of(name).shared.events, {"conversation": name}, id=f"{number}-0")
    redis.xadd(keys.shard(0).events, {"forgotten": "1"}, id="99-0")

    everybody, some = desk.recent(), desk.recent(limit=2)

    assert everybody.conversations == (NAMES[0], *reversed(NAMES[1:]))
    assert not everybody.cut
    assert some.conversations == (NAMES[0], NAMES[19])
    assert some.cut


def test_it_says_so_when_there_may_be_more_events(redis, desk):
    assert not desk.recent(events=4).cut
    desk_of_one = at_once(redis, DeskStore(Keys(1)))
    for number in range(5):
        redis.xadd("events", {"conversation": NAMES[number]})

    assert desk_of_one.recent(events=4).cut
    assert len(desk_of_one.recent(events=4).conversations) == 4


def test_records_are_read_together_and_those_that_are_not_there_are_left_out(redis, keys, desk):
    for name in NAMES[:3]:
        keep(redis, keys, name)

    assert set(desk.records(NAMES)) == set(NAMES[:3])
    assert desk.records([]) == {}


def test_a_sight_holds_everything_of_one_conversation_and_nothing_of_another(redis, keys, desk):
    own, shared = keys.of(CONVERSATION), keys.of(CONVERSATION).shared
    record = keep(redis, keys, CONVERSATION).to_json()
    redis.hset(own.deliveries, "t1.0", DeliveryState.SENT.value)
    redis.pexpireat(own.deliveries, to_ms(START))
    redis.rpush(own.mailbox, "a message")
    redis.rpush(own.outbox, "a delivery")
    redis.set(own.opt_out, "1")
    for name in (CONVERSATION, OTHER, CONVERSATION):
        redis.xadd(shared.events, {"conversation": name, "at": "1"})

    snapshot = desk.snapshot(CONVERSATION)

    assert snapshot.record == record
    assert snapshot.expires_at == to_ms(START) + 1_000_000
    assert snapshot.deliveries == {"t1.0": "sent"}
    assert (snapshot.mailbox, snapshot.outbox, snapshot.opted_out) == (("a message",), ("a delivery",), True)
    assert [event.conversation for event in snapshot.events] == [CONVERSATION] * 2


def test_of_a_conversation_that_is_not_kept_nothing_is_seen(desk):
    snapshot = desk.snapshot(CONVERSATION)

    assert (snapshot.record, snapshot.expires_at, snapshot.deliveries, snapshot.mailbox) == ("", 0, {}, ())
    assert not snapshot.opted_out


def test_a_part_of_a_number_is_looked_for_in_every_shard(redis, keys, desk):
    for name in NAMES:
        keep(redis, keys, name)
    keep(redis, keys, conversation_of("+201000000007", "estate"))
    redis.set("session-of-somebody-else:whatsapp:+201000000007", "x", ex=10)

    found = desk.find("0000007")

    assert set(found.conversations) == {NAMES[7], "whatsapp:estate:+201000000007"}
    assert not found.cut


def test_a_search_that_finds_too_much_stops_and_says_so(redis, keys, desk):
    for name in NAMES:
        keep(redis, keys, name)

    found = desk.find("2010", limit=5)

    assert len(found.conversations) == 5
    assert found.cut


def test_a_scope_or_a_channel_is_not_searched_as_a_number(redis, keys, desk):
    keep(redis, keys, conversation_of("+201000000001", "estate"))

    assert desk.find("whatsapp").conversations == ()
    assert desk.find("estate").conversations == ()


def test_reading_leaves_no_trace(redis, keys, desk):
    for name in NAMES:
        keep(redis, keys, name)
        redis.zadd(keys.of(name).shared.waiting, {name: 1})
    before = everything(redis)

    desk.waiting()
    desk.recent()
    desk.records(NAMES)
    desk.snapshot(CONVERSATION)
    desk.find("20")

    assert everything(redis) == before


def test_a_key_of_a_wrong_type_hides_nothing_else(redis, clock):
    stores = Stores.on(redis)
    stores.sessions.update(session(), was="", now=clock.now())
    own = stores.keys.of(CONVERSATION)
    redis.set(own.mailbox, "no list", ex=60)
    redis.set(own.deliveries, "no hash", ex=60)

    snapshot = at_once(stores.client, DeskStore(stores.keys)).snapshot(CONVERSATION)

    assert (snapshot.mailbox, snapshot.deliveries) == ((), {})
    assert snapshot.record


def test_recent_conversations_of_an_earlier_page_stay_what_they_were(redis):
    desk = at_once(redis, DeskStore(Keys(1)))
    for number, name in enumerate(NAMES[:3], 1):
        redis.xadd("events", {"conversation": name}, id=f"{number}-0")
    first = desk.recent()
    redis.xadd("events", {"conversation": NAMES[9]}, id="4-0")

    assert first.until == 3
    assert desk.recent(until=first.until).conversations == first.conversations
    assert desk.recent().conversations[0] == NAMES[9]


def test_a_message_of_a_client_is_found_wherever_it_is(redis, keys, desk):
    own = keys.of(CONVERSATION)
    one = keep(redis, keys, CONVERSATION)

    nothing = desk.send(OTHER, "api-1")
    assert (nothing.record, nothing.known, nothing.unread, nothing.waiting) == ("", False, 0, 0)
    redis.xadd(own.shared.intake, {"body": "{}"})
    redis.zadd(own.seen, {"api-1": 1})
    redis.rpush(own.mailbox, "an action")
    redis.rpush(own.outbox, "a delivery", "another")
    redis.hset(own.deliveries, "api-1.0", "sent")
    redis.set(own.opt_out, "1")
    redis.expire(own.seen, 60)
    redis.expire(own.deliveries, 60)

    found = desk.send(CONVERSATION, "api-1")

    assert (found.record, found.known, found.unread, found.opted_out) == (one.to_json(), True, 1, True)
    assert (found.mailbox, found.outbox, found.waiting) == (("an action",), ("a delivery", "another"), 3)
    assert found.deliveries == {"api-1.0": "sent"}
    assert not desk.send(CONVERSATION, "api-2").known
