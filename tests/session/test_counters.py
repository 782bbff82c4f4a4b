"""What an event adds to the counters."""

from hypothesis import given
from hypothesis import strategies as st

from session.counters import fold
from session.event_records import EventRecord

_NAMES = st.sampled_from(
    "received kinds channels came replied queued limited searched consent delivery sent failed status unknown "
    "revived forgotten cancelled created escalated state was kept at channel".split()
)


@given(st.dictionaries(_NAMES, st.text(max_size=12) | st.just("[1]") | st.just("7")))
def test_no_event_can_stop_the_counting(event):
    assert fold(map(EventRecord.of, [event, {"received": "[]", "at": "1"}]))["turns"] >= 1


def test_an_opt_out_at_the_provider_counts_like_a_stop():
    stop = {"received": "[]", "consent": "out"}

    for event in (stop, {"consent": "out"}):
        assert fold([EventRecord.of(event)])["consent|out"] == 1


def test_a_change_of_a_template_is_counted_by_what_it_has_become():
    changes = [
        {"template_change": "status", "template": "sale", "after": word}
        for word in ("PAUSED", "x" * 99, "a b")
    ]

    counted = fold(map(EventRecord.of, changes))

    assert (counted["templates|status|paused"], counted["templates|status|other"]) == (1, 2)


def test_what_replies_cost_is_summed_and_what_has_no_price_is_counted():
    arrived = {
        "delivery": "t1.0",
        "status": "delivered",
        "billed": "service billable PMP regular",
        "country": "EG",
        "sender": "meta:1|2@3",
        "assistant": "mine:bot",
    }
    free = arrived | {"billed": "service free PMP free_customer_service", "cost": "9 USD"}
    events = [
        arrived | {"cost": "3600 USD"},
        arrived | {"cost": "3600 USD"},
        arrived,
        arrived | {"country": "?"},
        free,
        arrived | {"cost": "64400 USD", "delivery": "campaign:spring:7.0"},
    ]

    counted = fold(map(EventRecord.of, events))

    assert counted["cost|USD|service|EG|meta:1/2/3|mine:bot"] == 7200
    assert counted["cost|USD|service|EG|meta:1/2/3|mine:bot|spring"] == 64400
    assert (counted["unpriced|service|EG"], counted["unpriced|service|unknown"]) == (1, 1)
    assert counted["arrived|service|yes"] == 5
