"""What goes over the wire to Twilio for pictures and places, and what becomes words."""

from asyncio import run

import pytest

from session import File, Link, Location, Menu, Reply, Row
from tests.worker.channels.files import CONTENTS, PICTURE, FakeFiles
from tests.worker.channels.provider import to_twilio, twilio
from worker.channels.outcomes import Rejected, Sent

MENU = Menu(button="b", rows=(Row(id="1", title="One"), Row(id="2", title="Two")))


def sent(reply, **settings):
    """The forms that a reply becomes."""
    channel, provider = twilio(files=FakeFiles(dict(CONTENTS)), **settings)
    forms = []
    for part in channel.render(reply):
        assert run(channel.send(to_twilio(part))) == Sent(provider_id="SMout")
        forms.append({k: v for k, v in provider.posted_form.items() if k not in ("To", "From")})
        provider.requests.clear()
    return forms


def test_a_picture_is_an_address_that_twilio_fetches():
    assert sent(Reply(text="Villa", media=PICTURE)) == [
        {"Body": "Villa", "MediaUrl": "https://bot.test/media/f/1?1800000000000"}
    ]
    assert sent(Reply(media="https://a.example/v.jpg")) == [{"MediaUrl": "https://a.example/v.jpg"}]


def test_options_and_links_are_part_of_the_caption():
    (form,) = sent(Reply(text="Which?", media=PICTURE, menu=MENU))
    assert form["Body"] == "Which?\n\n1. One\n2. Two"

    (form,) = sent(Reply(text="See", media=PICTURE, link=Link(title="Open", url="https://a.example/")))
    assert form["Body"] == "See\n\nOpen: https://a.example/"


def test_a_long_caption_goes_ahead_and_a_sound_has_none():
    ahead, picture = sent(Reply(text="a" * 1025, media=PICTURE))
    assert (len(ahead["Body"]), picture["Body"]) == (1024, "a")

    words, sound = sent(Reply(text="Hear", media="https://a.example/v.ogg"))
    assert (words, sound) == ({"Body": "Hear"}, {"MediaUrl": "https://a.example/v.ogg"})


def test_a_place_is_a_geo_action():
    place = Location(latitude=30.06, longitude=-31.5, name="Villa", address="Cairo")
    assert sent(Reply(text="Here", location=place)) == [
        {"Body": "Here"},
        {"Body": "Villa", "PersistentAction": "geo:30.060000,-31.500000|Cairo"},
    ]
    assert sent(Reply(location=Location(latitude=1, longitude=2))) == [
        {"Body": "1.0, 2.0", "PersistentAction": "geo:1.000000,2.000000"}
    ]


@pytest.mark.parametrize(
    ("media", "settings"),
    [
        (PICTURE, {"shows_files": False}),
        (PICTURE.model_copy(update={"kind": "document", "size": 16 * 1024 * 1024 + 1}), {}),
    ],
)
def test_what_twilio_cannot_fetch_is_named(media, settings):
    assert sent(Reply(text="Villa", media=media), **settings) == [{"Body": "Villa\n\nvilla.jpg"}]


def test_without_a_public_address_nothing_is_sent():
    channel, provider = twilio()
    stored = File(stored="f/1", mime_type="image/jpeg")

    assert isinstance(run(channel.send(to_twilio(Reply(media=stored)))), Rejected)
    assert provider.requests == []
