"""The API as a part of the webhook: only if there are tokens, and at no cost for anybody else."""

import subprocess
import sys

import pytest

from session.errors import SettingsError
from tests.conftest import ROOT
from tests.webhook.api.program import SECRETS, tokens
from tests.webhook.edge import WrittenDown
from webhook.api.settings import ApiSettings
from webhook.app import create_app
from webhook.desk.settings import DeskSettings
from webhook.settings import WebhookSettings

PASSWORD = "correct horse battery"


def webhook(redis, *, desk=False, **settings):
    return create_app(
        WebhookSettings(_env_file=None),
        client=redis,
        wake=WrittenDown(),
        desk_settings=DeskSettings(
            _env_file=None,
            desk_password=PASSWORD if desk else None,
            desk_proxies=settings.pop("desk_proxies", 0),
        ),
        api_settings=ApiSettings(_env_file=None, **settings),
    ).test_client()


def asked(client, path="/api/v1/conversations", **more):
    return client.get(path, headers={"Authorization": f"Bearer {SECRETS['crm']}"}, **more)


def test_without_tokens_there_is_no_api(fake):
    assert asked(webhook(fake)).status_code == 404
    assert asked(webhook(fake), "/api/v1/openapi.json").status_code == 404


@pytest.mark.parametrize("desk", [False, True])
def test_with_tokens_it_stands_beside_everything_else(fake, desk):
    client = webhook(fake, desk=desk, api_tokens=tokens(crm="read"))

    assert asked(client).json["conversations"] == []
    assert client.get("/healthz").status_code == 200
    assert client.get("/desk/login").status_code == (200 if desk else 404)
    for path in ("/api", "/apis/v1", "/api/v2/conversations", "/webhook/nobody"):
        assert client.get(path).status_code in (401, 404)


@pytest.mark.parametrize("desk", [False, True])
def test_wrong_tokens_are_counted_for_the_address_behind_the_proxy(fake, desk):
    client = webhook(fake, desk=desk, api_tokens=tokens(crm="read"), desk_proxies=1)

    def tries(address, number):
        headers = {"Authorization": f"Bearer wrong-{number}", "X-Forwarded-For": f"198.51.100.1, {address}"}
        return client.get("/api/v1/conversations", headers=headers).status_code

    assert [tries("192.0.2.1", number) for number in range(22)][-1] == 429
    assert tries("192.0.2.2", 0) == 401


@pytest.mark.parametrize(
    "text", ["crm", "crm:short:read", f"crm:{SECRETS['crm']}:all", f"crm:{SECRETS['crm']}:read,crm:x:read"]
)
def test_a_wrong_setting_stops_the_start_and_is_not_repeated(text, monkeypatch):
    monkeypatch.setenv("API_TOKENS", text)
    with pytest.raises(SettingsError, match="API_TOKENS") as wrong:
        ApiSettings.load()

    assert SECRETS["crm"] not in str(wrong.value)


@pytest.mark.processes
def test_its_library_is_not_loaded_without_tokens():
    code = (
        "import sys, webhook.app; print(*sorted({'flask_openapi3', 'webhook.api.app'} & sys.modules.keys()))"
    )

    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (ended.stdout.strip(), ended.returncode) == ("", 0)
