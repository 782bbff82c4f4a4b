"""The routes of Meta: what they accept, what they refuse, and with which error."""

import httpx
import pytest
from pydantic import SecretStr
from pywa import WhatsApp, errors, types


@pytest.fixture
def business(app):
    """pywa as the business: an independent client of Meta's API."""
    session = httpx.Client(transport=httpx.WSGITransport(app=app))
    return WhatsApp(phone_id="106540352242922", token="token", session=session)


def error_of(answer):
    error = answer.get_json()["error"]
    return answer.status_code, error["code"], error.get("error_data", {}).get("details", "")


def test_pywa_sends_a_text_and_the_customer_gets_it(business, heard, clock):
    sent = business.send_message(to="201001234567", text="hello", tracker="t1.0")

    assert heard() == [
        {
            "n": 1,
            "id": sent.id,
            "channel": "meta",
            "customer": "+201001234567",
            "at": int(clock.now().timestamp() * 1000),
            "type": "text",
            "text": "hello",
            "buttons": [],
            "rows": [],
            "status": heard()[0]["status"],
            "opaque": "t1.0",
        }
    ]


def test_pywa_sends_buttons_and_a_list(business, heard):
    buttons = [types.Button(title="Yes", callback_data="yes"), types.Button(title="No", callback_data="no")]
    business.send_message(to="201001234567", text="Sure?", buttons=buttons)
    rows = [types.SectionRow(title="One", callback_data="1", description="first")]
    menu = types.SectionList(button_title="Choose", sections=[types.Section(title="All", rows=rows)])
    business.send_message(to="201001234567", text="Which?", buttons=menu, reply_to_message_id="wamid.0")

    asked, offered = heard()
    assert (asked["text"], asked["type"]) == ("Sure?", "interactive")
    assert asked["buttons"] == [{"id": "yes", "title": "Yes"}, {"id": "no", "title": "No"}]
    assert offered["rows"] == [{"id": "1", "title": "One", "description": "first"}]
    assert offered["replyTo"] == "wamid.0"


def test_pywa_gets_an_error_for_a_wrong_token(app):
    session = httpx.Client(transport=httpx.WSGITransport(app=app))
    stranger = WhatsApp(phone_id="106540352242922", token="wrong", session=session)

    with pytest.raises(errors.ExpiredAccessToken) as refused:
        stranger.send_message(to="201001234567", text="hello")

    assert refused.value.status_code == 401


def test_pywa_marks_as_read_and_shows_typing(business, heard):
    assert business.indicate_typing(message_id="wamid.0")
    assert business.mark_message_as_read(message_id="wamid.0")
    assert heard() == []


def test_a_customer_without_a_phone_number_is_reached_as_recipient(send_meta, heard):
    answer = send_meta(to=None, recipient="US.123")

    assert answer.get_json()["contacts"] == [{"input": "US.123", "user_id": "US.123"}]
    assert heard("US.123")[0]["text"] == "hello"


def test_the_answer_has_the_contact_and_a_new_id(send_meta):
    first, second = (send_meta(to="+20 100 123 4567").get_json() for _ in range(2))

    assert first["messaging_product"] == "whatsapp"
    assert first["contacts"] == [{"input": "+20 100 123 4567", "wa_id": "201001234567"}]
    assert first["messages"] != second["messages"]


@pytest.mark.parametrize("length", [1, 4096])
def test_a_text_may_have_up_to_4096_characters(send_meta, length):
    assert send_meta(text={"body": "x" * length}).status_code == 200


def button(number, title="Yes"):
    return {"type": "reply", "reply": {"id": f"b{number}", "title": f"{title}{number}"}}


def buttons(count, title="Yes", body="Sure?"):
    action = {"buttons": [button(number, title) for number in range(count)]}
    return {
        "type": "interactive",
        "interactive": {"type": "button", "body": {"text": body}, "action": action},
    }


def menu(rows, *, label="Choose", sections=1):
    parts = [{"title": f"s{n}", "rows": rows[n::sections]} for n in range(sections)]
    action = {"button": label, "sections": parts}
    return {"type": "interactive", "interactive": {"type": "list", "body": {"text": "?"}, "action": action}}


def row(number, **fields):
    return {"id": f"r{number}", "title": f"Row {number}"} | fields


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"messaging_product": None}, 131008, "messaging_product"),
        ({"to": None}, 100, "The parameter to is required"),
        ({"to": "nobody"}, 131009, "to is neither"),
        ({"type": "pigeon"}, 100, "Param type must be one of"),
        ({"type": "image"}, 131008, "image"),
        ({"text": {"body": "x" * 4097}}, 100, "4096"),
        ({"text": {"body": ""}}, 100, "text['body']"),
        ({"text": {}}, 131008, "text['body']"),
        ({"text": "hello"}, 131009, "text must be an object"),
        ({"biz_opaque_callback_data": "x" * 513}, 131009, "512"),
        ({"context": "wamid.0"}, 131009, "context"),
        (buttons(0), 131009, "buttons count"),
        (buttons(4), 131009, "buttons count"),
        (buttons(1, title="x" * 20), 131009, "title"),
        (buttons(1, body="x" * 1025), 131009, "1024"),
        ({"type": "interactive", "interactive": {"type": "button", "body": {"text": "?"}}}, 131008, "action"),
        (menu([]), 131009, "row count"),
        (menu([row(n) for n in range(11)], sections=2), 131009, "row count"),
        (menu([row(1, title="x" * 25)]), 131009, "title"),
        (menu([row(1, description="x" * 73)]), 131009, "description"),
        (menu([row(1, id="x" * 201)]), 131009, "id"),
        (menu([row(1), row(1)]), 131009, "same id"),
        (menu([row(1)], label="x" * 21), 131009, "action['button']"),
    ],
)
def test_meta_refuses_what_is_over_its_limits(send_meta, heard, fields, code, words):
    status, refused_with, details = error_of(send_meta(**fields))

    assert (status, refused_with) == (400, code)
    assert words in details
    assert heard() == []


def test_meta_accepts_three_buttons_and_ten_rows(send_meta):
    assert send_meta(**buttons(3)).status_code == 200
    assert send_meta(**menu([row(n) for n in range(10)], sections=2)).status_code == 200


@pytest.mark.parametrize("body", [b"", b"[]", b"{not json", b"null"])
def test_a_body_that_is_not_an_object_is_refused_with_json(client, body):
    headers = {"Authorization": "Bearer token", "Content-Type": "application/json"}
    answer = client.post("/v23.0/106540352242922/messages", data=body, headers=headers)

    assert error_of(answer)[0] == 400


def test_the_number_can_be_read_with_a_valid_token_only(client):
    url, bearer = "/v23.0/106540352242922", {"Authorization": "Bearer token"}

    assert client.get(url, headers=bearer).get_json()["id"] == "106540352242922"
    assert error_of(client.get(url))[:2] == (401, 190)
    assert client.get("/v23.0/999", headers=bearer).get_json()["error"]["error_subcode"] == 33


def test_without_a_token_in_the_settings_every_token_is_refused(simulator):
    client = simulator(meta_access_token=SecretStr("")).test_client()

    answer = client.get("/v23.0/106540352242922", headers={"Authorization": "Bearer "})

    assert answer.status_code == 401
