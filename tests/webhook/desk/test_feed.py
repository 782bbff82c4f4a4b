"""One reader of the event stream for all open pages, and none while no page is open."""

from collections.abc import Iterator

import pytest

from session.errors import StoreUnavailable
from session.event_records import EventRecord
from session.keys import Keys
from session.store import EventReader, Runner
from tests.valkey import until
from webhook.desk.feed import ANYTHING, ChangeFeed

HERE, THERE = "whatsapp:+201000000001", "whatsapp:+201000000002"


class ScriptedReader:
    """Reads what a test has put there; remembers how often it was begun."""

    def __init__(self) -> None:
        self.pages: list[list[str] | Exception] = []
        self.begun = 0
        self.looks = 0

    def __call__(self) -> "ScriptedReader":
        self.begun += 1
        return self

    def skip_all(self) -> None:
        pass

    def read(self) -> Iterator[EventRecord]:
        self.looks += 1
        page = self.pages.pop(0) if self.pages else []
        if isinstance(page, Exception):
            raise page
        return iter([EventRecord.of({"conversation": name} if name else {}, id="1-1") for name in page])


@pytest.fixture
def reader():
    return ScriptedReader()


@pytest.fixture
def feed(reader):
    feed = ChangeFeed(lambda made: made, reader, most=3)
    yield feed
    for page, listener in list(feed._listeners.items()):
        feed.leave(page, listener)
    until(lambda: not feed._thread, "the reader has ended")


def news(listener):
    """What a listener is told next."""
    return listener.wait(10)


def listening(feed, page="a"):
    listener = feed.listen(page)
    assert news(listener) == [ANYTHING], "what happened before it listened is not known"
    return listener


def test_nobody_reads_before_the_first_listener_and_after_the_last(feed, reader):
    assert reader.begun == 0

    listener = listening(feed)
    until(lambda: reader.looks > 1, "it looks again and again")
    feed.leave("a", listener)

    until(lambda: not feed._thread, "the reader has ended")
    listening(feed)
    assert reader.begun == 2


def test_an_event_reaches_every_listener(feed, reader):
    listeners = [feed.listen(page) for page in "abc"]
    for listener in listeners:
        news(listener)

    reader.pages.append([HERE, THERE, HERE])

    assert [news(listener) for listener in listeners] == [[HERE, THERE]] * 3
    assert reader.begun == 1


def test_an_event_without_a_conversation_may_concern_any(feed, reader):
    listener = listening(feed)

    reader.pages.append([""])

    assert news(listener) == [ANYTHING]


def test_too_many_listeners_are_turned_away_until_one_leaves(feed):
    first = listening(feed, "a")
    feed.listen("b")
    feed.listen("c")
    assert feed.listen("d") is None

    feed.leave("a", first)

    assert feed.listen("d") is not None


def test_a_page_that_listens_again_replaces_its_former_listener(feed):
    former = listening(feed, "a")
    feed.listen("b")
    feed.listen("c")

    present = feed.listen("a")

    assert former.ended
    assert former.wait(10) == []
    feed.leave("a", former)
    assert len(feed._listeners) == 3, "the former one leaves late, and takes nobody with it"
    assert present is not None


def test_a_slow_listener_is_told_to_look_at_everything(feed, reader):
    listener = listening(feed)

    listener.tell(str(number) for number in range(500))

    assert news(listener) == [ANYTHING]


def test_without_redis_it_waits_and_then_says_that_anything_may_have_changed(feed, reader, log):
    listener = listening(feed)

    reader.pages.append(StoreUnavailable("events: ConnectionError"))

    assert news(listener) == [ANYTHING]
    assert reader.begun == 2
    assert any("cannot read the events" in line for line in log)


def test_it_reads_all_shards(valkey):
    keys = Keys(4)
    feed = ChangeFeed(Runner(valkey), lambda: EventReader(keys), most=1)
    listener = listening(feed)

    names = [f"whatsapp:+2010000000{number:02}" for number in range(12)]
    for name in names:
        valkey.xadd(keys.of(name).shared.events, {"conversation": name, "at": "1"})
    told: list[str] = []
    until(lambda: told.extend(listener.wait(1)) or len(told) >= 12, "all have been told")

    assert sorted(told) == names
    feed.leave("a", listener)
    until(lambda: not feed._thread, "the reader has ended")
