"""What an assistant may answer: contradictions and what cannot be sent are errors where it makes them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import Card, File, Flow, Link, Location, Media, Menu, Reply, Row
from session.files import LARGEST
from session.messages import Delivery
from session.replies import Button
from tests.values import delivery

JPEG = b"\xff\xd8\xff\xe0" + bytes(40)
LINK = Link(title="Open", url="https://a.example/")
PLACE = Location(latitude=1, longitude=2)
YES = Button(id="y", title="Yes")


@pytest.mark.parametrize(
    ("given", "kind", "mime_type", "filename"),
    [
        ("https://a.example/House%20One.jpg?x=1", "image", "image/jpeg", None),
        (Path("some/where/Contract.PDF"), "document", "application/pdf", "Contract.PDF"),
        (("voice.ogg", b"OggS" + bytes(30)), "audio", "audio/ogg", "voice.ogg"),
        (("wrongly named.png", JPEG), "image", "image/jpeg", "wrongly named.png"),
        (("../../etc/list.csv", b"a,b"), "document", "text/plain", "list.csv"),
        (Media(stored="k", mime_type="audio/ogg; codecs=opus", size=3), "audio", "audio/ogg", None),
        (File(url="https://a.example/download", kind="document"), "document", "", None),
        (File(filename="v.ogg", content=b"OggS", kind="voice"), "voice", "audio/ogg", "v.ogg"),
    ],
)
def test_the_kind_the_type_and_the_name_of_a_file(given, kind, mime_type, filename):
    file = Reply(media=given).media

    assert (file.kind, file.mime_type, file.filename) == (kind, mime_type, filename)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"media": "/etc/passwd"}, "its type is not known"),
        ({"media": "plan.pdf"}, "a file is a pathlib.Path"),
        ({"media": "https://a.example/film.avi"}, "its type is not known"),
        ({"media": ("a.gif", b"GIF89a" + bytes(20))}, "image/gif"),
        ({"media": ("a.jpg", b"")}, "is empty"),
        ({"media": ("a.jpg", JPEG + bytes(LARGEST["image"]))}, "WhatsApp takes 5,242,880 as image"),
        ({"media": ("", JPEG)}, "bytes need a filename"),
        (
            {
                "media": File(url="https://a.example/x", kind="video").model_copy(),
                "flow": Flow(id="1", button="b"),
            },
            "not both",
        ),
        ({"media": Media(mime_type="image/png", why_not="too large")}, "too large"),
        ({"media": 7}, "media is an address"),
        ({"media": "https://a.example/" + "x" * 2000 + ".jpg"}, "at most 2,000"),
        ({"media": "https://a.example/a.jpg", "location": PLACE}, "media or location, not both"),
        ({"location": PLACE, "buttons": [YES]}, "location has no buttons"),
        (
            {"text": "x", "link": LINK, "menu": Menu(button="b", rows=(Row(id="1", title="x"),))},
            "has no menu",
        ),
        ({"link": LINK}, "has a text"),
        ({"asks_location": True}, "has a text"),
        ({"location": Location(latitude=91, longitude=0)}, "latitude"),
        ({"contacts": [Card(name=" ")]}, "a card has a name"),
        ({"contacts": [Card(name="x")] * 21}, "at most 20"),
    ],
)
def test_what_cannot_be_sent_is_an_error_where_it_is_made(fields, why):
    with pytest.raises(ValueError, match=why):
        Reply(**fields)


def test_an_error_does_not_quote_what_was_refused():
    # The error of an assistant is logged, and kept in the dead letter.
    with pytest.raises(ValueError, match="media or location") as raised:
        Reply(text="what a customer wrote", media="https://a.example/7.jpg", location=PLACE)

    assert "customer" not in str(raised.value)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"button": "b"}, "either an id or a name"),
        ({"id": "1", "name": "n", "button": "b"}, "either an id or a name"),
        ({"id": "1", "button": "b", "data": {"a": 1}}, "say which one"),
        ({"id": "1", "button": "b", "screen": "S", "data": {"a": "x" * 33_000}}, "at most 32,768"),
    ],
)
def test_what_opens_no_form(fields, why):
    with pytest.raises(ValueError, match=why):
        Flow(**fields)


@pytest.mark.parametrize("url", ["ftp://a.example", "https://", "javascript:alert(1)", "https://a b"])
def test_a_link_opens_an_address(url):
    with pytest.raises(ValueError, match="address"):
        Link(title="x", url=url)


def test_what_was_queued_is_read_back_and_neither_a_path_nor_bytes_are_stored():
    kept = File(stored="f/1", filename="a.jpg", mime_type="image/jpeg", size=5, sha256="00")
    one = delivery().model_copy(update={"reply": Reply(text="x", media=kept, buttons=(YES,))})

    assert Delivery.model_validate_json(one.to_json()).reply == one.reply
    for source in (("a.jpg", JPEG), Path("secret/a.jpg")):
        assert "secret" not in Reply(media=source).to_json()
        assert "content" not in Reply(media=source).to_json()


def test_only_what_is_more_than_text_has_the_second_format():
    assert delivery().model_copy(update={"reply": Reply(text="x", buttons=(YES,))}).needs_format == 1
    assert Reply(text="x").to_json() == '{"text":"x","buttons":[]}'
    for more in ({"media": "https://a.example/a.jpg"}, {"location": PLACE}, {"text": "x", "link": LINK}):
        assert delivery().model_copy(update={"reply": Reply(**more)}).needs_format == 2


@given(st.text(), st.binary(max_size=50))
def test_no_name_and_no_content_break_anything_else(name, content):
    try:
        file = Reply(media=(name, content)).media
    except ValueError:
        return
    assert "/" not in file.filename
    assert file.filename.isprintable()
    assert len(file.filename) <= 240
