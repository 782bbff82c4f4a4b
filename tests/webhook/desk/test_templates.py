"""An agent whose customer wrote too long ago sends a message template, with what it needs."""

import io
import re

import pytest

from session.content_parts import Kind
from session.template_definitions import ButtonForm, Definition, Definitions, HeaderForm
from tests.webhook.desk.office import words
from webhook.desk.offered_templates import fields_of, offered, template_in
from webhook.simulator.media.samples import sample

KEPT = {"session_retention_minutes": 5000, "session_close_after_minutes": 4000}
KEY = "meta:100000000000001|viewing_reminder|en"
FILLED = {"template": KEY, "header": "Thursday", "body.1": "Alia", "body.2": "10:00"}
VILLA = {"template": "meta:100000000000001|new_villa|en", "body.1": "Maadi", "button.0": "VILLA10"}
PICTURE = sample(Kind.IMAGE)


@pytest.fixture
def late(open_office):
    """A customer who waits for a person, and wrote more than a day ago."""
    office = open_office(workers={**KEPT, "agent_timeout_minutes": 4000})
    story = office.story
    story.pulls_templates()
    story.says("a person please")
    story.hears()
    story.clock.move(hours=30)
    return office


def sends(agent, **fields):
    """Fill in the form of the page, and send it; returns the answer."""
    return agent.does("answer", work=False, keeps="1", **fields)


def test_an_agent_reaches_the_customer_and_the_transcript_shows_what_was_sent(late):
    mona = late.agent()
    page = mona.reads()
    assert "Send a message template" in page
    assert "viewing_reminder (en)" in page

    form = mona.page(template=KEY).text
    assert re.findall(r'name="((?:header|body|button)[^"]*)"', form) == [
        "header",
        "body.1",
        "body.2",
    ]
    assert sends(mona, **FILLED).status_code == 303
    late.story.work()

    (got,) = late.story.receives()
    assert (got["type"], got["header"]) == ("template", "Your viewing on Thursday")
    shown = mona.reads()
    assert (
        "Your viewing on Thursday Hello Alia, we meet at 10:00. Reply STOP to get no more reminders" in shown
    )
    assert "a message template viewing_reminder" in shown


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"body.2": " "}, "a parameter of a template is empty; it needs a value"),
        ({"template": "meta:1|unknown|en"}, "This template cannot be sent any more."),
    ],
)
def test_what_cannot_be_sent_is_refused_at_once(late, changes, why):
    answer = sends(late.agent(), **FILLED | changes)

    assert answer.status_code == 422
    assert why in words(answer.text)
    late.story.work()
    assert late.story.hears() == []


def test_the_picture_above_the_text_is_attached(late):
    mona = late.agent()
    form = mona.page(template=VILLA["template"]).text
    assert re.findall(r'name="((?:header|body|button|media)[^"]*)"', form)[:4] == [
        "header",
        "media",
        "body.1",
        "button.0",
    ]

    sent = mona.does("answer", work=False, keeps="1", media=(io.BytesIO(PICTURE), "villa.jpg"), **VILLA)
    assert sent.status_code == 303
    late.story.work()

    (got,) = late.story.receives()
    assert (got["type"], got["template"], got["text"]) == ("template", "new_villa", "A new villa in Maadi.")
    assert late.story.phone.get(f"/simulator/files/{got['media']['file']}").data == PICTURE
    assert 'class="picture"' in mona.page().text


def test_the_picture_above_the_text_is_at_an_address(late):
    assert sends(late.agent(), header="https://shop.example/villa.png", **VILLA).status_code == 303
    late.story.work()

    (got,) = late.story.receives()
    assert (got["media"]["kind"], got["media"]["link"]) == ("image", "https://shop.example/villa.png")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, "its header is an image, which is missing"),
        ({"header": "villa.png"}, "an address begins with https:// or http://"),
        ({"media": (b"%PDF-1.7\n", "villa.pdf")}, "its header is an image, given was a document"),
        ({"media": (b"MZ", "villa.exe")}, "villa.exe cannot be sent"),
        (
            {"header": "https://shop.example/villa.png", "button.0": ""},
            "a parameter of a template is empty; it needs a value",
        ),
    ],
)
def test_a_header_that_does_not_fit_is_refused_and_what_was_written_stays(late, changes, why):
    if media := changes.get("media"):
        changes = {"media": (io.BytesIO(media[0]), media[1])}
    answer = sends(late.agent(), **VILLA | changes)

    assert answer.status_code == 422
    assert why in words(answer.text)
    assert 'value="Maadi"' in answer.text
    assert not [one for one in late.story.media_dir.rglob("*") if one.is_file()]


