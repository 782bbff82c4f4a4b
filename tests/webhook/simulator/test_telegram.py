"""Telegram as the simulator plays it: what a bot may ask, and what it is told."""

import pytest
from werkzeug.test import Client

from tests.clocks import ManualClock
from webhook.simulator.app import create_app
from webhook.simulator.settings import Settings

TOKEN = "100000001:secret"
MONA = "telegram:200000001"


class Webhook:
    """Takes everything, and keeps what it was posted."""

    def __init__(self):
        self.requests = []

    def post(self, url, *, content, headers):
        self.requests.append((url, content, headers))
        return self

    status_code = 200


@pytest.fixture
def webhook():
    return Webhook()


@pytest.fixture
def http(webhook):
    settings = Settings(
        _env_file=None,
        telegram_bot_token=TOKEN,
        telegram_webhook_secret="word",
        telegram_api_url="http://sim",
    )
    return Client(create_app(settings, client=webhook, clock=ManualClock()))


def call(http, method, token=TOKEN, **parameters):
    answer = http.post(f"/bot{token}/{method}", json=parameters)
    return answer.status_code, answer.json


def test_a_message_is_accepted_and_shown_with_its_buttons(http):
    keyboard = [[{"text": "Yes", "callback_data": "b:y"}]]
    status, told = call(
        http, "sendMessage", chat_id="200000001", text="Sure?", reply_markup={"inline_keyboard": keyboard}
    )

    (shown,) = http.get(f"/simulator/customers/{MONA}/messages").json["messages"]
    assert (status, told["ok"], told["result"]["chat"]["id"]) == (200, True, 200000001)
    assert shown["id"] == f"{MONA}/{told['result']['message_id']}"
    assert (shown["text"], shown["buttons"]) == ("Sure?", [{"id": "b:y", "title": "Yes"}])


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"chat_id": "200000001", "text": " "}, "text is empty"),
        ({"chat_id": "200000001", "text": "x" * 4097}, "too long"),
        ({"chat_id": "mona", "text": "x"}, "chat not found"),
        (
            {
                "chat_id": "1",
                "text": "x",
                "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "x" * 65}]]},
            },
            "BUTTON_DATA_INVALID",
        ),
    ],
)
def test_what_telegram_would_refuse_is_refused(http, parameters, words):
    status, told = call(http, "sendMessage", **parameters)

    assert (status, told["ok"], told["error_code"]) == (400, False, 400)
    assert words in told["description"]


@pytest.mark.parametrize(
    ("fault", "code", "retry_after"),
    [
        ({"mode": "throttle", "seconds": 7}, 429, 7),
        ({"mode": "error500"}, 500, None),
        ({"mode": "reject"}, 400, None),
        ({"mode": "reject", "code": 401}, 401, None),
        ({"mode": "reject", "code": 403}, 403, None),
    ],
)
def test_it_refuses_as_the_fault_says(http, fault, code, retry_after):
    http.post("/simulator/faults", json={"channel": "telegram", **fault})

    status, told = call(http, "sendMessage", chat_id="200000001", text="hello")

    assert (status, told["error_code"]) == (code, code)
    assert told.get("parameters", {}).get("retry_after") == retry_after


def test_the_methods_that_send_nothing(http):
    assert call(http, "getMe")[1]["result"]["id"] == 100000001
    assert call(http, "getWebhookInfo")[1]["result"]["url"] == "http://127.0.0.1:8000/webhook/telegram"
    assert call(http, "answerCallbackQuery", callback_query_id="1")[1] == {"ok": True, "result": True}
    assert call(http, "deleteEverything")[0] == 404


def test_another_token_is_unauthorized(http):
    assert call(http, "getMe", token="1:other")[0] == 401


def test_an_update_carries_the_secret(http, webhook):
    http.post(f"/simulator/customers/{MONA}/messages", json={"channel": "telegram", "text": "hello"})

    ((url, _, headers),) = webhook.requests
    assert url == "http://127.0.0.1:8000/webhook/telegram"
    assert headers["X-Telegram-Bot-Api-Secret-Token"] == "word"


@pytest.mark.parametrize(
    ("customer", "message", "words"),
    [
        ("+201001234567", {"text": "hello"}, "not a customer on telegram"),
        (MONA, {"text": "hello", "channel": "meta"}, "not a customer on meta"),
        (MONA, {"kind": "order"}, "carries no message of kind order"),
        ("telegram:mona", {"text": "hello"}, "a customer is"),
    ],
)
def test_what_nobody_could_write_is_refused(http, customer, message, words):
    answer = http.post(f"/simulator/customers/{customer}/messages", json={"channel": "telegram"} | message)

    assert answer.status_code in (400, 409)
    assert words in answer.json["error"] or "not set up" in answer.json["error"]
