"""What goes over the wire to Telegram, and what its answers mean."""

import json
from asyncio import run

import httpx
import pytest
from pydantic import SecretStr

from session.messages import Delivery, Route
from session.replies import Button, Menu, Reply, Row
from tests.values import message
from tests.worker.channels.provider import AWAY, LOST, Provider
from worker.channels.error_classes import ErrorClass
from worker.channels.outcomes import InDoubt, OptedOut, Rejected, Sent, Stopped, Throttled
from worker.channels.telegram.channel import Telegram
from worker.channels.telegram.errors import class_of

TOKEN = "100000001:AAvery-secret"
SENT = {"ok": True, "result": {"message_id": 46, "chat": {"id": 123456789, "type": "private"}}}


def telegram(answer=None, **settings):
    provider = Provider(answer if answer is not None else httpx.Response(200, json=SENT))
    given = {
        "api_url": "https://api.test",
        "webhook_url": "https://bot.example/webhook/telegram",
        "typing": False,
    }
    channel = Telegram(http=provider, token=SecretStr(TOKEN), **(given | settings))
    return channel, provider


def delivery(reply):
    said = Reply(text=reply) if isinstance(reply, str) else reply
    route = Route(channel="telegram", sender="100000001", address="123456789")
    return Delivery(id="t7.1", conversation="telegram:123456789", route=route, reply=said, queued_at=1)


def refusal(status, description="no", **parameters):
    told = {"ok": False, "error_code": status, "description": description}
    return httpx.Response(status, json=told | ({"parameters": parameters} if parameters else {}))


def test_a_text_is_one_request_and_its_answer_names_the_message():
    channel, provider = telegram()

    outcome = run(channel.send(delivery(Reply(text="Hello", reply_to="telegram:123456789/45"))))

    assert outcome == Sent(provider_id="telegram:123456789/46")
    assert str(provider.request.url) == f"https://api.test/bot{TOKEN}/sendMessage"
    assert provider.posted_json == {
        "chat_id": "123456789",
        "text": "Hello",
        "link_preview_options": {"is_disabled": True},
        "reply_parameters": {"message_id": 45, "allow_sending_without_reply": True},
    }


@pytest.mark.parametrize("quoted", ["wamid.x", "telegram:123456789/tap/4382", None])
def test_what_is_no_message_of_telegram_is_not_quoted(quoted):
    channel, provider = telegram()

    run(channel.send(delivery(Reply(text="Hello", reply_to=quoted))))

    assert "reply_parameters" not in provider.posted_json


@pytest.mark.parametrize(
    ("text", "shown", "bold"),
    [
        ("*Villa* in *6th of October*", "Villa in 6th of October", [(0, 5), (9, 14)]),
        ("😀 *a*", "😀 a", [(3, 1)]),
        ("2*3*4 * 5 ** *\n*", "2*3*4 * 5 ** *\n*", []),
    ],
)
def test_bold_words_are_bold_and_other_asterisks_stay(text, shown, bold):
    channel, provider = telegram()

    run(channel.send(delivery(text)))

    entities = provider.posted_json.get("entities", [])
    assert provider.posted_json["text"] == shown
    assert [(entity["offset"], entity["length"]) for entity in entities] == bold


class TestRendering:
    def test_a_long_text_comes_in_parts_of_4096_units(self):
        parts = telegram()[0].render(Reply(text="word " * 2000))

        assert [len(part.text) for part in parts] == [4094, 4094, 1809]
        assert telegram()[0].render(Reply(text="😀" * 2049))[1].text

    def test_short_buttons_stand_side_by_side_and_rows_below_each_other(self):
        channel, provider = telegram()
        buttons = (Button(id="y", title="Yes"), Button(id="n", title="No"))
        (rendered,) = channel.render(Reply(text="Sure?", buttons=buttons))

        run(channel.send(delivery(rendered)))

        keyboard = [[{"text": "Yes", "callback_data": "b:y"}, {"text": "No", "callback_data": "b:n"}]]
        assert provider.posted_json["reply_markup"] == {"inline_keyboard": keyboard}

    def test_a_menu_is_a_keyboard_with_a_row_for_each_option(self):
        channel, provider = telegram()
        rows = (Row(id="m", title="Maadi", description="2 flats"), Row(id="z", title=""))
        *_, rendered = channel.render(Reply(text="", menu=Menu(button="Areas", rows=rows)))

        run(channel.send(delivery(rendered)))

        keyboard = [[{"text": "Maadi", "callback_data": "c:m"}], [{"text": "z", "callback_data": "c:z"}]]
        assert provider.posted_json["reply_markup"] == {"inline_keyboard": keyboard}
        assert provider.posted_json["text"] == "Maadi: 2 flats"

    @pytest.mark.parametrize("ids", [["x" * 63], ["ع" * 32], ["a", "a"], [str(n) for n in range(101)], [" "]])
    def test_what_a_button_cannot_carry_becomes_numbered_lines(self, ids):
        rows = tuple(Row(id=id_, title="One") for id_ in ids)
        first, *_ = telegram()[0].render(Reply(text="", menu=Menu(button="All", rows=rows)))

        assert first.menu is None
        assert first.text.startswith("1. One")

    def test_a_reply_without_a_text_is_not_asked_for(self):
        channel, provider = telegram()

        assert isinstance(run(channel.send(delivery(" "))), Rejected)
        assert provider.requests == []


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (
            refusal(429, "Too Many Requests", retry_after=7),
            Throttled(code="429", words="Too Many Requests", retry_after=7),
        ),
        (
            refusal(400, "Bad Request: chat not found"),
            Rejected(code="400", words="Bad Request: chat not found"),
        ),
        (refusal(401, "Unauthorized"), Stopped(code="401", words="Unauthorized")),
        (refusal(404, "Not Found"), Stopped(code="404", words="Not Found")),
        (refusal(403, "Forbidden: bot was blocked by the user"), OptedOut),
        (refusal(403, "Forbidden: user is deactivated"), OptedOut),
        (refusal(403, "Forbidden: bot can't initiate conversation with a user"), Rejected),
        (refusal(500, "Internal Server Error"), Throttled),
        (httpx.Response(502, text="<html>"), InDoubt),
        (httpx.Response(429, text="slow down", headers={"Retry-After": "3"}), Throttled),
        (httpx.Response(200, text="<html>"), InDoubt),
        (httpx.Response(200, json={"ok": True, "result": True}), InDoubt),
        (LOST, InDoubt),
        (AWAY, Throttled),
    ],
)
def test_an_answer_is_classified_by_its_code(answer, outcome):
    found = run(telegram(answer)[0].send(delivery("Hello")))

    assert found == outcome if not isinstance(outcome, type) else isinstance(found, outcome)