def test_within_the_window_there_is_nothing_to_choose(late):
    mona = late.agent()
    late.story.says("hello again")

    assert "Send a message template" not in mona.reads()


def test_a_customer_who_has_opted_out_gets_no_template(late):
    late.story.says("STOP")
    late.story.hears()
    late.story.clock.move(hours=30)
    mona = late.agent()

    assert "Send a message template" not in mona.reads()
    assert sends(mona, **FILLED).status_code == 409


# -- what is offered

ONE = Definition(
    account="meta:1",
    name="one",
    language="en",
    status="APPROVED",
    body="Hello {{name}}",
    buttons=(
        ButtonForm(title="Yes", needs="payload"),
        ButtonForm(title="Open", needs="url", url="https://a.example/{{1}}"),
    ),
)


def test_only_what_may_be_sent_is_offered():
    known = Definitions(
        known=(
            ONE,
            ONE.model_copy(update={"name": "picture", "header": HeaderForm(kind="image")}),
            ONE.model_copy(update={"name": "paused", "status": "PAUSED"}),
            ONE.model_copy(update={"name": "unread", "is_read": False}),
            ONE.model_copy(update={"name": "other", "account": "twilio:AC1"}),
        )
    )

    assert [one.name for one in offered(known, "meta")] == ["one", "picture"]


def test_what_is_filled_in_becomes_parameters_by_name_and_buttons_by_place():
    assert [one.name for one in fields_of(ONE)] == ["body.name", "button.1"]

    template = template_in({"body.name": " Alia ", "button.1": "7"}, ONE)

    assert template.body == {"name": "Alia"}
    assert [(one.index, one.value) for one in template.buttons] == [(0, "Yes"), (1, "7")]
    assert template.shown.text == "Hello Alia"


def test_a_quick_reply_of_twilio_sends_its_title_back():
    form = ButtonForm(title="Yes", needs="payload", payload="{{2}}")
    twilio = ONE.model_copy(update={"account": "twilio:AC1", "buttons": (form,)})

    assert template_in({"body.name": "Alia"}, twilio).variables == {"name": "Alia", "2": "Yes"}


def test_a_place_stands_above_the_text():
    visit = ONE.model_copy(update={"header": HeaderForm(kind="location"), "body": "Come", "buttons": ()})
    place = {
        "header.latitude": "30.04",
        "header.longitude": " 31.23",
        "header.name": "Tahrir",
        "header.address": "Cairo",
    }
    assert [one.name for one in fields_of(visit)] == list(place)

    header = template_in(place, visit).header

    assert (header.latitude, header.longitude, header.name, header.address) == (
        30.04,
        31.23,
        "Tahrir",
        "Cairo",
    )
    for wrong in ("", "north", "nan", "inf", "-90.1"):
        with pytest.raises(ValueError, match="the latitude of a place is a number from -90 to 90"):
            template_in(place | {"header.latitude": wrong}, visit)


@pytest.mark.parametrize("written", ["villas/7.png", "https://a.example/villas/7.png"])
def test_an_address_with_a_parameter_is_completed(written):
    header = HeaderForm(kind="image", text="https://a.example/{{2}}")
    twilio = ONE.model_copy(update={"account": "twilio:AC1", "header": header, "buttons": ()})
    (field, _) = fields_of(twilio)
    assert (field.form, field.label) == ("text", "https://a.example/{{2}}")

    template = template_in({"header": written, "body.name": "Alia"}, twilio)

    assert template.file.url == "https://a.example/villas/7.png"
