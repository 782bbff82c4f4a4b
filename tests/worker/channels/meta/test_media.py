"""What goes over the wire to Meta for pictures, places, cards, links and forms; pywa must write the same."""

from asyncio import run
from dataclasses import dataclass

import httpx
import pytest
from pywa import types as pywa

from session import Card, File, Flow, Link, Location, Menu, Reply, Row
from session.errors import StoreUnavailable
from session.replies import Button
from session.templates import Template
from tests.worker.channels.files import CONTENTS, PAPER, PICTURE, FakeFiles
from tests.worker.channels.meta.test_channel import ECHO, by_pywa
from tests.worker.channels.provider import ACCEPTED_BY_META, LOST, meta, to_meta
from worker.channels.outcomes import InDoubt, Prepared, Rejected, Sent, Stopped, Throttled

TO = "201001234567"
URL = "https://a.example/villa.jpg"
YES = Button(id="y", title="Yes")


def filled(json):
    """JSON without what is empty: pywa writes that, too."""
    if isinstance(json, dict):
        return {key: filled(value) for key, value in json.items() if value not in (None, [])}
    return [filled(value) for value in json] if isinstance(json, list) else json


@pytest.mark.parametrize(
    ("reply", "say"),
    [
        (Reply(media=URL, text="Villa"), lambda wa: wa.send_image(TO, URL, caption="Villa", **ECHO)),
        (
            Reply(media=File(url="https://a.example/c", kind="document", filename="c.pdf")),
            lambda wa: wa.send_document(TO, "https://a.example/c", filename="c.pdf", **ECHO),
        ),
        (
            Reply(media="https://a.example/v.ogg"),
            lambda wa: wa.send_audio(TO, "https://a.example/v.ogg", **ECHO),
        ),
        (
            Reply(media=File(url="https://a.example/v.ogg", kind="voice")),
            lambda wa: wa.send_voice(TO, "https://a.example/v.ogg", **ECHO),
        ),
        (
            Reply(media="https://a.example/s.webp"),
            lambda wa: wa.send_sticker(TO, "https://a.example/s.webp", **ECHO),
        ),
        (
            Reply(media=URL, text="Like it?", buttons=(YES,)),
            lambda wa: wa.send_image(TO, URL, caption="Like it?", buttons=[pywa.Button("Yes", "y")], **ECHO),
        ),
        (
            Reply(location=Location(latitude=30.06, longitude=31.22, name="Villa", address="Cairo")),
            lambda wa: wa.send_location(TO, 30.06, 31.22, name="Villa", address="Cairo", **ECHO),
        ),
        (
            Reply(contacts=(Card(name="Mona", phones=("+20 100",), organisation="Us"),)),
            lambda wa: wa.send_contact(
                TO,
                pywa.Contact(
                    name=pywa.Contact.Name(formatted_name="Mona", first_name="Mona"),
                    phones=[pywa.Contact.Phone(phone="+20 100", type="CELL")],
                    org=pywa.Contact.Org(company="Us"),
                ),
                **ECHO,
            ),
        ),
        (
            Reply(text="Look", link=Link(title="Open", url="https://a.example/")),
            lambda wa: wa.send_message(
                TO, "Look", buttons=pywa.URLButton(title="Open", url="https://a.example/"), **ECHO
            ),
        ),
        (
            Reply(text="Where?", asks_location=True),
            lambda wa: wa.request_location(TO, "Where?", **ECHO),
        ),
    ],
)
def test_pywa_writes_the_same(reply, say):
    channel, provider = meta()
    (part,) = channel.render(reply)

    assert run(channel.send(to_meta(part))) == Sent(provider_id="wamid.OUT")
    assert provider.posted_json == filled(by_pywa(say))


