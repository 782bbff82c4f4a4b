"""Message templates in the simulator, as the providers' independent clients see them."""

import json

import httpx
import pytest
from pywa import WhatsApp, errors
from pywa.types import templates as pywa
from twilio.rest import Client

from tests.webhook.simulator.test_twilio import InProcess
from webhook.simulator.meta_envelopes import ACCOUNT
from webhook.simulator.templates import SAMPLES, sid_of

SENDER = "106540352242922"
TOKEN = {"Authorization": "Bearer token"}
EN = pywa.TemplateLanguage.ENGLISH
BODY = pywa.BodyText.params("Alia", "10:00")
HEADER = pywa.HeaderText.params("Thursday")


@pytest.fixture
def business(app):
    session = httpx.Client(transport=httpx.WSGITransport(app=app))
    return WhatsApp(phone_id=SENDER, waba_id=ACCOUNT, token="token", session=session)


@pytest.fixture
def by_twilio(client):
    http = InProcess(client)
    asked = http.request
    http.request = lambda method, url, **how: asked(
        method, url.replace("https://content.twilio.com", ""), **how
    )
    return Client("AC1", "auth-token", http_client=http)


def changes(client, **change):
    return client.post("/simulator/templates", json={"name": "viewing_reminder", **change})


def test_pywa_reads_all_definitions(business):
    found = {(one.name, str(one.language.value)): one for one in business.get_templates()}

    assert set(found) == {(one["name"], one["language"]) for one in SAMPLES}
    assert found["viewing_reminder", "en"].status is pywa.TemplateStatus.APPROVED


def test_pywa_sends_a_template_and_the_customer_sees_it_filled_in(business, heard):
    business.send_template("201001234567", "viewing_reminder", EN, [HEADER, BODY])
    business.send_template(
        "201001234567",
        "order_ready",
        EN,
        [
            pywa.BodyText.params(name="Alia", place="the gate"),
            pywa.URLButton.params(url_variable="7", index=0),
        ],
    )

    reminder, order = heard()
    assert (reminder["header"], reminder["text"]) == (
        "Your viewing on Thursday",
        "Hello Alia, we meet at 10:00.",
    )
    assert reminder["footer"] == "Reply STOP to get no more reminders"
    assert [one["title"] for one in reminder["buttons"]] == ["I will be there", "Another time"]
    assert order["text"] == "Hello Alia, your order is ready at the gate."
    assert order["link"] == {"id": "https://shop.example/orders/7", "title": "Track it"}


@pytest.mark.parametrize(
    ("name", "params", "code"),
    [
        ("viewing_remainder", [], 132001),
        ("viewing_reminder", [HEADER], 132000),
        ("viewing_reminder", [BODY], 132000),
        ("new_villa", [HEADER, pywa.BodyText.params("Maadi")], 132012),
        ("order_ready", [pywa.BodyText.params(name="Alia", place="x")], 131008),
        ("order_ready", [pywa.BodyText.params("Alia", "x")], 100),
        ("viewing_reminder", [HEADER, pywa.BodyText.params("a", "b" * 1020)], 132005),
        ("viewing_reminder", [HEADER, pywa.BodyText.params("a\nb", "c")], 132018),
    ],
)
def test_what_meta_would_refuse_is_refused_with_its_code(business, heard, name, params, code):
    with pytest.raises(errors.WhatsAppError) as refused:
        business.send_template("201001234567", name, EN, params)

    assert refused.value.code == code
    assert heard() == []


@pytest.mark.parametrize("refusal", [("PAUSED", 132015), ("DISABLED", 132016), ("REJECTED", 132001)])
def test_what_may_not_be_sent_is_refused_until_it_may(business, client, webhook, heard, refusal):
    status, code = refusal
    assert changes(client, status=status, reason="LOW_QUALITY").json == {"told": [200]}
    value = webhook.next_value()
    assert (value["event"], value["message_template_name"]) == (status, "viewing_reminder")

    with pytest.raises(errors.WhatsAppError) as refused:
        business.send_template("201001234567", "viewing_reminder", EN, [HEADER, BODY])
    assert refused.value.code == code

    client.delete("/simulator")
    business.send_template("201001234567", "viewing_reminder", EN, [HEADER, BODY])
    assert len(heard()) == 1


