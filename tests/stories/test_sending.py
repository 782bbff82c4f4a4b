"""What a business sends is more than text: pictures, documents, places, cards, links and forms, on every channel."""

from pathlib import Path

import pytest

from session import Card, Flow, Link, Location, Reply, Turn
from session.content_parts import Kind
from tests.clocks import START
from tests.stories.telling import ALIA, OMAR, Story
from webhook.simulator.media.samples import sample
from worker.assistants.catalogue.loader import load_samples

PICTURE = sample(Kind.IMAGE)
NOUR = "telegram:555"
VILLA = Location(latitude=30.06, longitude=31.22, name="Villa 7", address="Zamalek, Cairo")


def villa(turn: Turn) -> Reply | None:
    """A real-estate assistant that answers with what it was asked for."""
    match turn.text:
        case "picture":
            return Reply(text="Villa 7, with a garden", media=("villa.jpg", PICTURE))
        case "where":
            return Reply(text="It is here:", location=VILLA)
        case "who":
            return Reply(contacts=[Card(name="Mona Adel", phones=("+20 100 555 0101",))])
        case "more":
            return Reply(text="All about it", link=Link(title="Open", url="https://villas.example/7"))
        case "visit":
            form = Flow(id="77", button="Choose a time", instead="When would you like to come?")
            return Reply(text="Come and see it.", flow=form)
        case "ask":
            return Reply(text="Where are you?", asks_location=True)
        case "again":
            (picture,) = turn.messages[0].media
            return Reply(text="This one?", media=picture)
    return None


@pytest.fixture
def story():
    return Story(villa)


def test_a_property_with_pictures(story):
    story.says("picture")

    (seen,) = story.receives()
    assert (seen["type"], seen["text"]) == ("image", "Villa 7, with a garden")
    assert story.phone.get(f"/simulator/files/{seen['media']['file']}").data == PICTURE
    said = story.session().context.message_history[-1].content
    assert (said.kind, said.text, said.media[0].filename) == (
        Kind.IMAGE,
        "Villa 7, with a garden",
        "villa.jpg",
    )


def test_the_same_picture_is_uploaded_once_and_again_when_meta_has_lost_it(story):
    story.says("picture")
    story.says("picture", customer="+201005550199")
    first, second = story.receives()[0], story.receives("+201005550199")[0]
    assert first["media"]["id"] == second["media"]["id"]

    answer = story.phone.delete(f"/v23.0/{first['media']['id']}", headers={"Authorization": "Bearer token"})
    assert answer.status_code == 200
    story.says("picture")

    (third,) = story.receives()
    assert third["media"]["id"] != first["media"]["id"]
    assert story.phone.get(f"/simulator/files/{third['media']['file']}").data == PICTURE


def test_twilio_fetches_the_picture_at_an_address_of_ours(story):
    story.says("picture", customer=OMAR, channel="twilio")

    (seen,) = story.receives(OMAR)
    assert (seen["text"], seen["media"]["mimeType"]) == ("Villa 7, with a garden", "image/jpeg")
    assert seen["media"]["link"].startswith("http://bot.example/media/")
    assert OMAR[1:] not in seen["media"]["link"]
    assert story.phone.get(f"/simulator/files/{seen['media']['file']}").data == PICTURE

    page = story.webhook.test_client()
    path = seen["media"]["link"].removeprefix("http://bot.example")
    assert page.get(path).headers["X-Content-Type-Options"] == "nosniff"
    assert page.get(path.replace("/media/", "/media/A")).status_code == 404
    story.clock.move(hours=28)
    assert page.get(path).status_code == 404


