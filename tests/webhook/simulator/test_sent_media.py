"""What the business sends beside texts: pywa and Twilio's library send it, and the customer gets it."""

import httpx
import pytest
from pywa import WhatsApp, errors, types

from tests.webhook.simulator.test_twilio import business as twilio_business  # noqa: F401  (a fixture)
from webhook.simulator.app import create_app

TO = "201001234567"
PICTURE = b"\xff\xd8\xff\xe0" + bytes(500)


@pytest.fixture
def app(settings, webhook, clock, new_id, pauses):
    """A simulator whose webhook also serves a medium."""

    def answer(request):
        if request.method == "POST":
            return webhook(request)
        found = str(request.url) == "http://127.0.0.1:8000/media/abc"
        headers = {"Content-Type": "image/jpeg", "Content-Disposition": 'inline; filename="house.jpg"'}
        return httpx.Response(200, content=PICTURE, headers=headers) if found else httpx.Response(404)

    client = httpx.Client(transport=httpx.MockTransport(answer))
    return create_app(settings, client=client, clock=clock, new_id=new_id, pause=pauses.append)


@pytest.fixture
def business(app):
    session = httpx.Client(transport=httpx.WSGITransport(app=app))
    return WhatsApp(phone_id="106540352242922", token="token", session=session)


def test_pywa_sends_a_picture_of_its_own(business, heard, client):
    business.send_image(to=TO, image=PICTURE, mime_type="image/jpeg", caption="the house")

    (sent,) = heard()
    assert (sent["type"], sent["text"], sent["media"]["size"]) == ("image", "the house", len(PICTURE))
    assert client.get(f"/simulator/files/{sent['media']['file']}").data == PICTURE


def test_pywa_sends_by_id_and_by_link(business, heard):
    media = business.upload_media(media=b"%PDF-1.4", mime_type="application/pdf", filename="a.pdf")
    business.send_document(to=TO, document=media.id, filename="contract.pdf")
    business.send_video(to=TO, video="https://elsewhere.example/film.mp4")

    document, film = heard()
    assert (document["media"]["filename"], document["media"]["mimeType"]) == (
        "contract.pdf",
        "application/pdf",
    )
    assert film["media"] == {"kind": "video", "link": "https://elsewhere.example/film.mp4"}


def test_an_unknown_upload_is_refused_at_once(business):
    with pytest.raises(errors.WhatsAppError) as refused:
        business.send_image(to=TO, image="123456789012345")

    assert refused.value.code == 100
    assert "is not a valid whatsapp business account media attachment ID" in refused.value.message


def test_a_medium_of_another_type_fails_later(business, webhook):
    media = business.upload_media(media=b"%PDF-1.4", mime_type="application/pdf", filename="a.pdf")
    business.send_image(to=TO, image=media.id)

    (status,) = webhook.next_statuses(1)
    assert (status["status"], status["errors"][0]["code"]) == ("failed", 131053)


def test_an_address_of_the_webhook_is_fetched_as_the_provider_does(send_meta, heard, webhook):
    send_meta(type="image", image={"link": "https://bot.example/media/abc"})
    send_meta(type="image", image={"link": "https://bot.example/media/gone"})

    fetched, gone = heard()
    assert (fetched["media"]["filename"], fetched["media"]["size"]) == ("house.jpg", len(PICTURE))
    assert "file" not in gone["media"]
    states = {one["id"]: one["status"] for one in webhook.next_statuses(4)}
    assert (states[fetched["id"]], states[gone["id"]]) == ("read", "failed")


def test_pywa_sends_a_place_a_card_a_link_and_asks_for_a_place(business, heard):
    business.send_location(to=TO, latitude=30.06, longitude=31.22, name="Zamalek", address="Cairo")
    name = types.Contact.Name(formatted_name="Omar Hassan", first_name="Omar")
    business.send_contact(to=TO, contact=types.Contact(name=name))
    business.send_message(
        to=TO, text="Look", buttons=types.URLButton(title="Open", url="https://a.example/x")
    )
    business.request_location(to=TO, text="Where are you?")

    place, card, link, asks = heard()
    assert place["location"] == {
        "latitude": 30.06,
        "longitude": 31.22,
        "name": "Zamalek",
        "address": "Cairo",
    }
    assert card["contacts"][0]["name"]["formatted_name"] == "Omar Hassan"
    assert link["link"] == {"id": "https://a.example/x", "title": "Open"}
    assert (asks["asksLocation"], asks["text"]) == (True, "Where are you?")


