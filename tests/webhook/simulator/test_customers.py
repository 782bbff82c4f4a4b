"""What a customer does reaches the webhook as the provider would have posted it."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pywa import WhatsApp, types
from pywa.utils import webhook_updates_validator
from twilio.request_validator import RequestValidator

from session.channels.meta import meta_signature
from session.channels.twilio import twilio_signature
from session.content_parts import Kind
from tests.values import OF_BUSINESS
from webhook.simulator.inbound import MIME_TYPES, customer_of
from webhook.simulator.meta_envelopes import CONTENTS

PHONE = {"userId": "US.13491208655302741918"}  # pywa reads no contact without one


@pytest.fixture
def pywa_update(webhook):
    """The last body as pywa understands it; it calls its handlers in this thread."""
    found = []
    business = WhatsApp(phone_id="106540352242922", token="token", app_secret="app-secret", verify_token="v")
    for on in (
        business.on_message,
        business.on_callback_button,
        business.on_callback_selection,
        business.on_flow_completion,
        business.on_message_status,
        business.on_edited_message,
        business.on_deleted_message,
    ):
        on(lambda _, update: found.append(update))

    def read():
        request = webhook.next()
        signature = request.headers["X-Hub-Signature-256"]
        assert business.webhook_update_validator(request.content, signature) is None
        business.webhook_update_handler(request.content)
        return found.pop()

    return read


def test_a_text_is_posted_like_meta_and_the_status_is_returned(say, webhook, clock):
    webhook.status = 503

    assert say(text="مرحبا", name="Mona") == (200, {"id": "wamid.id1", "status": 503})

    request = webhook.next()
    assert str(request.url) == "http://127.0.0.1:8000/webhook/meta"
    assert request.headers["Content-Type"] == "application/json"
    assert webhook_updates_validator("app-secret", request.content, request.headers["X-Hub-Signature-256"])
    assert request.content.isascii(), "Meta escapes what is not ASCII"


def test_the_envelope_has_metas_shape(say, webhook, clock):
    say(text="hello", name="Mona")

    assert webhook.next_json() == {
        "object": "whatsapp_business_account",
        "entry": [
            {
                "id": "100000000000001",
                "changes": [
                    {
                        "field": "messages",
                        "value": {
                            "messaging_product": "whatsapp",
                            "metadata": {
                                "display_phone_number": "15550001111",
                                "phone_number_id": "106540352242922",
                            },
                            "contacts": [{"profile": {"name": "Mona"}, "wa_id": "201001234567"}],
                            "messages": [
                                {
                                    "from": "201001234567",
                                    "id": "wamid.id1",
                                    "timestamp": str(int(clock.now().timestamp())),
                                    "type": "text",
                                    "text": {"body": "hello"},
                                }
                            ],
                        },
                    }
                ],
            }
        ],
    }


def test_a_customer_without_a_phone_number_is_known_by_the_scoped_id_only(say, webhook):
    say("US.123", text="hello")

    value = webhook.next_value()
    assert value["contacts"] == [{"profile": {"name": "Simulated Customer"}, "user_id": "US.123"}]
    assert value["messages"][0]["from_user_id"] == "US.123"
    assert "from" not in value["messages"][0]


def test_the_same_id_again_is_a_redelivery(say, webhook):
    assert say(text="hello", id="wamid.known")[1] == say(text="hello", id="wamid.known")[1]
    assert webhook.next().content == webhook.next().content


def test_pywa_reads_a_text_and_what_it_quotes(say, pywa_update):
    say(text="hello", replyTo="wamid.0", **PHONE)

    message = pywa_update()
    assert isinstance(message, types.Message)
    assert (message.text, message.id, message.from_user.wa_id) == ("hello", "wamid.id1", "201001234567")
    assert message.reply_to_message.id == "wamid.0"


def test_pywa_reads_a_tapped_button_and_a_chosen_row(say, pywa_update):
    say(kind="button", button={"id": "yes", "title": "Yes"}, replyTo="wamid.0", **PHONE)
    tapped = pywa_update()
    assert isinstance(tapped, types.CallbackButton)
    assert (tapped.data, tapped.title) == ("yes", "Yes")

    say(
        kind="choice",
        row={"id": "r1", "title": "First", "description": "the best"},
        replyTo="wamid.0",
        **PHONE,
    )
    chosen = pywa_update()
    assert isinstance(chosen, types.CallbackSelection)
    assert (chosen.data, chosen.title, chosen.description) == ("r1", "First", "the best")


def test_pywa_reads_every_attachment(say, pywa_update):
    for kind, mime_type in MIME_TYPES.items():
        say(kind=kind, caption="look", **PHONE)
        message = pywa_update()
        name = "audio" if kind is Kind.VOICE else str(kind)
        assert getattr(message, name).mime_type == mime_type
        assert message.caption == (None if name in {"audio", "sticker"} else "look")
        if name == "audio":
            assert message.audio.voice is (kind is Kind.VOICE)


def test_pywa_reads_a_place_a_reaction_and_what_it_calls_unsupported(say, pywa_update):
    say(kind="location", location={"latitude": 30.06, "longitude": 31.22, "name": "Zamalek"}, **PHONE)
    assert pywa_update().location.name == "Zamalek"

    say(kind="reaction", replyTo="wamid.0", text="👍", **PHONE)
    assert pywa_update().reaction.emoji == "👍"

    say(kind="reaction", replyTo="wamid.0", **PHONE)
    assert pywa_update().reaction.emoji is None

    say(kind="unsupported", **PHONE)
    assert pywa_update().type is types.MessageType.UNSUPPORTED


def test_pywa_reads_forms_edits_and_revocations(say, pywa_update):
    say(kind="form", details={"name": "Mona"}, **PHONE)
    assert pywa_update().response == {"name": "Mona"}

    say(kind="edit", replyTo="wamid.0", text="I meant this", **PHONE)
    assert isinstance(pywa_update(), types.EditedMessage)

    say(kind="revoke", replyTo="wamid.0", **PHONE)
    assert isinstance(pywa_update(), types.DeletedMessage)


def test_a_system_message_comes_without_contacts(say, webhook):
    say(kind="system", details={"type": "user_changed_number", "wa_id": "201009999999"})

    value = webhook.next_value()
    assert "contacts" not in value
    assert value["messages"][0]["system"]["wa_id"] == "201009999999"


def test_every_kind_of_message_can_be_sent():
    assert set(CONTENTS) | set(MIME_TYPES) == set(Kind) - OF_BUSINESS - {Kind.TIMER, Kind.APPROVAL}


def test_a_text_is_posted_as_twilio_does(say, webhook):
    status, answer = say(channel="twilio", text="hello & goodbye = مرحبا", name="Mona")

    assert (status, answer["status"]) == (200, 200)
    assert answer["id"].startswith("SM")
    assert len(answer["id"]) == 34
    request = webhook.next()
    assert str(request.url) == "http://127.0.0.1:8000/webhook/twilio"
    form = webhook.form_of(request)
    signature = request.headers["X-Twilio-Signature"]
    assert RequestValidator("auth-token").validate("https://bot.example/webhook/twilio", form, signature)
    assert form | {"MessageSid": "x", "SmsSid": "x", "SmsMessageSid": "x"} == {
        "SmsMessageSid": "x",
        "NumMedia": "0",
        "ProfileName": "Mona",
        "MessageType": "text",
        "SmsSid": "x",
        "WaId": "201001234567",
        "SmsStatus": "received",
        "Body": "hello & goodbye = مرحبا",
        "To": "whatsapp:+14155238886",
        "NumSegments": "1",
        "MessageSid": "x",
        "AccountSid": "AC1",
        "From": "whatsapp:+201001234567",
        "ApiVersion": "2010-04-01",
    }


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            {"kind": "image", "text": "look"},
            {"NumMedia": "1", "MediaContentType0": "image/jpeg", "Body": "look"},
        ),
        ({"kind": "voice"}, {"NumMedia": "1", "MediaContentType0": "audio/ogg; codecs=opus", "Body": ""}),
        (
            {"kind": "location", "location": {"latitude": 30.5, "longitude": 31, "address": "Cairo"}},
            {"Latitude": "30.5", "Longitude": "31.0", "Address": "Cairo", "Body": ""},
        ),
        (
            {"kind": "button", "button": {"id": "yes", "title": "Yes"}},
            {"ButtonText": "Yes", "ButtonPayload": "yes", "Body": "Yes"},
        ),
        ({"kind": "choice", "row": {"id": "r1", "title": "First"}}, {"ListId": "r1", "ListTitle": "First"}),
        ({"text": "yes", "replyTo": "SM0"}, {"OriginalRepliedMessageSid": "SM0"}),
    ],
)
def test_twilio_spells_the_other_kinds_in_parameters(say, webhook, said, told):
    assert say(channel="twilio", **said)[0] == 200

    assert told.items() <= webhook.next_form().items()


def test_twilio_names_a_customer_without_a_phone_number_by_the_scoped_id(say, webhook):
    say("US.123", channel="twilio", text="hello")

    form = webhook.next_form()
    assert (form["From"], form["ExternalUserId"]) == ("whatsapp:US.123", "US.123")
    assert "WaId" not in form


def test_an_unreachable_webhook_is_reported_with_the_id_for_another_try(say, webhook):
    webhook.is_away = True

    status, answer = say(text="hello")

    assert status == 502
    assert answer == {
        "error": "the webhook at http://127.0.0.1:8000/webhook/meta cannot be reached (ConnectError); "
        "start it with make run",
        "id": "wamid.id1",
    }


@pytest.mark.parametrize(
    ("customer", "said", "words"),
    [
        ("somebody", {"text": "hello"}, "a customer is a phone number"),
        ("+201001234567", {"kind": "button"}, "a message of kind button needs button"),
        ("+201001234567", {"kind": "choice"}, "a message of kind choice needs row"),
        ("+201001234567", {"kind": "reaction"}, "a message of kind reaction needs replyTo"),
        ("+201001234567", {"txt": "hello"}, "txt: Extra inputs"),
        ("+201001234567", {"channel": "pigeon"}, "channel: "),
        ("+201001234567", {"channel": "twilio", "kind": "order"}, "Twilio carries no message of kind order"),
    ],
)
def test_an_invalid_message_is_answered_with_400_and_a_reason(say, webhook, customer, said, words):
    status, answer = say(customer, **said)

    assert status == 400
    assert answer["error"].startswith(words)
    assert webhook.posted.empty()


def test_the_missing_settings_of_a_channel_are_named(simulator):
    client = simulator(twilio_from="").test_client()

    answer = client.post(
        "/simulator/customers/+201001234567/messages", json={"channel": "twilio", "text": "x"}
    )

    assert answer.status_code == 409
    assert "TWILIO_FROM is not set" in answer.get_json()["error"]


def test_a_body_that_is_not_json_is_refused(client):
    answer = client.post("/simulator/customers/+201001234567/messages", data="text=hello")

    assert answer.status_code == 415
    assert answer.get_json()["error"]


@given(st.text(), st.text(), st.dictionaries(st.text(), st.text()))
def test_twilios_own_library_computes_the_same_signature(token, path, form):
    url = f"https://bot.example/{path}"

    assert twilio_signature(token, url.encode(), form.items()) == RequestValidator(token).compute_signature(
        url, form
    )


@given(st.text(), st.binary())
def test_the_signature_of_meta_is_over_the_very_bytes(secret, body):
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()

    assert meta_signature(secret, body) == f"sha256={expected}"


@pytest.mark.parametrize(
    ("address", "customer"),
    [
        ("201001234567", "+201001234567"),
        ("+20 100 (123) 45-67", "+201001234567"),
        ("US.123", "US.123"),
        ("nobody", None),
        ("12", None),
    ],
)
def test_the_customer_of_an_address(address, customer):
    assert customer_of(address) == customer
