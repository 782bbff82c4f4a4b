"""Message templates at Twilio: a Content and its variables, and the definitions in the Content API."""

import json
from asyncio import run

import httpx
import pytest

from session import File, Reply, Template, TemplateButton
from session.channels.twilio import contents_in, sid_of
from session.template_definitions import ButtonForm, Definition, HeaderForm
from session.template_fitting import filled
from session.templates import UnusableTemplate
from tests.worker.channels.provider import TOKEN, to_twilio, twilio
from worker.channels.outcomes import Rejected

SID, ARABIC = "HX" + "a" * 32, "HX" + "b" * 32
NAMED = f"order_ready={SID},order_ready.ar={ARABIC},buttons-2={SID}"


def order(language="en", **parts):
    return Template(name="order_ready", language=language, **parts)


def sent(template, answer=None):
    channel, provider = twilio(answer, sids=contents_in(NAMED))
    (rendered,) = channel.render(Reply(template=template))
    outcome = run(channel.send(to_twilio(rendered)))
    return outcome, provider.posted_form


@pytest.mark.parametrize(("language", "sid"), [("en", SID), ("ar", ARABIC), ("en_US", SID)])
def test_a_name_and_its_language_lead_to_a_sid(language, sid):
    assert sid_of(contents_in(NAMED), "order_ready", language) == sid


def test_without_its_definition_the_values_are_numbered():
    _, form = sent(order(header="A7", body=("Mona", "5 pm"), buttons=[TemplateButton(url="A7")]))

    assert form["ContentSid"] == SID
    assert json.loads(form["ContentVariables"]) == {"1": "Mona", "2": "5 pm", "3": "A7", "4": "A7"}
    assert "Body" not in form


def test_named_values_keep_their_names():
    _, form = sent(order(body={"name": "Mona"}))

    assert json.loads(form["ContentVariables"]) == {"name": "Mona"}


def test_with_its_definition_each_value_goes_to_its_variable():
    definition = Definition(
        account="twilio:AC1",
        name="order_ready",
        language="en",
        status="APPROVED",
        id=ARABIC,
        header=HeaderForm(kind="image", text="https://shop.example/{{3}}.png"),
        body="Hello {{2}}",
        buttons=(ButtonForm(title="Track", needs="url", url="https://shop.example/{{1}}"),),
    )
    parts = {"body": ("Mona",), "buttons": [TemplateButton(url="A7")]}

    _, form = sent(filled(order(header=File(url="https://shop.example/a.png"), **parts), definition))
    outcome, _ = twilio_refuses(
        filled(order(header=File(url="https://other.example/a.png"), **parts), definition)
    )

    assert (form["ContentSid"], json.loads(form["ContentVariables"])) == (
        ARABIC,
        {"2": "Mona", "1": "A7", "3": "a"},
    )
    assert "MediaUrl" not in form
    assert outcome.code == "no-content"


def twilio_refuses(template):
    channel, provider = twilio(sids=contents_in(NAMED))
    return run(channel.send(to_twilio(Reply(template=template)))), provider.requests


@pytest.mark.parametrize(
    "template",
    [Template(name="unknown", language="en"), order(header=File(url="https://shop.example/a.png"))],
)
def test_what_twilio_cannot_be_told_is_refused_before_it_is_queued(template):
    channel, _ = twilio(sids=contents_in(NAMED))

    with pytest.raises(UnusableTemplate, match="inturn templates pull"):
        channel.render(Reply(template=template))


def test_a_wrong_sid_of_a_template_does_not_stop_the_sender():
    answer = httpx.Response(400, json={"code": 21655, "message": "The ContentSid is Invalid"})

    assert sent(order(), answer)[0] == Rejected(code="21655", words="The ContentSid is Invalid")


# -- the Content API

CARD = {
    "sid": SID,
    "friendly_name": "Order ready!",
    "language": "en",
    "types": {
        "twilio/text": {"body": "poorer"},
        "whatsapp/card": {
            "header_text": "Order {{1}}",
            "body": "Hello {{2}}",
            "footer": "Shop",
            "actions": [
                {"type": "QUICK_REPLY", "title": "Yes", "id": "{{3}}"},
                {"type": "URL", "title": "Track", "url": "https://shop.example/{{4}}"},
                {"type": "PHONE_NUMBER", "title": "Call", "phone": "+201"},
            ],
        },
    },
    "approval_requests": {"name": "order_ready", "status": "approved", "category": "UTILITY"},
}
MEDIA = {
    "sid": ARABIC,
    "friendly_name": "lease",
    "language": "en-GB",
    "types": {"twilio/media": {"body": "Your lease", "media": ["https://shop.example/{{1}}.pdf"]}},
    "approval_requests": {"status": "rejected", "rejection_reason": "SCAM"},
}
OTHER = {
    "sid": SID,
    "friendly_name": "list",
    "language": "en",
    "types": {"twilio/list-picker": {"body": "x"}},
}


def test_all_pages_of_contents_are_read_at_the_configured_address():
    first = {
        "contents": [CARD, OTHER],
        "meta": {"next_page_url": "https://elsewhere.example/x?PageSize=100&Page=1"},
    }
    pages = iter([first, {"contents": [MEDIA], "meta": {"next_page_url": None}}])
    channel, provider = twilio(lambda _: httpx.Response(200, json=next(pages)))

    card, media = run(channel.definitions())

    assert [one.url.host for one in provider.requests] == ["api.test", "api.test"]
    assert provider.requests[1].url.query == b"PageSize=100&Page=1"
    assert (card.name, card.status, card.id, card.body) == ("order_ready", "APPROVED", SID, "Hello {{2}}")
    assert (card.header.text, card.footer) == ("Order {{1}}", "Shop")
    assert [one.needs for one in card.buttons] == ["payload", "url", None]
    assert (media.language, media.status, media.why) == ("en_GB", "REJECTED", "SCAM")
    assert media.header == HeaderForm(kind="document", text="https://shop.example/{{1}}.pdf")


@pytest.mark.parametrize("region", ["", "dublin.ie1."])
def test_contents_are_on_another_host_of_the_same_region(region):
    answer = httpx.Response(200, json={"contents": [], "meta": {}})
    channel, provider = twilio(answer, api_url=f"https://api.{region}twilio.com")

    assert run(channel.definitions()) == []
    assert [one.url.host for one in provider.requests] == [f"content.{region}twilio.com"]


def test_a_refusal_is_told_in_words():
    answer = httpx.Response(401, json={"code": 20003, "message": f"no {TOKEN}"})

    assert run(twilio(answer)[0].definitions()) == "20003: no ***"