def test_a_form_is_opened_as_meta_documents_it():
    form = Flow(id="7", button="Fill in", screen="ONE", data={"a": 1}, token="t", draft=True)
    channel, provider = meta()
    run(channel.send(to_meta(Reply(text="Please", flow=form))))

    assert provider.posted_json["interactive"] == {
        "type": "flow",
        "body": {"text": "Please"},
        "action": {
            "name": "flow",
            "parameters": {
                "flow_message_version": "3",
                "flow_id": "7",
                "flow_cta": "Fill in",
                "flow_token": "t",
                "flow_action": "navigate",
                "flow_action_payload": {"screen": "ONE", "data": {"a": 1}},
                "mode": "draft",
            },
        },
    }


def rendered(reply):
    return [
        (part.text, part.media and part.media.kind, bool(part.buttons or part.menu or part.link))
        for part in meta()[0].render(reply)
    ]


@pytest.mark.parametrize(
    ("reply", "parts"),
    [
        (Reply(media=PICTURE, text="x" * 1024), [("x" * 1024, "image", False)]),
        (Reply(media=PICTURE, text="x" * 1025), [("x" * 1024, None, False), ("x", "image", False)]),
        (Reply(media="https://a.example/s.webp", text="Hi"), [("Hi", None, False), ("", "sticker", False)]),
        (Reply(media="https://a.example/v.ogg", text=" "), [("", "audio", False)]),
        (
            Reply(media=PICTURE, text="Which?", menu=Menu(button="b", rows=(Row(id="1", title="x"),))),
            [("", "image", False), ("Which?", None, True)],
        ),
        (Reply(media=PICTURE, buttons=(YES,)), [("…", "image", True)]),
        (
            Reply(media=PICTURE, text="x", link=Link(title="y" * 30, url="https://a.example")),
            [("x", "image", True)],
        ),
    ],
)
def test_captions_and_headers_are_within_the_limits(reply, parts):
    assert rendered(reply) == parts


def uploading(*answers, contents=CONTENTS, files=None):
    """Meta, with a media store; the answers to its requests, in order."""
    waiting = list(answers)

    def answer(_):
        return waiting.pop(0)

    channel, provider = meta(answer, files=files or FakeFiles(dict(contents)))
    return channel, provider


ACCEPTED = httpx.Response(200, json=ACCEPTED_BY_META)
UPLOADED = httpx.Response(200, json={"id": "555"})
LOST_MEDIUM = httpx.Response(
    400,
    json={
        "error": {
            "message": "(#100) Param image['id'] is not a valid whatsapp business account media attachment ID",
            "type": "OAuthException",
            "code": 100,
        }
    },
)


def test_a_file_is_uploaded_once_for_a_sender_and_sent_by_its_id():
    files = FakeFiles(dict(CONTENTS))
    channel, provider = uploading(UPLOADED, ACCEPTED, ACCEPTED, files=files)
    for _ in range(2):
        assert run(channel.send(to_meta(Reply(text="Villa", media=PICTURE)))) == Sent(provider_id="wamid.OUT")

    upload, first, second = provider.requests
    assert upload.url == "https://graph.test/v23.0/2002/media"
    assert upload.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'name="file"; filename="villa.jpg"\r\nContent-Type: image/jpeg\r\n\r\n12345' in upload.content
    assert b'name="messaging_product"\r\n\r\nwhatsapp\r\n' in upload.content
    assert b'"image": {"id": "555", "caption": "Villa"}' in first.content
    assert first.content == second.content


def test_a_document_has_its_name():
    channel, provider = uploading(UPLOADED, ACCEPTED)
    run(channel.send(to_meta(Reply(media=PAPER))))

    assert b'"document": {"id": "555", "filename": "contract.pdf"}' in provider.requests[1].content


def test_what_meta_has_lost_is_uploaded_again_once():
    files = FakeFiles(dict(CONTENTS), {"2002:aa": "old"})
    channel, provider = uploading(LOST_MEDIUM, UPLOADED, LOST_MEDIUM, files=files)

    outcome = run(channel.send(to_meta(Reply(media=PICTURE))))

    assert isinstance(outcome, Rejected)
    assert len(provider.requests) == 3
    assert files.ids == {}, "the next attempt begins with an upload"


