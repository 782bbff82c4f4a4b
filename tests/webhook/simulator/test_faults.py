"""Faults that a test sets: to whom they apply, how often, and what the business sees."""

import threading

import pytest


def code_of(answer):
    body = answer.get_json()
    return answer.status_code, body["error"]["code"] if "error" in body else body["code"]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"mode": "throttle"}, (400, 130429)),
        ({"mode": "throttle", "customer": "+201001234567"}, (400, 131056)),
        ({"mode": "error500"}, (500, 131000)),
        ({"mode": "reject"}, (400, 131026)),
        ({"mode": "reject", "code": 131047}, (400, 131047)),
        ({"mode": "reject", "code": 190}, (401, 190)),
    ],
)
def test_meta_refuses_as_the_fault_says(set_fault, send_meta, heard, fault, expected):
    set_fault(channel="meta", **fault)

    assert code_of(send_meta()) == expected
    assert heard() == []


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"mode": "throttle"}, (429, 20429)),
        ({"mode": "error500"}, (500, 20500)),
        ({"mode": "reject"}, (400, 63024)),
        ({"mode": "reject", "code": 21610}, (400, 21610)),
        ({"mode": "reject", "code": 20003}, (401, 20003)),
    ],
)
def test_twilio_refuses_as_the_fault_says(set_fault, send_twilio, heard, fault, expected):
    set_fault(channel="twilio", **fault)

    assert code_of(send_twilio()) == expected
    assert heard() == []


def test_a_throttle_of_twilio_has_retry_after(set_fault, send_twilio):
    set_fault(channel="twilio", mode="throttle", seconds=2)

    assert send_twilio().headers["Retry-After"] == "2"


def test_the_page_of_a_gateway_is_not_json(set_fault, send_meta, send_twilio, heard):
    for channel, send in (("meta", send_meta), ("twilio", send_twilio)):
        set_fault(channel=channel, mode="html")
        answer = send()
        assert (answer.status_code, answer.mimetype) == (502, "text/html")
    assert heard() == []


def test_a_slow_answer_is_late_and_the_message_is_accepted(set_fault, send_meta, heard, pauses):
    set_fault(channel="meta", mode="slow", seconds=3)

    assert send_meta().status_code == 200
    assert pauses == [3]
    assert len(heard()) == 1


def test_a_dropped_answer_is_incomplete_and_the_statuses_are_posted(set_fault, send_meta, heard, webhook):
    set_fault(channel="meta", mode="drop", count=1)

    answer = send_meta(biz_opaque_callback_data="t1.0")

    # A server closes the connection then; see test_served.py.
    assert (answer.headers["Content-Length"], answer.data) == ("64", b"")
    assert len(heard()) == 1
    assert webhook.next_statuses(1)[0]["biz_opaque_callback_data"] == "t1.0"


def test_a_failure_is_reported_after_the_message_was_accepted(set_fault, send_meta, webhook):
    set_fault(channel="meta", mode="fail", code=131047)

    assert send_meta().status_code == 200

    status = webhook.next_statuses(1)[0]
    assert (status["status"], status["errors"][0]["code"]) == ("failed", 131047)


def test_a_failure_of_twilio_names_the_closed_window(set_fault, send_twilio, webhook):
    set_fault(channel="twilio", mode="fail")

    assert send_twilio(StatusCallback="https://bot.example/s").status_code == 201

    form = webhook.next_form()
    assert (form["MessageStatus"], form["ErrorCode"]) == ("failed", "63016")


def test_a_fault_applies_only_to_its_channel_and_customer(set_fault, send_meta, send_twilio):
    set_fault(channel="meta", mode="reject", customer="+201001234567")

    assert send_meta("201009999999").status_code == 200
    assert send_twilio().status_code == 201
    assert send_meta().status_code == 400


def test_a_fault_is_used_up_by_as_many_sends_at_once(set_fault, send_meta, client):
    set_fault(channel="meta", mode="reject", count=5)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(send_meta().status_code)) for _ in range(20)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [200] * 15 + [400] * 5
    assert client.get("/simulator/faults").get_json() == {"faults": []}


def test_the_fault_of_a_customer_takes_precedence(set_fault, send_meta):
    set_fault(channel="meta", mode="reject")
    set_fault(channel="meta", mode="throttle", customer="+201001234567", count=1)

    assert code_of(send_meta()) == (400, 131056)
    assert code_of(send_meta()) == (400, 131026)


def test_mode_ok_removes_a_fault(set_fault, send_meta):
    assert set_fault(channel="meta", mode="reject") == [{"channel": "meta", "mode": "reject", "seconds": 5.0}]
    assert set_fault(channel="meta", mode="ok") == []
    assert send_meta().status_code == 200


def test_a_revoked_token_fails_the_probe_and_is_not_used_up(set_fault, client):
    set_fault(channel="meta", mode="reject", code=190, count=1)
    set_fault(channel="twilio", mode="reject", code=20003, count=1)

    for _ in range(2):
        probe = client.get("/v23.0/106540352242922", headers={"Authorization": "Bearer token"})
        assert code_of(probe) == (401, 190)
        assert code_of(client.get("/2010-04-01/Accounts/AC1.json", auth=("AC1", "auth-token"))) == (
            401,
            20003,
        )


@pytest.mark.parametrize(
    "fault",
    [{"channel": "meta"}, {"channel": "meta", "mode": "odd"}, {"channel": "meta", "mode": "ok", "count": 0}],
)
def test_an_invalid_fault_is_refused(client, fault):
    answer = client.post("/simulator/faults", json=fault)

    assert answer.status_code == 400
    assert answer.get_json()["error"]