def test_no_word_quotes_the_token():
    found = run(telegram(refusal(400, f"Bad Request: bot{TOKEN}"))[0].send(delivery("Hello")))

    assert TOKEN not in found.words


def test_a_pause_of_more_than_a_day_is_a_day():
    found = run(telegram(refusal(429, "no", retry_after=10**9))[0].send(delivery("Hello")))

    assert found.retry_after == 86_400


def test_a_code_without_a_meaning_has_failed_for_good():
    assert (class_of("999"), class_of(None), class_of(503)) == (
        ErrorClass.REJECT,
        ErrorClass.REJECT,
        ErrorClass.RETRY,
    )


class TestReceipts:
    def tapped(self):
        return message(details={"callback_query_id": "4382"})

    def test_a_tap_is_confirmed(self):
        channel, provider = telegram(httpx.Response(200, json={"ok": True, "result": True}))

        assert run(channel.show_read(self.tapped(), typing=False)) is None
        assert provider.request.url.path.endswith("/answerCallbackQuery")
        assert provider.posted_json == {"callback_query_id": "4382"}

    @pytest.mark.parametrize(("on", "asked"), [(True, ["sendChatAction"]), (False, [])])
    def test_typing_is_shown_if_it_is_wanted(self, on, asked):
        channel, provider = telegram(httpx.Response(200, json={"ok": True, "result": True}), typing=on)

        assert run(channel.show_read(message(), typing=True)) is None
        assert [request.url.path.rpartition("/")[2] for request in provider.requests] == asked

    def test_a_refusal_is_said(self):
        channel, _ = telegram(refusal(400, "query is too old"))

        assert run(channel.show_read(self.tapped(), typing=False)) == "400: query is too old"


class Bot:
    """Answers getMe, and getWebhookInfo with the given webhook."""

    def __init__(self, **webhook):
        self.webhook = webhook

    def __call__(self, request):
        result = self.webhook if request.url.path.endswith("getWebhookInfo") else {"id": 100000001}
        return httpx.Response(200, json={"ok": True, "result": result})


def probed(**webhook):
    return run(telegram(Bot(**webhook))[0].probe())


class TestProbe:
    def test_a_bot_with_our_webhook_is_well(self):
        assert probed(url="https://bot.example/webhook/telegram", last_error_message="was late") is None

    @pytest.mark.parametrize(
        ("webhook", "why"),
        [
            ({}, "no webhook"),
            ({"url": "https://other.example/x"}, "https://other.example/x, not https://bot.example"),
            (
                {
                    "url": "https://bot.example/webhook/telegram",
                    "last_error_message": "Wrong response: 401",
                    "pending_update_count": 3,
                },
                "Wrong response: 401",
            ),
        ],
    )
    def test_what_is_wrong_with_the_webhook_is_said(self, webhook, why):
        assert why in probed(**webhook)

    def test_a_wrong_token_is_said_first(self):
        assert run(telegram(refusal(401, "Unauthorized"))[0].probe()) == "401: Unauthorized"


def test_the_body_is_json_that_anything_can_carry():
    channel, provider = telegram()

    run(channel.send(delivery("مرحبا \ud800")))

    assert json.loads(provider.request.content)["text"].startswith("مرحبا")
