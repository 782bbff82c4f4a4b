"""What Twilio posts, and what it hears."""

from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest

from tests.webhook.edge import Full

MESSAGE = {"MessageSid": "SM1", "From": "whatsapp:+201001234567", "To": "whatsapp:+14155238886", "Body": ""}
STATUS = {
    "MessageSid": "SM2",
    "MessageStatus": "read",
    "From": "whatsapp:+14155238886",
    "To": "whatsapp:+201001234567",
}


def test_a_message_is_kept_as_it_came_and_answered_with_an_empty_response(webhook):
    edge = webhook()

    answer = edge.twilio(MESSAGE)

    assert (answer.status_code, answer.mimetype, answer.text) == (200, "text/xml", "<Response/>")
    assert edge.kept() == [("twilio", urlencode(MESSAGE).encode())]
    assert edge.wake.shards == [0]


def test_a_status_is_kept_under_a_name_of_its_own(webhook):
    edge = webhook()

    assert edge.twilio(STATUS, "/webhook/twilio/status").status_code == 200
    assert edge.kept() == [("twilio-status", urlencode(STATUS).encode())]


def test_a_status_keeps_the_query_it_was_asked_for_with_byte_for_byte(webhook):
    edge = webhook()

    assert edge.twilio(STATUS, "/webhook/twilio/status?delivery=a%2Fb&x=%C3%A9+1").status_code == 200
    assert edge.kept()[0][0] == "twilio-status?delivery=a%2Fb&x=%C3%A9+1"


def test_a_message_that_comes_by_the_fallback_is_kept_like_any_other(webhook):
    edge = webhook()
    form = {**MESSAGE, "ErrorCode": "11200", "ErrorUrl": "https://bot.example/webhook/twilio"}

    assert edge.twilio(form, "/webhook/twilio/fallback").text == "<Response/>"
    assert edge.kept() == [("twilio", urlencode(form).encode())]


def test_messages_and_statuses_of_one_customer_share_an_ordering_key(webhook):
    edge = webhook(shards=64)

    edge.twilio(MESSAGE)
    edge.twilio(STATUS, "/webhook/twilio/status")

    (shard,) = edge.wake.shards
    assert [source for source, _ in edge.kept(f"{{s{shard}}}:intake")] == ["twilio", "twilio-status"]


def test_customers_are_spread_over_the_shards(webhook):
    edge = webhook(shards=64)

    for number in range(50):
        edge.twilio({**MESSAGE, "From": f"whatsapp:+2010012345{number:02}"})

    assert len(set(edge.wake.shards)) > 20


def test_a_customer_without_a_number_or_a_name_is_accepted(webhook):
    edge = webhook(shards=4)

    assert edge.twilio({**MESSAGE, "From": "whatsapp:EG.1234567890"}).status_code == 200
    assert edge.twilio({"MessageSid": "SM3"}).status_code == 200


def test_a_store_that_is_away_is_503_so_that_twilio_goes_to_the_fallback(webhook):
    edge = webhook(store=Full())

    assert edge.twilio(MESSAGE).status_code == 503
    assert edge.twilio(STATUS, "/webhook/twilio/status").status_code == 503


def test_on_the_fallback_a_store_that_is_away_means_an_apology_to_the_customer(webhook):
    answer = webhook(store=Full()).twilio(MESSAGE, "/webhook/twilio/fallback")

    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    (message,) = ET.fromstring(answer.text).findall("Message")
    assert message.text.startswith("Sorry")


@pytest.mark.parametrize("path", ["/webhook/twilio", "/webhook/twilio/status", "/webhook/twilio/fallback"])
def test_a_wrong_signature_is_401_everywhere(webhook, path):
    edge = webhook()

    assert edge.twilio_bytes(b"From=whatsapp%3A%2B1", "bm9wZQ==", path).status_code == 401
    assert edge.twilio_bytes(b"From=whatsapp%3A%2B1", "", path).status_code == 401
    assert edge.twilio(MESSAGE, path, signed="https://other.example" + path).status_code == 401
    assert not edge.redis.keys()


@pytest.mark.parametrize("path", ["/webhook/twilio", "/webhook/twilio/status", "/webhook/twilio/fallback"])
def test_without_an_auth_token_twilio_is_switched_off(webhook, path):
    assert webhook(twilio_auth_token=None).twilio(MESSAGE, path).status_code == 404


def test_another_content_type_or_an_empty_body_is_400(webhook):
    http = webhook().http

    assert http.post("/webhook/twilio", data=b"From=1", content_type="text/plain").status_code == 400
    assert http.post("/webhook/twilio", data=b"", content_type="application/json").status_code == 400


def test_a_thousand_fields_are_read_and_not_one_more(webhook):
    edge = webhook()
    fields = {f"f{number}": "" for number in range(1000)}

    assert edge.twilio(fields).status_code == 200
    assert edge.twilio({**fields, "one": "more"}).status_code == 401