def test_pywa_sends_a_picture_above_buttons_and_a_form(business, heard):
    media = business.upload_media(media=PICTURE, mime_type="image/jpeg", filename="a.jpg")
    yes = [types.Button(title="Yes", callback_data="y")]
    business.send_image(to=TO, image=media.id, caption="Like it?", buttons=yes)
    form = types.FlowButton(
        title="Fill in", flow_id="1", flow_token="t", flow_action_type="navigate", flow_action_screen="ONE"
    )
    business.send_message(to=TO, text="Please", buttons=form)

    asked, opened = heard()
    assert (asked["text"], asked["media"]["kind"], asked["buttons"][0]["id"]) == ("Like it?", "image", "y")
    assert (opened["opens"], opened["text"]) == ("Fill in", "Please")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"type": "image", "image": {}}, 100),
        ({"type": "image", "image": {"id": "1", "link": "https://a.example"}}, 100),
        ({"type": "image", "image": {"link": "ftp://a.example"}}, 131009),
        ({"type": "image", "image": {"link": "https://a.example", "caption": "x" * 1025}}, 131009),
        ({"type": "sticker", "sticker": {"link": "https://a.example", "caption": "x"}}, 131009),
        ({"type": "location", "location": {"latitude": 91, "longitude": 0}}, 131009),
        ({"type": "location", "location": {"longitude": 0}}, 131008),
        ({"type": "contacts", "contacts": []}, 131009),
        ({"type": "contacts", "contacts": [{"name": {"formatted_name": "A"}}]}, 131009),
        (
            {
                "type": "interactive",
                "interactive": {
                    "type": "cta_url",
                    "body": {"text": "x"},
                    "action": {
                        "name": "cta_url",
                        "parameters": {"display_text": "x" * 21, "url": "https://a"},
                    },
                },
            },
            131009,
        ),
        (
            {
                "type": "interactive",
                "interactive": {
                    "type": "flow",
                    "body": {"text": "x"},
                    "action": {"name": "flow", "parameters": {"flow_message_version": "3", "flow_cta": "x"}},
                },
            },
            131009,
        ),
    ],
)
def test_meta_refuses_what_is_incomplete_or_too_long(send_meta, fields, code):
    answer = send_meta(**fields)

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, code)


def test_twilios_library_sends_a_picture_and_a_place(twilio_business, heard):  # noqa: F811  (a fixture)
    ends = {"to": f"whatsapp:+{TO}", "from_": "whatsapp:+14155238886"}
    twilio_business.messages.create(body="the house", media_url=["https://bot.example/media/abc"], **ends)
    twilio_business.messages.create(body="Zamalek", persistent_action=["geo:30.06,31.22|Cairo"], **ends)

    picture, place = heard()
    assert (picture["text"], picture["media"]["size"]) == ("the house", len(PICTURE))
    assert place["location"] == {
        "latitude": 30.06,
        "longitude": 31.22,
        "name": "Zamalek",
        "address": "Cairo",
    }


# -- the customer service window


def put_clock(client, **setting):
    assert client.post("/simulator/clock", json=setting).status_code == 200


def test_a_message_after_the_window_fails_with_metas_code(say, send_meta, webhook, client, heard):
    say(text="hi")
    webhook.next()
    put_clock(client, windows=True)
    send_meta()
    assert [one["status"] for one in webhook.next_statuses(3)] == ["sent", "delivered", "read"]

    put_clock(client, ahead_seconds=24 * 3600)
    send_meta()
    (status,) = webhook.next_statuses(1)
    assert (status["status"], status["errors"][0]["code"]) == ("failed", 131047)

    news = {"type": "body", "parameters": [{"type": "text", "text": "it is free"}]}
    template = {"name": "we_have_news", "language": {"code": "en"}, "components": [news]}
    send_meta(type="template", template=template)
    assert webhook.next_statuses(3)[-1]["status"] == "read"


def test_what_is_not_named_of_the_clock_stays_as_it_was(say, send_meta, webhook, client):
    say(text="hi")
    webhook.next()
    put_clock(client, aheadSeconds=24 * 3600)
    put_clock(client, windows=True)
    send_meta()

    assert webhook.next_statuses(1)[0]["status"] == "failed"


def test_the_same_at_twilio_and_the_customer_opens_it_again(say, send_twilio, webhook, client):
    put_clock(client, windows=True)
    callback = {"StatusCallback": "https://bot.example/s"}
    send_twilio(**callback)
    failed = webhook.next_form()
    assert (failed["MessageStatus"], failed["ErrorCode"]) == ("failed", "63016")

    say(channel="twilio", text="hi")
    webhook.next()
    send_twilio(**callback)
    assert webhook.next_form()["MessageStatus"] == "sent"


def test_a_reset_sets_the_clock_right_and_opens_the_windows(client, send_meta, webhook, clock):
    put_clock(client, windows=True, ahead_seconds=5)
    client.delete("/simulator")
    send_meta()

    assert webhook.next_statuses(1)[0]["status"] == "sent"
    answer = client.post("/simulator/clock", json={})
    assert answer.get_json() == {"now": clock.now().isoformat(), "windows": False}
    assert client.post("/simulator/clock", json={"ahead": 5}).status_code == 400
