"""Who may read the metrics, and what is said where Redis is away."""

import fakeredis
import pytest

from session.errors import SettingsError
from tests.clocks import ManualClock
from tests.webhook.metrics.scraping import TOKEN, Scraper
from webhook.app import create_app
from webhook.settings import WebhookSettings


def test_without_a_token_in_the_settings_there_are_no_metrics(tell):
    assert Scraper(tell(), token=None).http.get("/metrics").status_code == 404


@pytest.mark.parametrize(
    "shown", [None, "", "Bearer", "Bearer ", f"Basic {TOKEN}", f"Bearer {TOKEN}x", TOKEN]
)
def test_without_the_right_token_there_are_no_metrics(tell, shown):
    headers = {} if shown is None else {"Authorization": shown}

    answer = Scraper(tell()).http.get("/metrics", headers=headers)

    assert (answer.status_code, answer.json) == (401, {"error": "unauthorized"})
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_that_could_be_guessed_stops_the_start(monkeypatch):
    monkeypatch.setenv("METRICS_TOKEN", "short")

    with pytest.raises(SettingsError, match="METRICS_TOKEN"):
        WebhookSettings.load()


def test_without_redis_the_answer_is_503(log):
    server = fakeredis.FakeServer()
    client = fakeredis.FakeRedis(server=server, decode_responses=True)
    app = create_app(WebhookSettings(_env_file=None, metrics_token=TOKEN), client=client, clock=ManualClock())
    server.connected = False

    answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})

    assert answer.status_code == 503
    assert any("metrics not available" in line for line in log)
    client.close()
