"""The phone page: its files, and what it receives of the chats and the faults."""

import re
import threading
from pathlib import Path

import pytest

import webhook.simulator.page as package
from tests.clocks import ManualClock
from webhook.simulator.chats import Chats
from webhook.simulator.inbound import CustomerMessage

STATIC = Path(package.__file__).parent / "static"
MONA = "+201001234567"


@pytest.fixture
def changes(client):
    """What the page is told."""

    def ask(**query):
        answer = client.get("/simulator/changes", query_string=query)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    return ask


@pytest.fixture
def bubble(changes):
    """The only message of all chats."""

    def only():
        (one,) = changes()["bubbles"]
        return one

    return only


# -- the page


def test_a_browser_gets_the_page_and_a_program_the_figures(client):
    accepts = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    looked = client.get("/simulator", headers=accepts, buffered=True)

    assert looked.mimetype == "text/html"
    assert "default-src 'none'; script-src 'self'" in looked.headers["Content-Security-Policy"]
    for accept in ("*/*", "application/json"):
        assert client.get("/simulator", headers={"Accept": accept}).get_json()["last"] == 0
    assert client.get("/").headers["Location"] == "/simulator"


def test_the_page_uses_only_files_that_are_included(client):
    named = set()
    for file in STATIC.iterdir():
        text = file.read_text(encoding="utf-8")
        named |= set(re.findall(r"/simulator/page/([\w.]+)", text))
        named |= set(re.findall(r"from \"\./([\w.]+)\"", text))
        named |= set(re.findall(r"url\(\"([\w.]+)\"\)", text))
    # The pictures that cards.js names by their stem.
    named |= {"photo.svg", "map.svg"}

    assert named == {file.name for file in STATIC.iterdir()} - {"index.html"}
    for name in named:
        assert client.get(f"/simulator/page/{name}", buffered=True).status_code == 200


