"""note_statuses.lua: what a provider tells of a delivery later."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.conversations import conversation_of
from session.counters import fold
from session.event_records import EventRecord
from session.messages import DeliveryState, Status
from session.prices import Cost, Price, Priced
from session.records import to_ms
from tests.clocks import START
from tests.stores import RecordingRunner, Stores, everything
from tests.values import CONVERSATION, OTHER

#: How far each state is; `failed` may follow `sent`, and what arrived after all is further than `failed`.
ORDER = ["queued", "unknown", "cancelled", "sent", "failed", "delivered", "read"]
KEY = f"deliveries:{CONVERSATION}"


def status(state, delivery="t1.0", conversation=CONVERSATION, **fields):
    return Status(
        conversation=conversation,
        delivery=delivery,
        provider_id="wamid.OUT",
        state=DeliveryState(state),
        at=0,
        **fields,
    )


def test_the_first_word_is_news(stores, clock, policy):
    assert stores.statuses.note(status("sent"), now=clock.now()) is True

    held = everything(stores.client)
    assert held[KEY] == ({"t1.0": "sent"}, to_ms(clock.now() + policy.keep_for))
    assert stores.events() == [
        {
            "conversation": CONVERSATION,
            "at": str(to_ms(clock.now())),
            "delivery": "t1.0",
            "status": "sent",
        }
    ]


def test_whether_it_is_news_is_told_without_a_trace(stores, clock):
    failed = status("failed", code="131050")
    assert stores.statuses.is_new(failed) is True
    assert everything(stores.client) == {}

    stores.statuses.note(failed, now=clock.now())
    held = everything(stores.client)

    assert stores.statuses.is_new(failed) is False
    assert everything(stores.client) == held


def test_a_failure_says_why(stores, clock):
    stores.statuses.note(status("failed", code="131047", words="Re-engagement \udcff"), now=clock.now())

    (event,) = stores.events()
    assert (event["code"], event["words"]) == ("131047", "Re-engagement \udcff")


def test_a_delivery_that_the_provider_does_not_name_is_known_by_its_own_id(stores, clock):
    stores.statuses.note(status("sent", delivery=None), now=clock.now())

    assert stores.client.hgetall(KEY) == {"wamid.OUT": "sent"}


@pytest.mark.parametrize(("stands", "told"), list(product(ORDER, ORDER)))
def test_a_state_only_ever_moves_forward(stores, clock, stands, told):
    stores.statuses.note(status(stands), now=clock.now())
    before = everything(stores.client)

    news = stores.statuses.note(status(told), now=clock.now())

    assert news is (ORDER.index(told) > ORDER.index(stands))
    assert stores.client.hget(KEY, "t1.0") == max(stands, told, key=ORDER.index)
    assert news or everything(stores.client) == before


def test_every_state_has_its_place():
    assert set(ORDER) == set(DeliveryState)


def test_a_repeated_callback_is_ignored(stores, clock):
    assert stores.statuses.note(status("read"), now=clock.now()) is True
    before = everything(stores.client)

    assert stores.statuses.note(status("read"), now=clock.now()) is False
    assert everything(stores.client) == before


def test_the_newest_states_are_kept_up_to_a_cap(stores, clock):
    for n in range(130):
        stores.statuses.note(status("sent", delivery=f"t{n}.0"), now=clock.now())
        assert stores.client.hlen(KEY) <= 100

    assert list(stores.client.hgetall(KEY)) == [f"t{n}.0" for n in range(50, 130)]


def test_the_newest_states_are_kept_whatever_the_provider_calls_them(stores, clock):
    # Given ids as long as Meta's, beyond what a small hash keeps in order
    ids = [f"wamid.{n:03}" + "x" * 80 for n in range(130)]
    for id_ in ids:
        named = status("sent", delivery=None).model_copy(update={"provider_id": id_})
        stores.statuses.note(named, now=clock.now())

        kept = stores.client.hgetall(KEY)
        assert id_ in kept
        assert len(kept) <= 100


# -- many together


def test_many_statuses_are_noted_in_their_order_each_with_its_event(stores, clock):
    told = [
        status("sent"),
        status("sent", "t2.0", OTHER),
        status("read"),
        status("delivered"),
        status("sent", "t2.0"),
    ]

    news = stores.statuses.note_all(told, now=clock.now())

    assert news == [True, True, True, False, True]
    assert stores.client.hgetall(KEY) == {"t1.0": "read", "t2.0": "sent"}
    assert stores.client.hgetall(f"deliveries:{OTHER}") == {"t2.0": "sent"}
    events = [(one["conversation"], one["delivery"], one["status"]) for one in stores.events()]
    assert events == [
        (CONVERSATION, "t1.0", "sent"),
        (OTHER, "t2.0", "sent"),
        (CONVERSATION, "t1.0", "read"),
        (CONVERSATION, "t2.0", "sent"),
    ]


@given(told=st.lists(st.tuples(st.sampled_from(["t1.0", "t2.0"]), st.sampled_from(ORDER)), max_size=12))
def test_many_together_are_noted_as_one_after_the_other(valkey, told):
    stores = Stores.on(valkey)
    statuses = [status(state, id_) for id_, state in told]
    valkey.flushall()
    apart = (
        [stores.statuses.note(one, now=START) for one in statuses],
        stores.events(),
        everything(valkey).get(KEY),
    )
    valkey.flushall()

    together = stores.statuses.note_all(statuses, now=START), stores.events(), everything(valkey).get(KEY)

    assert together == apart


def test_a_script_takes_a_limited_number(valkey, clock):
    run = RecordingRunner(valkey)
    stores = Stores.on(valkey, run=run)
    told = [status("sent", f"t{n}.0", conversation_of(f"+2010{n:04}")) for n in range(150)]

    assert stores.statuses.note_all(told, now=clock.now()) == [True] * 150

    assert [name for name, _, _ in run.calls] == ["note_statuses"] * 3
    assert [one["delivery"] for one in stores.events()] == [f"t{n}.0" for n in range(150)]


def test_statuses_of_several_shards_are_noted_there(redis, clock):
    stores = Stores.on(redis, shards=4)
    told = [status("sent", f"t{n}.0", conversation_of(f"+2010{n:04}")) for n in range(20)]

    assert stores.statuses.note_all([*told, told[0]], now=clock.now()) == [True] * 20 + [False]

    for one in told:
        assert stores.client.hgetall(stores.keys.of(one.conversation).deliveries) == {one.delivery: "sent"}


def test_a_key_of_a_wrong_type_costs_the_others_nothing(stores, clock):
    stores.client.set(f"deliveries:{OTHER}", "no hash")
    told = [status("sent"), status("sent", "t2.0", OTHER), status("read")]

    assert stores.statuses.note_all(told, now=clock.now()) == [True, True, True]

    assert stores.client.hgetall(KEY) == {"t1.0": "read"}
    assert stores.client.hgetall(f"deliveries:{OTHER}") == {"t2.0": "sent"}
    assert len(stores.events()) == 3
    assert [letter["raw"] for letter in stores.dead()] == ["no hash"]


def test_no_statuses_ask_nothing(valkey, clock):
    run = RecordingRunner(valkey)

    assert Stores.on(valkey, run=run).statuses.note_all([], now=clock.now()) == []
    assert run.calls == []


# Prices

SERVICE = Price.of(category="service", billable=True, model="PMP", type="regular")


def billed(stores):
    return [event.get("billed") for event in stores.events()]


def test_a_price_is_kept_with_the_delivery_and_stands_in_the_event(stores, clock, policy):
    stores.statuses.note(status("sent", price=SERVICE), now=clock.now())

    kept = everything(stores.client)[f"prices:{CONVERSATION}"]
    assert kept == ({"t1.0": "service billable PMP regular"}, to_ms(clock.now() + policy.keep_for))
    assert [event.get("price") for event in stores.events()] == ["service billable PMP regular"]


def test_what_a_reply_costs_stands_in_the_event_with_which_it_arrived(stores, clock):
    cost = Cost(micros=3600, currency="USD")
    dear = Priced(price=SERVICE, cost=cost, country="EG", sender="meta:1;2", assistant="mine:bot")
    unknown = Priced(price=SERVICE, country="EG")
    told = [
        status("sent", price=SERVICE, priced=dear),
        status("delivered"),
        status("delivered", "t1.1", price=SERVICE, priced=unknown),
    ]

    for one in told:
        stores.statuses.note_all([one], now=clock.now())

    told_of = ("billed", "cost", "country", "sender", "assistant")
    assert [[event.get(name) for name in told_of] for event in stores.events()] == [
        [None, None, None, None, None],
        [str(SERVICE), "3600 USD", "EG", "meta:1,2", "mine:bot"],
        [str(SERVICE), None, "EG", None, None],
    ]
    assert stores.client.hget("spent", "USD|meta:1,2") == "3600"


@pytest.mark.parametrize("priced", [("sent",), ("delivered",), ("read",), ("sent", "delivered", "read")])
@pytest.mark.parametrize("together", [True, False])
def test_a_reply_that_arrived_is_billed_once_whichever_status_names_the_price(
    stores, clock, priced, together
):
    told = [
        status(state, price=SERVICE if state in priced else None) for state in ("sent", "delivered", "read")
    ]

    for batch in [told] if together else [[one] for one in told]:
        stores.statuses.note_all(batch, now=clock.now())
        stores.statuses.note_all(batch, now=clock.now())

    once = [str(SERVICE), None] if priced != ("read",) else [None, None]
    assert billed(stores) == [None, *once]


@pytest.mark.parametrize("together", [True, False])
def test_the_price_that_comes_with_sent_counts_although_the_send_itself_has_said_so(stores, clock, together):
    stores.statuses.note(status("sent"), now=clock.now())
    told = [status("sent", price=SERVICE), status("sent", price=SERVICE), status("delivered"), status("read")]

    for batch in [told] if together else [[one] for one in told]:
        stores.statuses.note_all(batch, now=clock.now())

    assert billed(stores) == [None, str(SERVICE), None]


def test_a_reply_that_was_read_at_once_is_billed_and_a_failed_one_is_not(stores, clock):
    stores.statuses.note(status("read", price=SERVICE), now=clock.now())
    stores.statuses.note(status("failed", delivery="t2.0", price=SERVICE), now=clock.now())

    assert billed(stores) == [str(SERVICE), None]


def test_a_price_that_is_told_again_does_not_replace_the_first_one(stores, clock):
    other = Price.of(category="utility", billable=True, model="PMP", type="regular")
    told = [status("sent"), status("sent", price=SERVICE), status("sent", price=other), status("delivered")]

    for one in told:
        stores.statuses.note(one, now=clock.now())

    assert [event["billed"] for event in stores.events() if "billed" in event] == [str(SERVICE)]


def test_what_arrived_is_counted_by_the_class_of_its_price(stores, clock):
    free = Price.of(category="service", billable=False, model="PMP", type="free_entry_point")
    for n, price in enumerate([SERVICE, SERVICE, free, None]):
        stores.statuses.note(status("delivered", delivery=f"t{n}.0", price=price), now=clock.now())

    records = [EventRecord.of(event) for event in stores.events()]
    counted = {name: count for name, count in fold(records).items() if name.startswith("arrived")}
    assert counted == {"arrived|service|yes": 2, "arrived|service|no": 1}