def test_places_cards_links_forms_and_a_question_for_a_place_on_meta(story):
    for wish in ("where", "who", "more", "visit", "ask"):
        story.says(wish)

    words, place, card, link, form, asks = story.receives()
    assert words["text"] == "It is here:"
    assert place["location"] == {
        "latitude": 30.06,
        "longitude": 31.22,
        "name": "Villa 7",
        "address": "Zamalek, Cairo",
    }
    assert card["contacts"][0]["phones"][0]["phone"] == "+20 100 555 0101"
    assert link["link"] == {"id": "https://villas.example/7", "title": "Open"}
    assert (form["opens"], form["text"]) == ("Choose a time", "Come and see it.")
    assert (asks["asksLocation"], asks["text"]) == (True, "Where are you?")
    kinds = [entry.content.kind for entry in story.session().context.message_history[1::2]]
    assert kinds == [Kind.LOCATION, Kind.CONTACTS, Kind.LINK, Kind.FLOW, Kind.LOCATION_REQUEST]


def test_what_twilio_has_no_message_for_is_said_in_words(story):
    for wish in ("where", "who", "more", "visit", "ask"):
        story.says(wish, customer=OMAR, channel="twilio")

    words, place, card, link, form, asks = story.receives(OMAR)
    assert words["text"] == "It is here:"
    assert place["location"] == {
        "latitude": 30.06,
        "longitude": 31.22,
        "name": "Villa 7",
        "address": "Zamalek, Cairo",
    }
    assert card["text"] == "Mona Adel\n+20 100 555 0101"
    assert link["text"] == "All about it\n\nOpen: https://villas.example/7"
    assert form["text"] == "Come and see it.\n\nWhen would you like to come?"
    assert asks["text"] == "Where are you?"


def test_the_same_on_telegram(story):
    for wish in ("picture", "where", "who", "more", "visit", "ask"):
        story.says(wish, customer=NOUR, channel="telegram")

    picture, words, place, card, link, form, asks = story.receives(NOUR)
    assert (picture["text"], picture["media"]["size"]) == ("Villa 7, with a garden", len(PICTURE))
    assert (words["text"], place["location"]["name"]) == ("It is here:", "Villa 7")
    assert card["contacts"][0]["name"]["formatted_name"] == "Mona Adel"
    assert link["link"] == {"id": "https://villas.example/7", "title": "Open"}
    assert form["text"] == "Come and see it.\n\nWhen would you like to come?"
    assert asks["asksLocation"] is True


def test_a_file_that_does_not_exist_is_an_error_of_the_assistant_and_the_customer_hears_an_apology():
    story = Story(lambda _: Reply(media=Path("nowhere.pdf")), max_turn_attempts=1)
    story.says("hi")

    assert len(story.hears()) == 1
    (letter,) = story.dead_letters()
    assert "the file nowhere.pdf cannot be sent" in letter["why"]


def test_a_picture_leaves_early_and_once():
    def slow(turn: Turn) -> str:
        turn.say_now(Reply(text="A first look", media=("villa.jpg", PICTURE)))
        return "And the rest"

    story = Story(slow)
    story.says("hi")

    picture, rest = story.receives()
    assert (picture["type"], picture["text"], rest["text"]) == ("image", "A first look", "And the rest")
    history = story.session().context.message_history
    assert [entry.content.kind for entry in history] == [Kind.TEXT, Kind.IMAGE, Kind.TEXT]


def test_a_picture_that_came_in_goes_out_again(story):
    story.says("again", kind="image")

    (seen,) = story.receives()
    assert (seen["type"], seen["text"], seen["media"]["size"]) == ("image", "This one?", len(PICTURE))


def test_a_takeover_cancels_a_picture_that_waits(story):
    story.posts("picture")
    story.takes_the_turn_only()
    story.agent("mona").takes_over(ALIA)
    story.sweep()

    assert story.receives() == []


def test_the_concierge_shows_the_details_of_a_property_below_its_picture(tmp_path):
    load_samples(tmp_path, now=START)
    story = Story("worker.assistants.concierge:assistant", catalogue_dir=tmp_path)
    story.says("3-bedroom apartment in New Cairo under 4 million")
    (found,) = story.receives()
    story.says("", kind="choice", row=found["rows"][0], replyTo=found["id"])

    (seen,) = story.receives()
    assert (seen["type"], seen["media"]["mimeType"]) == ("image", "image/png")
    assert "3-bedroom apartment" in seen["text"]
