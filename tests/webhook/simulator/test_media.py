"""The providers hold files: what customers send, and what the business uploads. Their own clients fetch and upload it."""

import base64
import hashlib
import io
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr
from pywa import WhatsApp, errors
from twilio.base.exceptions import TwilioRestException

from tests.webhook.simulator.test_twilio import business as twilio_business  # noqa: F401  (a fixture)
from webhook.simulator.inbound import MIME_TYPES
from webhook.simulator.media.files import Files
from webhook.simulator.media.samples import sample

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(2000)
_DAY = timedelta(days=1)
TOKEN = "7:token"


@pytest.fixture
def http(app):
    return httpx.Client(transport=httpx.WSGITransport(app=app), base_url="http://localhost")


@pytest.fixture
def business(app):
    session = httpx.Client(transport=httpx.WSGITransport(app=app))
    return WhatsApp(phone_id="106540352242922", token="token", session=session)


@pytest.fixture
def told(webhook):
    """The attachment of the next message that Meta reports."""

    def attached(name):
        (message,) = webhook.next_value()["messages"]
        return message[name]

    return attached


# -- Meta


def test_pywa_uploads_looks_up_fetches_and_deletes(business, clock):
    media = business.upload_media(media=PICTURE, mime_type="image/png", filename="plan.png")

    found = business.get_media_url(media.id)
    assert (found.mime_type, found.file_size, found.sha256) == (
        "image/png",
        len(PICTURE),
        hashlib.sha256(PICTURE).hexdigest(),
    )
    assert business.get_media_bytes(url=found.url) == PICTURE
    assert business.delete_media(media.id)
    with pytest.raises(errors.WhatsAppError) as gone:
        business.get_media_url(media.id)
    assert gone.value.code == 100


def test_an_upload_lives_thirty_days_and_its_url_five_minutes(business, http, clock):
    media = business.upload_media(media=PICTURE, mime_type="image/png", filename="plan.png")
    old = business.get_media_url(media.id)

    clock.move(minutes=5)
    token = {"Authorization": "Bearer token"}
    assert http.get(old.url, headers=token).status_code == 404
    assert business.get_media_bytes(url=business.get_media_url(media.id).url) == PICTURE
    clock.move(days=30)
    with pytest.raises(errors.WhatsAppError):
        business.get_media_url(media.id)


def test_what_a_customer_sends_lives_seven_days(client, business, told, clock, say):
    say(kind="image", content=base64.b64encode(PICTURE).decode(), mimeType="image/png")

    image = told("image")
    assert image["mime_type"] == "image/png"
    assert base64.b64decode(image["sha256"]) == hashlib.sha256(PICTURE).digest()
    assert business.get_media_bytes(url=business.get_media_url(image["id"]).url) == PICTURE
    clock.move(days=7)
    with pytest.raises(errors.WhatsAppError):
        business.get_media_url(image["id"])


@pytest.mark.parametrize("kind", MIME_TYPES)
def test_a_customer_without_a_file_sends_a_real_one_of_the_kind(kind, say, business, told):
    say(kind=str(kind))

    media = told("audio" if kind == "voice" else str(kind))
    assert business.get_media_bytes(url=business.get_media_url(media["id"]).url) == sample(kind)


def test_a_form_carries_the_file_itself(client, told, business):
    form = {
        "message": '{"kind": "document", "caption": "the contract"}',
        "file": (io.BytesIO(b"%PDF-1.4 signed"), "contract.pdf", "application/pdf"),
    }
    assert client.post("/simulator/customers/+201001234567/messages", data=form).status_code == 200

    document = told("document")
    assert (document["filename"], document["caption"]) == ("contract.pdf", "the contract")
    assert business.get_media_bytes(url=business.get_media_url(document["id"]).url) == b"%PDF-1.4 signed"


def test_a_redelivery_has_the_same_file(say, told):
    fields = {"kind": "image", "id": "wamid.a"}
    say(content=base64.b64encode(PICTURE).decode(), **fields)
    say(**fields)

    assert told("image") == told("image")


def test_a_wrong_token_gets_nothing(http, business):
    media = business.upload_media(media=PICTURE, mime_type="image/png", filename="plan.png")
    url = business.get_media_url(media.id).url
    wrong = {"Authorization": "Bearer wrong"}

    for answer in (
        http.get(f"/v23.0/{media.id}", headers=wrong),
        http.delete(f"/v23.0/{media.id}", headers=wrong),
        http.post("/v23.0/106540352242922/media", headers=wrong),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, 190), answer.text
    assert http.get(url, headers=wrong).status_code == 401
    assert http.get(url).status_code == 401


def test_an_unknown_id_is_graphs_error_33(http):
    token = {"Authorization": "Bearer token"}
    for method, path in (("GET", "/v23.0/77"), ("DELETE", "/v23.0/77"), ("POST", "/v23.0/77/media")):
        answer = http.request(method, path, headers=token)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["error_subcode"]) == (400, 100, 33)
        assert error["message"].startswith(f"Unsupported {method.lower()} request. Object with ID '77'")
        assert error["type"] == "GraphMethodException"


