"""`inturn templates`, on a real server, against the simulator."""

import json
from functools import partial

import pytest
from click.testing import CliRunner

from tests.stories.telling import Simulated
from webhook.simulator.app import create_app
from webhook.simulator.meta_envelopes import ACCOUNT
from webhook.simulator.settings import Settings
from worker.channels.registry import open_channels
from worker.cli import main
from worker.cli import templates as command

SETTINGS = {
    "META_ACCESS_TOKEN": "token",
    "META_PHONE_NUMBER_ID": "1",
    "META_BUSINESS_ACCOUNT_ID": ACCOUNT,
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "auth",
    "TWILIO_FROM": "+14155238886",
}


@pytest.fixture
def simulator():
    given = {name.lower(): value for name, value in SETTINGS.items()}
    return create_app(Settings(_env_file=None, meta_app_secret="app-secret", **given))


@pytest.fixture
def inturn(valkey, valkey_socket, simulator, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDIS_URL", f"unix://{valkey_socket}")
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(command, "open_channels", partial(open_channels, http=Simulated(simulator)))

    def run(*arguments):
        return CliRunner().invoke(main, ["templates", *arguments])

    return run


def test_what_the_providers_have_is_read_and_can_be_looked_at(inturn):
    assert inturn("list").output == "no definitions are kept: inturn templates pull\n"

    pulled = inturn("pull")
    assert pulled.exit_code == 0, pulled.output
    assert (
        pulled.output
        == f"meta:{ACCOUNT}: 5 templates, 5 of them approved\ntwilio:AC1: 5 templates, 5 of them approved\n"
    )

    listed = inturn("list").output.splitlines()
    assert listed[0].split() == ["new_villa", "en", "meta", "APPROVED", "MARKETING", "GREEN"]
    assert len(json.loads(inturn("list", "--json").output)) == 10
    shown = inturn("show", "viewing_reminder").output.splitlines()
    assert shown[0] == f"viewing_reminder en, meta:{ACCOUNT}: APPROVED"
    assert "    header: Your viewing on {{1}}" in shown
    assert "    body: Hello {{1}}, we meet at {{2}}." in shown
    assert "    button 0: I will be there, takes a payload" in shown
    assert "    parameters of the body: 1, 2" in shown
    assert "    header: an image" in inturn("show", "new_villa").output.splitlines()


def test_what_is_gone_at_the_provider_is_gone_here(inturn, simulator):
    inturn("pull")
    simulator.test_client().delete(
        f"/v23.0/{ACCOUNT}/message_templates?name=new_villa", headers={"Authorization": "Bearer token"}
    )
    inturn("pull")

    gone = inturn("show", "new_villa")
    assert gone.exit_code == 1
    assert "no template new_villa is kept" in gone.output


def test_a_provider_that_refuses_is_named_and_the_other_one_is_read(inturn, monkeypatch):
    monkeypatch.setenv("META_ACCESS_TOKEN", "wrong")

    pulled = inturn("pull")

    assert pulled.exit_code == 1
    assert "meta: 190: (#190) Invalid OAuth access token" in pulled.output
    assert "twilio:AC1: 5 templates" in pulled.output


def test_without_a_provider_it_says_what_to_set(inturn, monkeypatch):
    for name in ("META_ACCESS_TOKEN", "TWILIO_AUTH_TOKEN"):
        monkeypatch.delenv(name)

    assert "set META_* or TWILIO_*" in inturn("pull").output
