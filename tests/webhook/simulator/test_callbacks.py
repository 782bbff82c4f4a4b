"""After a message was accepted, its statuses are posted to the webhook."""

import pytest
from twilio.request_validator import RequestValidator

CALLBACK = "https://bot.example/webhook/twilio/status?delivery=t1.0"


def test_meta_reports_sent_delivered_and_read_with_the_opaque_data(send_meta, webhook, clock):
    answer = send_meta(biz_opaque_callback_data="t1.0")

    statuses = webhook.next_statuses(3)
    assert [one["status"] for one in statuses] == ["sent", "delivered", "read"]
    assert statuses[0] == {
        "id": answer.get_json()["messages"][0]["id"],
        "status": "sent",
        "timestamp": str(int(clock.now().timestamp())),
        "recipient_id": "201001234567",
        "biz_opaque_callback_data": "t1.0",
        "pricing": {"billable": True, "pricing_model": "PMP", "category": "service", "type": "regular"},
    }


def test_meta_prices_a_template_by_its_category(send_meta, webhook):
    body = {"type": "body", "parameters": [{"type": "text", "text": "the villa is free."}]}
    template = {"name": "we_have_news", "language": {"code": "en"}, "components": [body]}
    send_meta(type="template", template=template)

    assert webhook.next_statuses(1)[0]["pricing"]["category"] == "utility"


def test_meta_names_a_customer_without_a_phone_number_by_the_scoped_id(send_meta, webhook):
    send_meta(to=None, recipient="US.123")

    status = webhook.next_statuses(1)[0]
    assert status["recipient_user_id"] == "US.123"
    assert "recipient_id" not in status


def test_twilio_posts_to_the_callback_url_of_the_request(send_twilio, webhook):
    sid = send_twilio(StatusCallback=CALLBACK + "#rc=5").get_json()["sid"]

    told = []
    for _ in range(3):
        request = webhook.next()
        form = webhook.form_of(request)
        # What is signed is the public URL; what is called is the webhook behind it.
        signature = request.headers["X-Twilio-Signature"]
        assert RequestValidator("auth-token").validate(CALLBACK, form, signature)
        assert str(request.url) == "http://127.0.0.1:8000/webhook/twilio/status?delivery=t1.0"
        told.append((form["MessageSid"], form["MessageStatus"], form["To"]))
    assert told == [(sid, status, "whatsapp:+201001234567") for status in ("sent", "delivered", "read")]


def test_twilio_posts_no_status_without_a_callback_url(send_twilio, client):
    send_twilio()

    assert client.get("/simulator").get_json()["callbacks"] == {"posted": 0, "failed": 0, "waiting": 0}


def test_the_customer_sees_the_status(send_meta, webhook, heard):
    send_meta()
    webhook.next_statuses(3)

    assert heard()[0]["status"] == "read"


def test_statuses_can_be_switched_off(simulator, webhook):
    client = simulator(simulator_statuses=False).test_client()
    payload = {
        "messaging_product": "whatsapp",
        "to": "201001234567",
        "type": "text",
        "text": {"body": "hello"},
    }
    url, headers = "/v23.0/106540352242922/messages", {"Authorization": "Bearer token"}

    assert client.post(url, json=payload, headers=headers).status_code == 200

    assert client.get("/simulator").get_json()["callbacks"]["waiting"] == 0
    assert webhook.posted.empty()


@pytest.fixture
def wait_for_counters(client):
    """The figures of the callbacks, once none waits any more."""

    def wait():
        while (counters := client.get("/simulator").get_json()["callbacks"])["waiting"]:
            pass
        return counters

    return wait


def test_meta_tries_again_and_then_gives_up(send_meta, webhook, pauses, wait_for_counters):
    webhook.status = 503
    send_meta()

    assert wait_for_counters() == {"posted": 0, "failed": 3, "waiting": 0}
    assert pauses == [0.2, 1.0] * 3
    assert webhook.posted.qsize() == 9


def test_an_unreachable_webhook_does_no_harm(send_meta, send_twilio, webhook, wait_for_counters, heard):
    webhook.is_away = True
    send_meta()
    send_twilio(StatusCallback=CALLBACK)

    assert wait_for_counters() == {"posted": 0, "failed": 6, "waiting": 0}
    webhook.is_away = False
    send_meta()
    assert wait_for_counters()["posted"] == 3
    assert len(heard()) == 3


def test_under_load_every_message_keeps_its_order(send_meta, webhook):
    for number in range(60):
        send_meta(biz_opaque_callback_data=str(number))

    course = {}
    for status in webhook.next_statuses(180):
        course.setdefault(status["biz_opaque_callback_data"], []).append(status["status"])
    assert len(course) == 60
    assert set(map(tuple, course.values())) == {("sent", "delivered", "read")}
