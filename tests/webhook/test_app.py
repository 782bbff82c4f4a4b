"""How a webhook comes to be."""

import subprocess
import sys

from session.channels import PROVIDERS
from tests.webhook.edge import SETTINGS
from webhook.app import create_app
from webhook.settings import WebhookSettings


def test_nothing_connects_while_it_is_composed(closed_port):
    settings = WebhookSettings(**{**SETTINGS, "redis_url": f"redis://127.0.0.1:{closed_port}/0"})

    assert create_app(settings).test_client().get("/healthz").status_code == 200


def test_an_empty_secret_is_none(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("META_APP_SECRET", "")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "")

    settings = WebhookSettings.load()

    assert not any(one.is_configured(settings) for one in PROVIDERS.values())


def test_neither_the_worker_nor_a_connection_comes_with_the_import():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, webhook.app; print([m for m in sys.modules if m.startswith('worker')])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "[]"