def test_the_page_loads_nothing_from_other_servers_and_has_nothing_inline():
    page = (STATIC / "index.html").read_text(encoding="utf-8")

    assert re.findall(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=", page) == []
    for file in STATIC.iterdir():
        addresses = re.findall(r"https?://[\w.]+", file.read_text(encoding="utf-8"))
        assert set(addresses) <= {"http://www.w3.org"}, file


# -- what customers write


def test_a_message_is_shown_with_the_answer_of_the_webhook(say, bubble):
    say(text="hi", name="Mona")

    shown = bubble()
    assert (shown["customer"], shown["channel"], shown["mine"]) == (MONA, "meta", True)
    assert (shown["message"]["text"], shown["message"]["name"]) == ("hi", "Mona")
    assert (shown["status"], shown["posts"], shown["problem"]) == ("delivered", 1, None)


def test_a_refused_message_is_failed_until_it_is_sent_again(say, bubble, webhook):
    webhook.status = 503
    say(text="hi", id="wamid.1")
    assert (bubble()["status"], bubble()["problem"]) == ("failed", "the webhook answered 503")

    webhook.is_away = True
    assert say(text="hi", id="wamid.1")[0] == 502
    assert "cannot be reached" in bubble()["problem"]

    webhook.status, webhook.is_away = 200, False
    say(text="hi", id="wamid.1")
    assert (bubble()["status"], bubble()["problem"]) == ("delivered", None)


def test_a_message_that_the_simulator_refuses_is_not_shown(say, changes):
    assert say(kind="button")[0] == 400
    assert changes()["bubbles"] == []


# -- what the business sends


def test_a_list_is_shown_with_the_title_of_its_button(send_meta, bubble):
    rows = [{"id": "r1", "title": "Maadi", "description": "4 homes"}]
    action = {"button": "Show the areas", "sections": [{"rows": rows}]}
    send_meta(type="interactive", interactive={"type": "list", "body": {"text": "Where?"}, "action": action})

    shown = bubble()
    assert shown["mine"] is False
    assert shown["message"]["opens"] == "Show the areas"
    assert shown["message"]["rows"] == rows


def test_the_ticks_of_the_business_follow_the_statuses(send_meta, changes, webhook):
    before = changes()
    send_meta()
    webhook.next_statuses(3)

    assert settled(changes, before, "read")["problem"] is None


def test_a_failure_is_shown_with_its_code(send_meta, set_fault, changes, webhook):
    set_fault(channel="meta", mode="fail")
    before = changes()
    send_meta()

    assert settled(changes, before, "failed")["problem"] == "error 131026"


def settled(changes, before, status):
    """The message that has come as far as `status`; waits for it."""
    while True:
        told = changes(after=before["version"], epoch=before["epoch"], wait=10)
        assert told["version"] > before["version"], "nothing more came"
        for one in told["bubbles"]:
            if one["status"] == status:
                return one
        before = told


def test_a_mark_as_read_turns_all_ticks_before_it_and_shows_typing_until_the_answer(
    say, send_meta, client, changes, clock
):
    _, first = say(text="hi")
    say(text="for somebody else", customer="+201009999999")
    _, second = say(text="anybody there?")
    _, third = say(text="hello?")
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": second["id"]}

    answer = client.post(
        "/v23.0/106540352242922/messages",
        json=read | {"typing_indicator": {"type": "text"}},
        headers={"Authorization": "Bearer token"},
    )

    assert answer.get_json() == {"success": True}
    shown = {one["id"]: one for one in changes()["bubbles"]}
    assert [shown[told["id"]]["status"] for told in (first, second, third)] == ["read", "read", "delivered"]
    assert {one["status"] for one in shown.values() if one["customer"] != MONA} == {"delivered"}
    assert shown[second["id"]]["typingUntil"] == int(clock.now().timestamp() * 1000) + 25_000

    send_meta()

    assert all(one["typingUntil"] is None for one in changes()["bubbles"])


def test_a_mark_as_read_may_come_before_the_webhooks_answer():
    chats = Chats(clock=ManualClock(), waiters=1)
    chats.wrote(MONA, CustomerMessage(text="hi"), "wamid.1")

    chats.read("wamid.1", typing=False)
    chats.posted("wamid.1", 200)

    assert [one.status for one in chats.changes(after=0, epoch=None).bubbles] == ["read"]


@pytest.mark.parametrize("mode", ["error500", "html", "throttle", "reject"])
def test_a_provider_that_is_down_takes_no_marks_and_keeps_its_fault_for_a_send(
    say, client, changes, set_fault, mode
):
    _, told = say(text="hi")
    set_fault(channel="meta", mode=mode, count=1)
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": told["id"]}

    answer = client.post(
        "/v23.0/106540352242922/messages", json=read, headers={"Authorization": "Bearer token"}
    )

    assert answer.status_code >= 400
    assert [one["status"] for one in changes()["bubbles"]] == ["delivered"]
    assert len(client.get("/simulator/faults").get_json()["faults"]) == 1


def test_a_mark_as_read_of_an_unknown_message_shows_nothing(client, changes):
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.elsewhere"}
    headers = {"Authorization": "Bearer token"}

    assert client.post("/v23.0/106540352242922/messages", json=read, headers=headers).status_code == 200
    assert changes()["bubbles"] == []


# -- following


def test_only_changed_bubbles_are_sent_and_complete(say, changes):
    say(text="one", id="wamid.1")
    before = changes()
    say(text="two", id="wamid.2")
    say(text="one", id="wamid.1")

    told = changes(after=before["version"], epoch=before["epoch"])

    assert [(one["id"], one["n"], one["posts"]) for one in told["bubbles"]] == [
        ("wamid.2", 2, 1),
        ("wamid.1", 1, 2),
    ]
    assert changes(after=told["version"], epoch=told["epoch"])["bubbles"] == []


def test_after_a_reset_a_page_starts_from_nothing(say, client, changes):
    say(text="hi")
    before = changes()

    client.delete("/simulator")

    told = changes(after=before["version"], epoch=before["epoch"])
    assert told["epoch"] != before["epoch"]
    assert told["bubbles"] == []


def test_a_page_of_an_earlier_run_gets_everything(say, changes):
    say(text="hi")

    assert len(changes(after=1_000_000, epoch="another")["bubbles"]) == 1


def test_a_fault_ends_the_poll_of_a_page(app, changes):
    before, told = changes(), []
    query = {"after": before["version"], "epoch": before["epoch"], "wait": 30}
    page = threading.Thread(
        target=lambda: told.append(app.test_client().get("/simulator/changes", query_string=query).get_json())
    )
    page.start()

    app.test_client().post("/simulator/faults", json={"channel": "meta", "mode": "slow"})

    page.join(timeout=10)
    assert [fault["mode"] for fault in told[0]["faults"]] == ["slow"]


def test_the_poll_of_a_page_ends_soon_if_too_many_wait():
    chats = Chats(clock=ManualClock(), waiters=1, crowded_wait=0.01)
    epoch = chats.changes(after=0, epoch=None).epoch
    seated = threading.Thread(target=lambda: chats.changes(after=0, epoch=epoch, wait=30))
    seated.start()

    while chats._seats.acquire(blocking=False):
        chats._seats.release()
    assert chats.changes(after=0, epoch=epoch, wait=30).bubbles == ()

    chats.touch()
    seated.join(timeout=10)
    assert not seated.is_alive()


def test_only_the_newest_messages_are_kept():
    chats = Chats(clock=ManualClock(), waiters=1, most=3)
    for n in range(5):
        chats.wrote(MONA, CustomerMessage(text=str(n)), f"wamid.{n}")

    assert [one.id for one in chats.changes(after=0, epoch=None).bubbles] == ["wamid.2", "wamid.3", "wamid.4"]
    # What comes late for those that are gone changes nothing.
    chats.posted("wamid.0", 200)
    chats.lost("wamid.0", "too late")
    chats.progressed("wamid.0", "read", None)
    assert len(chats.changes(after=0, epoch=None).bubbles) == 3


# -- faults and senders


def test_a_fault_is_shown_with_its_number_of_hits(set_fault, send_meta, changes):
    set_fault(channel="meta", mode="error500")
    send_meta()
    send_meta()

    (fault,) = changes()["faults"]
    assert (fault["mode"], fault["hits"]) == ("error500", 2)


def test_what_a_customer_writes_can_be_delivered_twice(set_fault, say, bubble, webhook, send_meta):
    set_fault(channel="meta", mode="twice")
    set_fault(channel="meta", mode="reject")

    assert say(text="hi") == (200, {"id": bubble()["id"], "status": 200})

    assert webhook.next().content == webhook.next().content
    assert bubble()["posts"] == 2
    assert send_meta().status_code == 400


def test_faults_of_both_directions_end_separately_or_together(set_fault, client):
    set_fault(channel="meta", mode="twice")
    assert [one["mode"] for one in set_fault(channel="meta", mode="slow")] == ["twice", "slow"]
    assert [one["mode"] for one in set_fault(channel="meta", mode="ok")] == ["twice"]
    set_fault(channel="meta", mode="slow")
    assert [one["mode"] for one in set_fault(channel="meta", mode="once")] == ["slow"]

    assert client.delete("/simulator/faults").get_json() == {"faults": []}


def test_a_limited_number_of_messages_is_delivered_twice(set_fault, say, changes):
    set_fault(channel="twilio", mode="twice", customer=MONA, count=1)

    say(text="one", channel="twilio")
    say(text="two", channel="twilio")

    assert [one["posts"] for one in changes()["bubbles"]] == [2, 1]


def test_the_page_knows_the_senders_that_are_set_up_and_what_they_carry(changes, simulator):
    senders = {sender["channel"]: sender for sender in changes()["lines"]}

    assert senders["twilio"]["number"] == "+14155238886"
    assert "contacts" in senders["meta"]["carries"]
    assert "contacts" not in senders["twilio"]["carries"]
    alone = simulator(twilio_from="").test_client()
    assert [sender["channel"] for sender in alone.get("/simulator/changes").get_json()["lines"]] == ["meta"]
