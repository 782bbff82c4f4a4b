"""`inturn doctor`: what it finds, and what it says about it."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from session.clock import SystemClock
from session.errors import SettingsError
from tests.clocks import ManualClock
from tests.valkey import running_server
from worker.cli.doctor import doctor
from worker.cli.examining.broker import examine_broker
from worker.cli.examining.durations import examine_durations
from worker.cli.examining.finding import Finding, Verdict
from worker.cli.examining.programs import examine_programs
from worker.cli.examining.providers import examine_providers
from worker.cli.examining.store import examine_store
from worker.cli.running.settings import RunSettings

META = {
    "meta_app_secret": "s",
    "meta_verify_token": "v",
    "meta_access_token": "a",
    "meta_phone_number_id": "1",
}
TWILIO = {"twilio_account_sid": "AC1", "twilio_auth_token": "t", "twilio_from": "+14155238886"}
NOWHERE = SecretStr("redis://:hidden@127.0.0.1:1/0")


class Asked:
    """A channel whose provider has a fixed opinion."""

    def __init__(self, answer: str | None = None) -> None:
        self.answer = answer

    def probe(self) -> str | None:
        return self.answer


def by_name(findings) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


def store(socket: str, clock=None) -> dict[str, Finding]:
    url = SecretStr(f"unix://{socket}")
    return by_name(examine_store(url, cluster=False, clock=clock or SystemClock()))


def test_a_server_that_forgets_is_doubtful(valkey_socket):
    findings = store(valkey_socket)
    assert findings["redis"].verdict is Verdict.OK
    assert findings["persistence"].verdict is Verdict.WARN
    assert "appendonly yes" in findings["persistence"].mend
    assert findings["eviction"].verdict is Verdict.OK
    assert findings["clock"].verdict is Verdict.OK


def test_a_server_that_keeps_everything_is_well():
    with running_server("--appendonly", "yes") as socket:
        assert all(finding.verdict is Verdict.OK for finding in store(socket).values())


def test_a_server_that_throws_conversations_away_is_broken():
    with running_server("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru") as socket:
        eviction = store(socket)["eviction"]
    assert eviction.verdict is Verdict.FAIL
    assert "noeviction" in eviction.mend


def test_a_server_that_is_nearly_full_is_doubtful():
    with running_server("--maxmemory", "1mb") as socket:
        assert store(socket)["memory"].verdict is Verdict.WARN


@pytest.mark.parametrize(("skew", "verdict"), [(2, Verdict.WARN), (-2, Verdict.WARN), (60, Verdict.FAIL)])
def test_a_clock_that_differs_is_told(valkey_socket, skew, verdict):
    clock = ManualClock(SystemClock().now() + timedelta(seconds=skew))
    found = store(valkey_socket, clock)["clock"]
    assert found.verdict is verdict
    assert ("behind" if skew > 0 else "ahead of") in found.words


def test_a_cluster_that_is_not_set_as_one_is_told():
    with running_server("--cluster-enabled", "yes") as socket:
        assert "REDIS_CLUSTER=true" in store(socket)["cluster"].mend


def test_a_server_that_is_away_is_told_without_its_password():
    findings = by_name(examine_store(NOWHERE, cluster=False, clock=SystemClock()))
    assert list(findings) == ["redis"]
    assert findings["redis"].verdict is Verdict.FAIL
    assert "127.0.0.1:1" in findings["redis"].words
    assert "hidden" not in findings["redis"].words


def test_a_broker_that_is_away_is_told_without_its_password():
    findings = by_name(examine_broker(NOWHERE, named=True))
    assert findings["broker"].verdict is Verdict.FAIL
    assert "hidden" not in str(findings)


def test_a_broker_of_no_known_kind_is_told():
    findings = by_name(examine_broker(SecretStr("carrier-pigeon://loft"), named=True))
    assert findings["broker"].verdict is Verdict.FAIL
    assert "BROKER_URL" in findings["broker"].words


def test_a_broker_without_workers_is_doubtful(valkey_socket):
    findings = by_name(examine_broker(SecretStr(f"redis+socket://{valkey_socket}"), named=True))
    assert findings["broker"].verdict is Verdict.OK
    assert findings["workers"].verdict is Verdict.WARN


def providers(settings: RunSettings, **answers: str | None) -> dict[str, Finding]:
    channels = {name: Asked(answers.get(name)) for name in ("meta", "twilio")}
    return by_name(examine_providers(settings, lambda _: channels))


def test_no_provider_is_doubtful_only():
    findings = providers(RunSettings())
    assert [finding.verdict for finding in findings.values()] == [Verdict.WARN]


def test_a_provider_that_takes_our_credentials_is_well():
    assert providers(RunSettings(**META))["meta"].verdict is Verdict.OK


def test_a_provider_that_refuses_is_quoted():
    found = providers(RunSettings(**META), meta="190: token expired")["meta"]
    assert found.verdict is Verdict.FAIL
    assert found.words == "190: token expired"
    assert "META_ACCESS_TOKEN" in found.mend


def test_a_provider_that_is_half_configured_is_told_what_is_missing():
    found = providers(RunSettings(**META | {"meta_verify_token": None}))["meta"]
    assert (found.verdict, found.mend) == (Verdict.FAIL, "set META_VERIFY_TOKEN")


@pytest.mark.parametrize(
    ("url", "api", "verdict"),
    [
        ("", "https://api.twilio.com", Verdict.FAIL),
        ("http://example.org", "https://api.twilio.com", Verdict.FAIL),
        ("http://127.0.0.1:8000", "https://api.twilio.com", Verdict.FAIL),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8001", Verdict.OK),
        ("https://example.org", "https://api.twilio.com", Verdict.OK),
    ],
)
def test_twilio_needs_a_public_url_with_tls(url, api, verdict):
    settings = RunSettings(**TWILIO, public_url=url, twilio_api_url=api)
    assert providers(settings)["public url"].verdict is verdict


def test_an_assistant_that_cannot_be_loaded_is_told_in_the_words_of_the_loader():
    def load(dotted: str, setting: str) -> object:
        raise SettingsError(f"{setting}={dotted}: there is no module mybot")

    findings = by_name(
        examine_programs(RunSettings(assistant="mybot:assistant"), assistant=load, catalogue=load)
    )
    assert findings["assistant"].verdict is Verdict.FAIL
    assert findings["assistant"].words == "ASSISTANT=mybot:assistant: there is no module mybot"
    assert "catalogue" not in findings


@pytest.mark.parametrize(
    ("lease", "assistant", "send", "named"),
    [
        (15, 10, 10, ""),
        (10, 5, 30, "SEND_TIMEOUT_SECONDS (30)"),
    ],
)
def test_a_lease_that_ends_before_the_work_under_it_is_doubtful(lease, assistant, send, named):
    settings = RunSettings(
        _env_file=None,
        lease_seconds=lease,
        assistant_timeout_seconds=assistant,
        send_timeout_seconds=send,
    )

    found = by_name(examine_durations(settings))["durations"]

    assert found.verdict is (Verdict.WARN if named else Verdict.OK)
    assert named in found.words


def test_wrong_settings_end_the_examination():
    result = CliRunner().invoke(doctor, env={"LOG_LEVEL": "loud", "REDIS_URL": "http://secret"})
    assert result.exit_code == 1
    assert "LOG_LEVEL" in result.output
    assert "REDIS_URL" in result.output
    assert "secret" not in result.output


def test_it_prints_json_and_ends_with_one_if_something_is_broken():
    result = CliRunner().invoke(doctor, ["--json"], env={"REDIS_URL": NOWHERE.get_secret_value()})
    told = json.loads(result.output)
    assert result.exit_code == 1
    assert told["healthy"] is False
    assert {finding["name"]: finding["verdict"] for finding in told["findings"]}["redis"] == "fail"
    assert "hidden" not in result.output
