"""What Twilio tells of our deliveries, and how it learns to name them."""

from asyncio import run
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import pytest

from session.messages import DeliveryState
from session.pseudonyms import Pseudonyms
from tests.worker.channels.provider import to_twilio, twilio
from tests.worker.channels.twilio.bodies import ALWAYS, STATUS, form, parsed

OURS = "twilio-status?reply=t7.1&conversation=whatsapp%3A%2B201001234567"


def the_status(source=OURS, **changed):
    (found,) = parsed(form(STATUS, **changed), source).statuses
    return found


@pytest.mark.parametrize(
    ("named", "state"),
    [
        ("sent", DeliveryState.SENT),
        ("delivered", DeliveryState.DELIVERED),
        ("read", DeliveryState.READ),
        ("failed", DeliveryState.FAILED),
        ("undelivered", DeliveryState.FAILED),
    ],
)
def test_every_state_is_known(named, state):
    found = the_status(MessageStatus=named)

    assert (found.state, found.provider_id, found.at) == (state, "SMout", 0)
    assert (found.conversation, found.delivery) == ("whatsapp:+201001234567", "t7.1")


@pytest.mark.parametrize("named", ["accepted", "scheduled", "queued", "sending", "receiving", "canceled"])
def test_what_tells_nothing_new_is_counted(named):
    assert parsed(form(STATUS, MessageStatus=named), OURS).ignored == {f"status_{named}": 1}


@pytest.mark.parametrize(
    "source",
    [
        "twilio-status",
        "twilio-status?",
        "twilio-status?reply=t7.1",
        "twilio-status?reply=t7.1&conversation=",
        "twilio-status?reply=t7.1&conversation=whatsapp%3A%7Bs0%7D",
        "twilio-status?reply=t7.1&conversation=%FF",
    ],
)
def test_without_a_conversation_and_a_reply_of_ours_it_is_a_status_of_others(source):
    found = parsed(form(STATUS), source)

    assert (found.statuses, found.ignored) == ((), {"status_of_others": 1})


def test_the_url_goes_before_the_recipient():
    found = the_status("twilio-status?conversation=whatsapp%3AEG.77ab&reply=t9.2")

    assert (found.conversation, found.delivery) == ("whatsapp:EG.77ab", "t9.2")


def test_no_log_on_the_way_of_a_callback_sees_the_customer():
    channel, provider = twilio(status_callback="https://us.test/status", pseudonyms=Pseudonyms("secret"))
    run(channel.send(to_twilio("hello")))
    (sent,) = provider.requests
    url = parse_qs(sent.content.decode())["StatusCallback"][0]

    assert "201001234567" not in unquote(url)
    query = urlsplit(url).query
    (status,) = channel.parse(
        urlencode(form(STATUS)).encode(), source=f"twilio-status?{query}", received_at=1
    ).statuses
    assert (status.conversation, status.delivery) == ("whatsapp:+201001234567", "t7.1")


def test_an_alias_that_is_not_ours_names_nobody():
    channel, _ = twilio(pseudonyms=Pseudonyms("secret"))
    for told in (
        Pseudonyms("another").encode("whatsapp:+15550003333"),
        Pseudonyms("secret").encode("nobody"),
        "%FF",
        "AA==",
    ):
        source = f"twilio-status?reply=t7.1&conversation={told}"
        found = channel.parse(urlencode(form(STATUS)).encode(), source=source, received_at=1)

        assert (found.statuses, found.ignored) == ((), {"status_of_others": 1})


def test_a_failure_brings_its_code():
    found = the_status(MessageStatus="undelivered", ErrorCode="63016", ErrorMessage="Window closed")

    assert (found.code, found.words) == ("63016", "Window closed")


def test_a_success_has_no_code():
    assert the_status(ErrorCode="0").code is None


def test_a_status_that_came_in_by_the_webhook_for_messages_is_still_one():
    (found,) = parsed(STATUS, OURS.replace("twilio-status", "twilio")).statuses

    assert found.state is DeliveryState.DELIVERED


def test_a_message_is_never_taken_for_a_status():
    assert len(parsed(form(ALWAYS, SmsStatus="sent"), "twilio").messages) == 1


def test_a_status_of_nothing_is_broken():
    found = parsed(form(STATUS, MessageSid=..., SmsSid=...), "twilio-status")

    assert [one.why for one in found.broken] == ["a status without a MessageSid"]


@pytest.mark.parametrize(
    ("url", "ahead", "behind"),
    [
        ("https://us.test/hook", "https://us.test/hook?", ""),
        ("https://us.test/hook?a=1", "https://us.test/hook?a=1&", ""),
        ("https://us.test/hook#rc=5&rp=5xx,ct,rt", "https://us.test/hook?", "#rc=5&rp=5xx,ct,rt"),
    ],
)
def test_what_a_send_carries_along_comes_back_in_the_status(url, ahead, behind):
    channel, provider = twilio(status_callback=url)
    run(channel.send(to_twilio("Hello")))

    callback = provider.posted_form["StatusCallback"]

    assert callback.startswith(ahead)
    assert callback.endswith(behind)
    asked = urlsplit(callback).query
    assert parse_qs(asked)["reply"] == ["t7.1"]
    found = the_status(f"twilio-status?{asked}", To="whatsapp:+4915112345678")
    assert (found.conversation, found.delivery) == ("whatsapp:+201001234567", "t7.1")
