"""What goes over the wire to Meta; pywa, an independent client, must write the same."""

import json
from asyncio import run

import httpx
import pytest
from pywa import WhatsApp
from pywa import types as pywa

from session.replies import Button, Menu, Reply, Row
from tests.worker.channels.provider import ACCEPTED_BY_META, TOKEN, Provider, meta, to_meta
from worker.channels.outcomes import Rejected, Sent

YES_NO = (Button(id="y", title="Yes"), Button(id="n", title="No"))
AREAS = Menu(
    button="Areas", rows=(Row(id="m", title="Maadi", description="2 flats"), Row(id="z", title="Zamalek"))
)


def test_a_text_is_posted_through_the_sender_of_its_route():
    channel, provider = meta()

    outcome = run(channel.send(to_meta("Hello")))

    assert outcome == Sent(provider_id="wamid.OUT")
    assert provider.request.method == "POST"
    assert provider.request.url == "https://graph.test/v23.0/2002/messages"
    assert provider.request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert provider.request.headers["Content-Type"] == "application/json"
    assert provider.posted_json == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "201001234567",
        "type": "text",
        "text": {"body": "Hello", "preview_url": False},
        "biz_opaque_callback_data": "whatsapp:+201001234567 t7.1",
    }


def by_pywa(say):
    provider = Provider(httpx.Response(200, json=ACCEPTED_BY_META))
    client = WhatsApp(phone_id="2002", token=TOKEN, session=provider.client())
    say(client)
    return provider.posted_json


ECHO = {"tracker": "whatsapp:+201001234567 t7.1"}


@pytest.mark.parametrize(
    ("delivery", "say"),
    [
        (
            to_meta(Reply(text='أهلاً "you" 😀', reply_to="wamid.Q")),
            lambda wa: wa.send_message(
                "201001234567", 'أهلاً "you" 😀', reply_to_message_id="wamid.Q", **ECHO
            ),
        ),
        (
            to_meta("Hello", address="EG.123"),
            lambda wa: wa.send_message("EG.123", "Hello", **ECHO),
        ),
        (
            to_meta(Reply(text="Sure?", buttons=YES_NO)),
            lambda wa: wa.send_message(
                "201001234567", "Sure?", buttons=[pywa.Button("Yes", "y"), pywa.Button("No", "n")], **ECHO
            ),
        ),
    ],
    ids=["a quoting text", "a customer without a number", "buttons"],
)
def test_pywa_writes_the_same(delivery, say):
    channel, provider = meta()

    run(channel.send(delivery))

    assert provider.posted_json == by_pywa(say)


def test_a_list_is_what_pywa_writes_but_for_the_title_of_its_sole_section():
    channel, provider = meta()
    section = pywa.Section(
        "Title", [pywa.SectionRow("Maadi", "m", "2 flats"), pywa.SectionRow("Zamalek", "z")]
    )

    run(channel.send(to_meta(Reply(text="Where?", menu=AREAS))))

    theirs = by_pywa(
        lambda wa: wa.send_message(
            "201001234567", "Where?", buttons=pywa.SectionList("Areas", [section]), **ECHO
        )
    )
    del theirs["interactive"]["action"]["sections"][0]["title"]
    assert provider.posted_json == theirs


@pytest.mark.parametrize("text", ['"}, "to": "1', "a\\", "\0\x1f", "</script>", "{{1}}", "\ud800"])
def test_no_text_can_become_structure(text):
    channel, provider = meta()

    run(channel.send(to_meta(text)))

    assert provider.posted_json["text"] == {"body": text, "preview_url": False}
    assert provider.posted_json["to"] == "201001234567"


@pytest.mark.parametrize(
    ("sender", "path"),
    [
        ("", "/v23.0/1001/messages"),
        ("../../me", "/v23.0/%2E%2E%2F%2E%2E%2Fme/messages"),
        ("..", "/v23.0/%2E%2E/messages"),
        ("1?a=b#c", "/v23.0/1%3Fa%3Db%23c/messages"),
    ],
)
def test_no_sender_can_leave_its_place_in_the_path(sender, path):
    channel, provider = meta()

    run(channel.send(to_meta("Hello", sender=sender)))

    assert provider.request.url.raw_path.decode() == path


def test_silence_is_refused_without_asking_meta():
    channel, provider = meta()

    assert run(channel.send(to_meta(" \n"))) == Rejected(code="empty", words="nothing is said in this reply")
    assert provider.requests == []


def test_the_posted_bytes_are_ascii():
    channel, provider = meta()

    run(channel.send(to_meta("مساء الخير")))

    assert json.loads(provider.request.content.decode("ascii"))["text"]["body"] == "مساء الخير"
