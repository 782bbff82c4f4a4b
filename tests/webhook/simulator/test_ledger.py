"""Customers can poll the messages of the business, and tests can list them."""

import threading

from webhook.simulator.ledger import AcceptedMessage, Ledger


def received(id, customer="+201001234567"):  # noqa: A002
    return AcceptedMessage(id=id, channel="meta", customer=customer, at=0, type="text", text=id)


def test_a_customer_sees_only_new_messages_to_them(send_meta, heard):
    send_meta(text={"body": "one"})
    send_meta("201009999999", text={"body": "for another"})
    send_meta(text={"body": "two"})

    assert [(one["n"], one["text"]) for one in heard()] == [(1, "one"), (3, "two")]
    assert [one["n"] for one in heard(after=1)] == [3]
    assert heard(after=3) == []


def test_a_long_poll_ends_with_the_first_message():
    ledger = Ledger(waiters=1)
    found = []
    poll = threading.Thread(
        target=lambda: found.extend(ledger.of_customer("+201001234567", after=0, wait=30))
    )
    poll.start()

    ledger.add(received("other", "+201009999999"))
    ledger.add(received("mine"))

    poll.join(timeout=10)
    assert [one.id for one in found] == ["mine"]


def test_a_long_poll_ends_soon_if_too_many_wait():
    ledger = Ledger(waiters=1, crowded_wait=0.01)
    seated = threading.Thread(target=lambda: ledger.of_customer("+201001234567", after=0, wait=30))
    seated.start()
    while ledger._seats.acquire(blocking=False):
        ledger._seats.release()

    assert ledger.of_customer("+201009999999", after=0, wait=30) == []

    ledger.add(received("an end"))
    seated.join(timeout=10)
    assert ledger._seats.acquire(blocking=False), "the seat is free again"


def test_the_audit_lists_every_send_in_pages(send_meta, client):
    for number in range(3):
        send_meta(f"20100000000{number}", biz_opaque_callback_data=f"t{number}.0")

    page = client.get("/simulator/received?after=1&limit=1").get_json()
    assert [(one["n"], one["customer"], one["opaque"]) for one in page["messages"]] == [
        (2, "+201000000001", "t1.0")
    ]
    assert page["last"] == 3
    assert len(client.get("/simulator/received").get_json()["messages"]) == 3


def test_a_reset_removes_all_and_the_numbers_continue(send_meta, set_fault, client, heard):
    send_meta()
    set_fault(channel="meta", mode="reject")

    assert client.delete("/simulator").get_json() == {"last": 1}

    assert heard() == []
    assert client.get("/simulator/faults").get_json() == {"faults": []}
    assert send_meta().status_code == 200
    assert [one["n"] for one in heard(after=1)] == [2]
    assert [one["n"] for one in client.get("/simulator/received").get_json()["messages"]] == [2]


def test_the_status_of_a_removed_message_changes_nothing():
    ledger = Ledger(waiters=1)
    ledger.add(received("gone"))
    ledger.clear()

    ledger.progress("gone", "read")

    assert ledger.received(after=0, limit=10) == []


def test_invalid_numbers_are_refused(client):
    for query in ("after=-1", "after=x", "wait=nan", "after=inf"):
        answer = client.get(f"/simulator/customers/+201001234567/messages?{query}")
        assert answer.status_code == 400
        assert "must be a number" in answer.get_json()["error"]


def test_an_unknown_path_is_answered_with_json(client):
    answer = client.get("/nowhere")

    assert answer.status_code == 404
    assert answer.get_json()["error"]
