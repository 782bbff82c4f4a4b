"""Pauses: every process knows which senders are paused, and why."""

import pytest
import redis as redis_py

from session.errors import StoreUnavailable
from session.joining import Alias
from session.pauses import Pause, pause_of, sender_of
from session.records import to_ms
from session.store import shared_secret
from tests.stores import Stores
from tests.valkey import OPTIONS
from tests.values import CONVERSATION, ROUTE, message

SENDER = "meta:106540352242922"


def test_a_paused_sender_says_until_when_and_why(stores, clock):
    stores.pauses.pause(ROUTE, until=clock.now(), code="190", words="token expired")

    pause = Pause(until=to_ms(clock.now()), code="190", words="token expired")
    assert stores.pauses.all() == {SENDER: pause}
    assert pause_of(stores.pauses.all(), ROUTE) == pause
    assert pause_of({}, ROUTE) is None
    assert sender_of(ROUTE) == SENDER


def test_a_sender_that_is_paused_again_has_the_newer_reason(stores, clock):
    stores.pauses.pause(ROUTE, until=clock.now(), code="190", words="token expired")
    stores.pauses.pause(ROUTE, until=clock.move(minutes=1), code="368", words="blocked")

    assert stores.pauses.all()[SENDER].code == "368"


def test_a_resumed_sender_is_free_and_only_that_one(stores, clock):
    other = ROUTE.model_copy(update={"sender": "2"})
    stores.pauses.pause(ROUTE, until=clock.now(), code="190", words="")
    stores.pauses.pause(other, until=clock.now(), code="190", words="")

    assert stores.pauses.resume(SENDER) is True
    assert stores.pauses.resume(SENDER) is False
    assert set(stores.pauses.all()) == {"meta:2"}


def test_every_shard_knows_of_a_pause_and_of_its_end(redis, clock):
    stores = Stores.on(redis, shards=3)

    stores.pauses.pause(ROUTE, until=clock.now(), code="190", words="")
    assert sorted(redis.scan_iter()) == ["{s0}:paused", "{s1}:paused", "{s2}:paused"]

    stores.pauses.resume(SENDER)
    assert list(redis.scan_iter()) == []


def test_an_opt_out_under_a_name_that_leads_elsewhere_holds_there(stores):
    stores.mailboxes.receive([message("m1", also=("US.77ab",))])
    left = "whatsapp:US.77ab"

    assert stores.pauses.opt_out(left) is True
    assert stores.pauses.opt_out(CONVERSATION) is False

    assert not stores.client.exists(stores.keys.of(left).opt_out)
    assert [event["conversation"] for event in stores.events() if "consent" in event] == [CONVERSATION]


def test_names_that_lead_in_a_circle_hold_no_opt_out_up(stores):
    names = ["US.77ab", "US.88cd"]
    for name, other in zip(names, reversed(names), strict=True):
        leads = Alias(target=other, since=1).to_json()
        stores.client.set(stores.keys.of(f"whatsapp:{name}").alias, leads, ex=60)

    assert stores.pauses.opt_out(f"whatsapp:{names[0]}") is True
    stores.client.flushall()


def test_an_opt_out_moves_with_what_still_waits_to_be_sent(stores):
    left = stores.keys.of("whatsapp:US.77ab")
    stores.client.rpush(left.outbox, "a reply")
    stores.mailboxes.receive([message("m1", also=("US.77ab",))])

    stores.pauses.opt_out(left.conversation)

    assert stores.client.exists(left.opt_out)
    stores.forgetting.forget(left.conversation)
    stores.forgetting.forget(CONVERSATION)


def test_an_opt_out_at_the_provider_is_an_event_once(stores, clock):
    assert stores.pauses.opt_out(CONVERSATION, now=clock.now()) is True
    assert stores.pauses.opt_out(CONVERSATION, now=clock.move(minutes=1)) is False

    assert stores.events() == [
        {"conversation": CONVERSATION, "at": stores.client.get(f"optout:{CONVERSATION}"), "consent": "out"}
    ]


def test_a_store_that_is_away_is_named_as_such(tmp_path, clock):
    stores = Stores.on(redis_py.Redis(unix_socket_path=str(tmp_path / "nothing"), retry=None, **OPTIONS))

    for call in (
        lambda: stores.pauses.pause(ROUTE, until=clock.now(), code="", words=""),
        lambda: stores.pauses.resume(SENDER),
        stores.pauses.all,
        lambda: stores.run(shared_secret(stores.keys, fresh="")),
        lambda: stores.sessions.read("whatsapp:+1", now=clock.now()),
        lambda: stores.sessions.read_many(["whatsapp:+1"]),
        lambda: list(stores.sessions.conversations()),
    ):
        with pytest.raises(StoreUnavailable):
            call()