def test_a_changed_link_leads_nowhere(http, business):
    media = business.upload_media(media=PICTURE, mime_type="image/png", filename="plan.png")
    url = httpx.URL(business.get_media_url(media.id).url)
    token = {"Authorization": "Bearer token"}

    for changed in ({"mid": "1"}, {"ext": "99999999999999"}, {"hash": "00"}, {"hash": "é"}):
        assert http.get(url.copy_merge_params(changed), headers=token).status_code == 404


def test_what_meta_does_not_take(http):
    def upload(content=PICTURE, mime_type="image/png", **form):
        return http.post(
            "/v23.0/106540352242922/media",
            data={"messaging_product": "whatsapp"} | form,
            files={"file": ("a", content, mime_type)} if content is not None else None,
            headers={"Authorization": "Bearer token"},
        )

    def refused(answer):
        return answer.status_code, answer.json()["error"]["code"]

    assert refused(upload(messaging_product="x")) == (400, 100)
    assert refused(upload(None)) == (400, 100)
    assert refused(upload(mime_type="image/gif")) == (400, 100)
    assert refused(upload(b"")) == (400, 131053)
    assert refused(upload(bytes(5 * 1024 * 1024 + 1))) == (400, 131053)
    assert upload(bytes(5 * 1024 * 1024)).status_code == 200


# -- Twilio


@pytest.fixture
def form(say, webhook):
    """The form of a customer's picture."""
    say(channel="twilio", kind="image", content=base64.b64encode(PICTURE).decode(), mimeType="image/png")
    return webhook.next_form()


def test_a_medium_of_twilio_is_fetched_through_a_redirect(form, client):
    assert (form["NumMedia"], form["MediaContentType0"]) == ("1", "image/png")
    path = form["MediaUrl0"].removeprefix("https://api.twilio.com")

    answer = client.get(path, auth=("AC1", "auth-token"))
    assert answer.status_code == 307
    carried = client.get(answer.headers["Location"])  # without credentials, as Twilio's CDN
    assert (carried.status_code, carried.data, carried.mimetype) == (200, PICTURE, "image/png")


def test_the_link_to_the_bytes_expires_and_the_credentials_count(form, client, clock):
    path = form["MediaUrl0"].removeprefix("https://api.twilio.com")
    location = client.get(path, auth=("AC1", "auth-token")).headers["Location"]

    clock.move(minutes=5)
    assert client.get(location).status_code == 404
    assert client.get(path).status_code == 401
    assert client.get(path, auth=("AC1", "wrong")).status_code == 401
    assert client.get(path + "x", auth=("AC1", "auth-token")).status_code == 404


def test_twilios_library_lists_fetches_and_deletes(form, twilio_business):  # noqa: F811  (a fixture)
    message = twilio_business.messages(form["MessageSid"])

    (listed,) = message.media.list()
    assert (listed.sid, listed.content_type) == (form["MediaUrl0"].rpartition("/")[2], "image/png")
    assert message.media(listed.sid).fetch().parent_sid == form["MessageSid"]
    assert message.media(listed.sid).delete()
    with pytest.raises(TwilioRestException) as gone:
        message.media(listed.sid).fetch()
    assert (gone.value.status, gone.value.code) == (404, 20404)


# -- Telegram


def test_a_file_of_telegram_is_fetched_by_its_path(simulator, webhook):
    client = simulator(
        telegram_bot_token=SecretStr(TOKEN), telegram_webhook_secret=SecretStr("s")
    ).test_client()
    message = {"channel": "telegram", "kind": "document", "filename": "plan.pdf"}
    client.post("/simulator/customers/telegram:5/messages", json=message)

    document = webhook.next_json()["message"]["document"]
    assert document["file_name"] == "plan.pdf"
    found = client.post(f"/bot{TOKEN}/getFile", json={"file_id": document["file_id"]}).get_json()["result"]
    fetched = client.get(f"/file/bot{TOKEN}/{found['file_path']}")
    assert len(fetched.data) == found["file_size"] == document["file_size"]
    assert client.get(f"/file/botwrong/{found['file_path']}").status_code == 401
    assert client.get(f"/file/bot{TOKEN}/documents/other").status_code == 404
    assert client.post(f"/bot{TOKEN}/getFile", json={"file_id": "x"}).status_code == 400


# -- the page, and the memory


def test_the_page_shows_the_file_and_no_browser_takes_it_for_a_page(say, client):
    say(kind="document", content=base64.b64encode(b"<script>").decode(), mimeType="text/html")

    (bubble,) = client.get("/simulator/changes").get_json()["bubbles"]
    shown = client.get(f"/simulator/files/{bubble['file']}")
    assert shown.data == b"<script>"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "content" not in bubble["message"]
    assert client.get("/simulator/files/none").status_code == 404


def test_the_oldest_files_make_room(clock):
    files = Files(clock=clock, secret="s", most=10)
    for name in "abc":
        files.keep(name, b"1234", "text/plain", lives=_DAY)
    files.keep("c", b"12345", "text/plain", lives=_DAY)

    assert [name for name in "abc" if files.find(name)] == ["b", "c"]
    files.clear()
    assert files.find("c") is None