@pytest.mark.parametrize(
    ("components", "code"),
    [
        ("x", 131009),
        (["x"], 131009),
        ([{"type": "body", "parameters": "x"}], 131009),
        ([{"type": "button", "sub_type": "url", "index": "x", "parameters": []}], 132012),
        ([{"type": "button", "sub_type": "url", "index": "-1", "parameters": []}], 132012),
        ([{"type": "button", "sub_type": "url", "index": 0, "parameters": []}], 132000),
        ([{"type": "button", "sub_type": "url", "index": 0, "parameters": [{}, {}]}], 132000),
    ],
)
def test_what_is_no_part_of_a_template_is_refused(client, components, code):
    body = {
        "type": "body",
        "parameters": [{"type": "text", "parameter_name": name, "text": "x"} for name in ("name", "place")],
    }
    with_body = (
        [body, *components] if isinstance(components, list) and "button" in str(components) else components
    )
    template = {"name": "order_ready", "language": {"code": "en"}, "components": with_body}
    asked = {"messaging_product": "whatsapp", "to": "201001234567", "type": "template", "template": template}

    answer = client.post(f"/v23.0/{SENDER}/messages", json=asked, headers=TOKEN)

    assert answer.json["error"]["code"] == code


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"name": "x", "language": "en", "category": "UTILITY", "components": {}},
        {"name": "x", "language": "en", "category": "UTILITY", "components": ["x"]},
        {"name": "x", "language": "en", "category": "UTILITY", "components": [{"type": "BODY", "text": 5}]},
        {"name": 5, "language": "en", "category": "UTILITY", "components": []},
    ],
)
def test_what_is_no_definition_is_not_kept(client, body):
    answer = client.post(f"/v23.0/{ACCOUNT}/message_templates", json=body, headers=TOKEN)

    assert answer.json["error"]["code"] == 100
    assert len(client.get("/simulator/templates").json["templates"]) == len(SAMPLES)


def test_a_page_that_is_none_is_refused(client):
    url = f"/v23.0/{ACCOUNT}/message_templates?after=x"

    assert client.get(url, headers=TOKEN).status_code == 400


def test_a_template_can_be_made_and_removed(business, heard):
    business.create_template(
        pywa.Template(
            name="thanks",
            language=EN,
            category=pywa.TemplateCategory.UTILITY,
            components=[pywa.BodyText("Thank you, {{1}}!", "Alia")],
        )
    )
    business.send_template("201001234567", "thanks", EN, [pywa.BodyText.params("Alia")])
    business.delete_template("thanks")

    assert [one["text"] for one in heard()] == ["Thank you, Alia!"]
    with pytest.raises(errors.WhatsAppError):
        business.send_template("201001234567", "thanks", EN, [pywa.BodyText.params("Alia")])


def test_a_wrong_token_and_another_account_see_no_templates(client):
    assert client.get(f"/v23.0/{ACCOUNT}/message_templates").status_code == 401
    assert client.get("/v23.0/7/message_templates", headers=TOKEN).json["error"]["code"] == 100
    assert client.get("/v1/ContentAndApprovals").json["code"] == 20003


def test_a_change_of_an_unknown_template_is_an_error(client):
    assert changes(client, name="unknown", status="PAUSED").status_code == 404
    assert changes(client, status="PAUSED", invented=1).status_code == 400


# -- Twilio


def test_twilios_library_reads_the_contents(by_twilio):
    found = {one.friendly_name: one for one in by_twilio.content.v1.content_and_approvals.list()}

    assert set(found) == {one["name"] for one in SAMPLES}
    assert found["viewing_reminder"].types["whatsapp/card"]["header_text"] == "Your viewing on {{3}}"


def test_twilios_library_sends_a_content_and_the_customer_sees_it_filled_in(by_twilio, heard):
    reminder = next(one for one in SAMPLES if one["name"] == "viewing_reminder")
    by_twilio.messages.create(
        to="whatsapp:+201001234567",
        from_="whatsapp:+14155238886",
        content_sid=sid_of(reminder),
        content_variables=json.dumps({"1": "Alia", "2": "10:00", "3": "Thursday"}),
    )

    (got,) = heard()
    assert (got["header"], got["text"]) == ("Your viewing on Thursday", "Hello Alia, we meet at 10:00.")


@pytest.mark.parametrize(("status", "code"), [("PAUSED", 63041), ("DISABLED", 63042), ("APPROVED", 21656)])
def test_what_twilio_would_refuse_is_refused_with_its_code(send_twilio, client, status, code):
    changes(client, status=status, tells=False)
    reminder = next(one for one in SAMPLES if one["name"] == "viewing_reminder")

    for variables in ('{"1": "Alia"}', '{"1": 5, "2": "10:00", "3": "Thursday"}'):
        answer = send_twilio(Body="", ContentSid=sid_of(reminder), ContentVariables=variables)
        assert answer.json["code"] == code
