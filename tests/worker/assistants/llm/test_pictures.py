"""A model that takes images sees the pictures of new messages."""

import base64

import pytest

from session.content_parts import Kind, Media
from session.contents import Attachment
from session.errors import NoSuchMedium
from session.testing import message
from tests.worker.assistants.llm.model_server import answers, calls

JPEG = b"\xff\xd8\xff\xe0 a roof"


def picture(key="a/1", caption="", mime_type="image/jpeg"):
    media = Media(mime_type=mime_type, stored=key, size=9)
    return message(content=Attachment(kind=Kind.IMAGE, text=caption, media=(media,)))


@pytest.fixture
def sees(bench, server, turn_of):
    """Has a model that takes images answer; returns the turn and what it was sent of the newest message."""

    def answered(*sent, media=None, **settings):
        kept = {"a/1": JPEG} if media is None else media

        def read(key):
            if key not in kept:
                raise NoSuchMedium(key)
            return kept[key]

        server.script = [answers("A fine roof.", intent="other")]
        turn = turn_of(*sent)
        turn.read_media = read
        said = bench(**({"llm_images": True} | settings)).assistant(turn)
        return said, (server.requests[-1]["messages"][-1]["content"] if server.requests else None)

    return answered


def url(content, mime_type="image/jpeg"):
    return {"url": f"data:{mime_type};base64,{base64.b64encode(content).decode()}"}


def test_a_picture_goes_along_with_its_caption(sees):
    said, (text, image) = sees(picture(caption="our roof"))

    assert said is None
    assert text["type"] == "text"
    assert text["text"].endswith("[with a picture that you see] our roof")
    assert image == {"type": "image_url", "image_url": url(JPEG)}


def test_a_picture_without_words_needs_a_model_that_sees_it(sees):
    assert sees(picture())[0] is None
    assert sees(picture(), llm_images=False)[0] == "the concierge answers"


@pytest.mark.parametrize("sent", [picture("gone"), picture(mime_type="image/tiff")])
def test_a_picture_that_cannot_be_read_is_left_to_the_fallback(sees, sent):
    assert sees(sent) == ("the concierge answers", None)


def test_a_picture_that_cannot_be_read_is_said_not_to_be_seen(sees):
    assert sees(picture("gone", "our roof"))[1].endswith("[under a picture that you cannot see:] our roof")


def test_the_newest_three_are_sent_as_far_as_there_is_room(sees):
    media = {"1": b"1", "2": b"2" * 4_000_000, "3": b"3" * 1_500_000, "4": b"4"}

    _, (text, *images) = sees(*[picture(key, f"number {key}") for key in media], media=media)

    assert [image["image_url"] for image in images] == [url(media["3"]), url(media["4"])]
    assert "cannot see:] number 2" in text["text"]
    assert "you see] number 3" in text["text"]


def test_a_picture_counts_as_tokens_if_the_server_counts_none(bench, server, turn_of):
    server.then = lambda _: calls(("answer", {"text": "Yes.", "intent": "other"}), tokens=None)
    used = []
    for images in (False, True):
        turn = turn_of(picture(caption="our roof"))
        turn.read_media = lambda key: JPEG
        here = bench(llm_images=images)
        before = here.used()
        here.assistant(turn)
        used.append(here.used() - before)

    assert used[1] > used[0] + 1400
