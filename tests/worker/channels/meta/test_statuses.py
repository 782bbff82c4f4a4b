"""What Meta tells of our deliveries."""

import pytest

from session.messages import DeliveryState
from tests.worker.channels.meta.bodies import SENT_AT, parsed, status, statuses
from worker.channels.meta.statuses import ECHO_LIMIT, echo_of


def the_status(**members):
    (found,) = parsed(statuses(status(**members))).statuses
    return found


@pytest.mark.parametrize(
    ("named", "state"),
    [
        ("sent", DeliveryState.SENT),
        ("delivered", DeliveryState.DELIVERED),
        ("read", DeliveryState.READ),
        ("played", DeliveryState.READ),
        ("failed", DeliveryState.FAILED),
    ],
)
def test_every_state_is_known(named, state):
    found = the_status(named=named)

    assert (found.state, found.provider_id, found.at) == (state, "wamid.OUT", SENT_AT)
    assert (found.code, found.words) == (None, None)


@pytest.mark.parametrize("conversation", ["whatsapp:+201001234567", "whatsapp:EG.77ab"])
def test_our_own_words_come_back_and_name_conversation_and_delivery(conversation):
    echo = echo_of(conversation, "t7.1")

    found = the_status(biz_opaque_callback_data=echo, recipient_id="4915112345678")

    assert (found.conversation, found.delivery) == (conversation, "t7.1")


@pytest.mark.parametrize(
    "foreign",
    [
        ...,
        "some data",
        "whatsapp:+201001234567",
        "whatsapp:+1 t",
        "whatsapp:{x} t1",
        "whatsapp:+201001234567 ",
        5,
        {},
    ],
)
def test_without_words_of_ours_it_is_a_status_of_others(foreign):
    found = parsed(statuses(status(biz_opaque_callback_data=foreign)))

    assert (found.statuses, found.ignored) == ((), {"status_of_others": 1})


def test_a_failure_brings_the_first_code_and_its_words():
    errors = [
        {
            "code": 131047,
            "title": "Re-engagement",
            "message": "Window closed",
            "error_data": {"details": "24 hours"},
        },
        {"code": 131026},
    ]

    found = the_status(named="failed", errors=errors)

    assert (found.code, found.words) == ("131047", "Window closed: 24 hours")


@pytest.mark.parametrize("errors", [..., [], [5], {}, [{"code": True, "message": ["x"], "error_data": "y"}]])
def test_a_failure_need_not_say_why(errors):
    found = the_status(named="failed", errors=errors)

    assert (found.code, found.words) == (None, None)


@pytest.mark.parametrize("told", [..., "soon", -1, None])
def test_a_status_without_a_time_has_none(told):
    assert the_status(timestamp=told).at == 0


@pytest.mark.parametrize(
    ("members", "name"),
    [
        ({"named": "deleted"}, "status_deleted"),
        ({"named": "RINGING", "type": "call"}, "status_ringing"),
        ({"named": None}, "status_unnamed"),
        ({"biz_opaque_callback_data": ..., "recipient_type": "group"}, "status_of_others"),
    ],
)
def test_what_is_not_about_a_delivery_is_counted(members, name):
    assert parsed(statuses(status(**members))).ignored == {name: 1}


def test_a_status_of_nothing_is_broken():
    found = parsed(statuses(status(id=...), status()))

    assert [one.why for one in found.broken] == ["a status without an id"]


def test_words_that_meta_would_not_return_are_not_sent():
    assert echo_of("whatsapp:+201001234567", "x" * ECHO_LIMIT) is None


def test_the_class_of_the_price_is_read():
    found = the_status(
        pricing={"billable": True, "pricing_model": "PMP", "category": "utility", "type": "regular"}
    )

    assert str(found.price) == "utility billable PMP regular"


@pytest.mark.parametrize(
    ("pricing", "read"),
    [
        (..., None),
        ("free", None),
        ({}, None),
        ({"billable": False, "pricing_model": "CBP", "category": "service"}, "service free CBP other"),
        (
            {"billable": "yes", "category": "two words", "pricing_model": 7, "type": "x" * 99},
            "other free other other",
        ),
    ],
)
def test_a_price_that_is_none_costs_no_status(pricing, read):
    found = the_status(pricing=pricing)

    assert (str(found.price) if found.price else None) == read
