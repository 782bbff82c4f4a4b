"""The endpoint of Telegram: the secret header, and the body that is kept as it came."""

import pytest

from tests.webhook.edge import JSON, SETTINGS, Edge
from webhook.settings import WebhookSettings

SECRET = "a-word-of-ours"
BODY = b'{"update_id": 1, "message": {}}'


def post(edge, secret=SECRET, body=BODY, content_type=JSON):
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret is not None else {}
    return edge.http.post("/webhook/telegram", data=body, content_type=content_type, headers=headers)


@pytest.fixture
def edge():
    return Edge(telegram_webhook_secret=SECRET)


def test_an_update_with_the_secret_is_kept_as_it_came(edge):
    answer = post(edge)

    assert (answer.status_code, edge.kept(), edge.wake.shards) == (200, [("telegram", BODY)], [0])


@pytest.mark.parametrize("secret", [None, "", "another", SECRET[:-1], SECRET + "x", "é"])
def test_an_update_without_the_secret_is_refused(edge, secret):
    answer = post(edge, secret)

    assert (answer.status_code, edge.kept()) == (401, [])


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [(b"", JSON, 400), (BODY, "text/plain", 400), (b"x" * 4_000_000, JSON, 413)],
)
def test_what_telegram_never_sends_is_refused(edge, body, content_type, status):
    assert post(edge, body=body, content_type=content_type).status_code == status


def test_without_a_secret_there_is_no_endpoint():
    assert post(Edge()).status_code == 404


@pytest.mark.parametrize("secret", ["two words", "é", "x" * 257])
def test_a_secret_that_telegram_would_not_take_stops_the_start(secret):
    with pytest.raises(ValueError, match="setWebhook"):
        WebhookSettings(**{**SETTINGS, "telegram_webhook_secret": secret})


def test_get_is_not_allowed(edge):
    assert edge.http.get("/webhook/telegram").status_code == 405
