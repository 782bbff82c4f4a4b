"""What `inturn doctor` says about the settings."""

import pytest

from worker.cli.examining.configuration import WebhookReport, ask_webhook, examine_names, examine_webhook
from worker.cli.examining.finding import Finding, Severity
from worker.cli.running.settings import RunSettings

META = {
    "meta_app_secret": "s",
    "meta_verify_token": "v",
    "meta_access_token": "a",
    "meta_phone_number_id": "1",
}
TWILIO = {"twilio_account_sid": "AC1", "twilio_auth_token": "t", "twilio_from": "+14155238886"}


def by_name(findings) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


@pytest.mark.parametrize(
    ("url", "api", "verdict"),
    [
        ("", "https://api.twilio.com", Severity.FAIL),
        ("http://example.org", "https://api.twilio.com", Severity.FAIL),
        ("http://127.0.0.1:8000", "https://api.twilio.com", Severity.FAIL),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8001", Severity.OK),
        ("https://example.org", "https://api.twilio.com", Severity.OK),
    ],
)
def test_twilio_needs_a_public_url_with_tls(url, api, verdict):
    settings = RunSettings(**TWILIO, public_url=url, twilio_api_url=api)
    assert webhook(settings)["public url"].verdict is verdict


def webhook(settings: RunSettings, *problems: str) -> dict[str, Finding]:
    return by_name(examine_webhook(settings, WebhookReport(settings=frozenset(), problems=problems)))


@pytest.mark.parametrize(
    ("url", "verdict"),
    [
        ("https://example.org/webhook/twilio", Severity.FAIL),
        ("https://example.org/webhook", Severity.FAIL),
        ("https://example.org/bots", Severity.WARN),
        ("https://example.org?rc=5", Severity.WARN),
        ("http://example.org", Severity.FAIL),
    ],
)
def test_a_public_url_with_more_than_its_host_is_reported(url, verdict):
    assert webhook(RunSettings(**META, public_url=url))["public url"].verdict is verdict


@pytest.mark.parametrize("what", ["desk", "api"])
@pytest.mark.parametrize(
    ("more", "verdict"),
    [
        ({}, Severity.WARN),
        ({"desk_proxies": 1}, None),
        ({"public_url": "http://127.0.0.1:8000"}, None),
        ({"desk_password": None, "api_tokens": None}, None),
    ],
)
def test_a_desk_or_an_api_behind_an_unconfigured_proxy_is_reported(what, more, verdict):
    secrets = {"desk_password": "a long password", "api_tokens": "crm:secret:read"}
    settings = secrets | {"public_url": "https://bot.example"} | more

    found = webhook(RunSettings(**META, **settings)).get(what)

    assert (found and found.verdict) == verdict


def test_problems_that_would_stop_the_webhook_are_reported():
    found = webhook(RunSettings(), "METRICS_TOKEN: Value should have at least 16 items")["webhook"]
    assert found.verdict is Severity.FAIL
    assert "METRICS_TOKEN" in found.words


@pytest.mark.processes
@pytest.mark.parametrize(
    ("name", "value"),
    [("DESK_PASSWORD", "short"), ("METRICS_TOKEN", "short"), ("API_TOKENS", "crm:short:read")],
)
def test_the_webhook_itself_says_which_of_its_secrets_is_too_short(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    asked = ask_webhook()
    assert [problem.partition(":")[0] for problem in asked.problems] == [name]
    assert value not in str(asked.problems)
    assert {"DESK_PASSWORD", "METRICS_TOKEN", "SIMULATOR_WAITERS"} <= asked.settings


@pytest.mark.parametrize(
    ("written", "verdict", "words"),
    [
        ("META_ACCES_TOKEN", Severity.FAIL, "META_ACCESS_TOKEN"),
        ("LEASE_SECOND", Severity.FAIL, "LEASE_SECONDS"),
        ("TWILIO_REGION", Severity.WARN, "TWILIO_REGION"),
        ("META_ACCESS_TOKEN", Severity.OK, "every name"),
        ("EDITOR", Severity.OK, "every name"),
    ],
)
def test_a_misspelt_name_is_reported_with_the_right_one(written, verdict, words):
    known = frozenset({"META_ACCESS_TOKEN", "LEASE_SECONDS", "META_APP_SECRET"})
    for names in (([written], []), ([], [written])):
        (found,) = examine_names(*names, known=known)
        assert found.verdict is verdict
        assert words in found.words
