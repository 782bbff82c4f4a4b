"""What goes over the wire to Telegram for pictures, places, cards and links."""

import json
from asyncio import run

import httpx
import pytest
from pydantic import SecretStr

from session import Card, File, Flow, Link, Location, Media, Reply
from session.messages import Delivery, Route
from session.replies import Button
from tests.worker.channels.files import CONTENTS, PICTURE, FakeFiles
from tests.worker.channels.provider import Provider
from worker.channels.outcomes import Rejected, Sent
from worker.channels.telegram.channel import Telegram

ACCEPTED = httpx.Response(200, json={"ok": True, "result": {"message_id": 9, "chat": {"id": 5}}})
YES = Button(id="y", title="Yes")


def telegram(files=None):
    provider = Provider(ACCEPTED)
    channel = Telegram(
        api_url="https://api.test",
        token=SecretStr("7:x"),
        webhook_url="",
        typing=False,
        http=provider,
        files=files or FakeFiles(dict(CONTENTS)),
    )
    return channel, provider


def sent(reply):
    """The requests that a reply becomes: the method of each and its JSON, without the chat."""
    channel, provider = telegram()
    route = Route(channel="telegram", sender="7", address="5")
    for part in channel.render(reply):
        one = Delivery(id="t.0", conversation="telegram:5", route=route, reply=part, queued_at=0)
        assert isinstance(run(channel.send(one)), Sent)
    return [(str(one.url).rpartition("/")[2], one) for one in provider.requests]


def posted(reply):
    found = [(method, json.loads(one.content)) for method, one in sent(reply)]
    return [(method, {k: v for k, v in body.items() if k != "chat_id"}) for method, body in found]


def test_a_public_address_is_fetched_by_telegram_and_stars_become_bold():
    assert posted(Reply(text="*Villa* 7", media="https://a.example/v.jpg", buttons=(YES,))) == [
        (
            "sendPhoto",
            {
                "photo": "https://a.example/v.jpg",
                "caption": "Villa 7",
                "caption_entities": [{"type": "bold", "offset": 0, "length": 5}],
                "reply_markup": {"inline_keyboard": [[{"text": "Yes", "callback_data": "b:y"}]]},
            },
        )
    ]


@pytest.mark.parametrize(
    ("name", "kind", "method"),
    [
        ("a.mp4", "video", "sendVideo"),
        ("a.mp3", "audio", "sendAudio"),
        ("a.ogg", "voice", "sendVoice"),
        ("a.pdf", "document", "sendDocument"),
        ("a.webp", "sticker", "sendSticker"),
    ],
)
def test_each_kind_has_its_method(name, kind, method):
    url = f"https://a.example/{name}"
    ((called, body),) = posted(Reply(media=File(url=url, kind=kind)))
    assert (called, body[kind]) == (method, url)


def test_a_file_goes_with_the_request():
    ((method, request),) = sent(Reply(text="Villa", media=PICTURE))

    assert method == "sendPhoto"
    assert (
        b'name="photo"; filename="villa.jpg"\r\nContent-Type: image/jpeg\r\n\r\n12345\r\n' in request.content
    )
    assert b'name="caption"\r\n\r\nVilla\r\n' in request.content
    assert b'name="chat_id"\r\n\r\n5\r\n' in request.content


def test_places_cards_links_and_a_question_for_a_place():
    place = Location(latitude=1, longitude=2, name="Villa", address="Cairo")
    here, venue = posted(Reply(text="Here", location=place))
    assert (here[0], here[1]["text"]) == ("sendMessage", "Here")
    assert venue == (
        "sendVenue",
        {"latitude": 1.0, "longitude": 2.0, "title": "Villa", "address": "Cairo"},
    )
    assert posted(Reply(location=Location(latitude=1, longitude=2)))[0][0] == "sendLocation"
    phone, words = posted(Reply(contacts=(Card(name="Mona", phones=("+20 1",)), Card(name="No phone"))))
    assert phone == ("sendContact", {"phone_number": "+20 1", "first_name": "Mona"})
    assert words[1]["text"] == "No phone"
    ((_, link),) = posted(Reply(text="Look", link=Link(title="Open", url="https://a.example/")))
    assert link["reply_markup"]["inline_keyboard"] == [[{"text": "Open", "url": "https://a.example/"}]]
    ((_, asks),) = posted(Reply(text="Where?", asks_location=True))
    assert asks["reply_markup"]["keyboard"][0][0]["request_location"] is True
    ((_, form),) = posted(Reply(text="Come", flow=Flow(id="1", button="b", instead="When?")))
    assert form["text"] == "Come\n\nWhen?"


def test_long_captions_go_ahead_and_large_files_are_named():
    ahead, picture = posted(Reply(text="a" * 1025, media="https://a.example/v.jpg"))
    assert (len(ahead[1]["text"]), picture[1]["caption"]) == (1024, "a")
    big = File.of(Media(stored="f/9", mime_type="application/pdf", filename="big.pdf", size=51 * 1024 * 1024))
    assert [body["text"] for _, body in posted(Reply(text="Read", media=big))] == ["Read\n\nbig.pdf"]


def test_a_file_that_is_gone_is_no_request():
    channel, provider = telegram(FakeFiles())
    route = Route(channel="telegram", sender="7", address="5")
    one = Delivery(id="t.0", conversation="telegram:5", route=route, reply=Reply(media=PICTURE), queued_at=0)

    assert isinstance(run(channel.send(one)), Rejected)
    assert provider.requests == []


def test_a_file_is_where_telegram_says_and_no_larger_than_it_hands_out():
    channel, provider = telegram()
    provider.answer = httpx.Response(200, json={"ok": True, "result": {"file_path": "photos/a b.jpg"}})

    place = run(channel.media_at(Media(id="f")))

    assert place.url == "https://api.test/file/bot7:x/photos/a%20b.jpg"
    assert (place.origin, place.hosts, place.at_most) == ("https://api.test", (), 20 * 1024 * 1024)