@pytest.mark.parametrize(("code", "kept"), [("131053", False), ("131026", True)])
@pytest.mark.parametrize(
    "reply", [Reply(media=PICTURE), Reply(template=Template(name="ad", language="en", header=PICTURE))]
)
def test_what_meta_could_not_use_after_all_is_uploaded_again_the_next_time(reply, code, kept):
    files = FakeFiles(dict(CONTENTS), {"2002:aa": "555"})
    channel, _ = uploading(files=files)

    run(channel.has_failed(to_meta(reply), code))
    run(channel.has_failed(to_meta(Reply(media="https://a.example/v.jpg")), code))

    assert bool(files.ids) is kept


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (LOST, Throttled),
        (httpx.Response(502, html="<html>"), Throttled),
        (httpx.Response(500, json={"error": {"code": 1, "type": "x", "message": "m"}}), Throttled),
        (httpx.Response(400, json={"error": {"code": 131053, "type": "x", "message": "m"}}), Rejected),
        (httpx.Response(401, json={"error": {"code": 190, "type": "x", "message": "m"}}), Stopped),
        (httpx.Response(200, json={}), Throttled),
    ],
)
def test_an_upload_is_never_in_doubt(answer, kind):
    channel, provider = uploading(answer)

    outcome = run(channel.send(to_meta(Reply(media=PICTURE))))

    assert isinstance(outcome, kind)
    assert not isinstance(outcome, InDoubt)
    assert len(provider.requests) == 1


def test_only_the_send_is_in_doubt_and_its_upload_is_kept():
    files = FakeFiles(dict(CONTENTS))
    channel, _ = uploading(UPLOADED, LOST, files=files)

    assert run(channel.send(to_meta(Reply(media=PICTURE)))) == LOST
    assert files.noted == ["555"]


@dataclass
class ForgetfulFiles(FakeFiles):
    """The server of the uploads does not answer."""

    silent: str = ""  #: the method that is not answered

    async def uploaded(self, name):
        return self._answered("uploaded") or await super().uploaded(name)

    async def note_upload(self, name, id_):
        self._answered("note_upload")
        await super().note_upload(name, id_)

    async def forget_upload(self, name):
        self._answered("forget_upload")
        await super().forget_upload(name)

    def _answered(self, method):
        if method == self.silent:
            raise StoreUnavailable(method)


@pytest.mark.parametrize(
    ("silent", "answers", "kind"),
    [
        ("uploaded", (), Throttled),
        ("note_upload", (UPLOADED, ACCEPTED), Sent),
        ("forget_upload", (UPLOADED, LOST_MEDIUM), Throttled),
    ],
)
def test_a_reply_is_not_in_doubt_because_nobody_remembers_the_uploads(silent, answers, kind):
    channel, provider = uploading(*answers, files=ForgetfulFiles(dict(CONTENTS), silent=silent))

    assert isinstance(run(channel.send(to_meta(Reply(media=PICTURE)))), kind)
    assert len(provider.requests) == len(answers)


def test_a_file_that_is_gone_is_a_dead_letter_and_not_a_request():
    channel, provider = uploading(contents={})

    outcome = run(channel.send(to_meta(Reply(media=PICTURE))))

    assert isinstance(outcome, Rejected)
    assert outcome.code == "no-file"
    assert provider.requests == []


def test_a_slow_upload_is_followed_by_the_send_under_a_new_lease(monkeypatch):
    monkeypatch.setattr("worker.channels.meta.channel.AT_ONCE", -1)
    channel, provider = uploading(UPLOADED)

    assert isinstance(run(channel.send(to_meta(Reply(media=PICTURE)))), Prepared)
    assert len(provider.requests) == 1
