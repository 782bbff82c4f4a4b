"""`inturn doctor`: what it finds, and what it says about it."""

import json
from datetime import timedelta

import pytest
import redis as redis_py
from click.testing import CliRunner
from pydantic import SecretStr

from session.clock import SystemClock
from session.errors import SettingsError
from tests.clocks import ManualClock
from tests.ports import free_ports
from tests.valkey import running_server, until
from worker.assistants.catalogue import load, open_catalogue
from worker.assistants.concierge import assistant as concierge
from worker.assistants.echo import assistant as echo
from worker.cli.doctor import doctor
from worker.cli.examining.broker import examine_broker
from worker.cli.examining.edge import Edge, ask_the_edge, examine_edge
from worker.cli.examining.finding import Finding, Verdict
from worker.cli.examining.names import examine_names
from worker.cli.examining.programs import examine_programs
from worker.cli.examining.providers import examine_providers
from worker.cli.examining.records import examine_records
from worker.cli.examining.store import _memory, examine_password, examine_store, place_of
from worker.cli.running.settings import RunSettings
from worker.senders import Sender, Senders

META = {
    "meta_app_secret": "s",
    "meta_verify_token": "v",
    "meta_access_token": "a",
    "meta_phone_number_id": "1",
}
TWILIO = {"twilio_account_sid": "AC1", "twilio_auth_token": "t", "twilio_from": "+14155238886"}
NOWHERE = SecretStr("redis://:hidden@127.0.0.1:1/0")


class Effects:
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


def test_a_server_that_is_full_up_to_the_mark_is_broken_and_one_that_soon_will_be_is_doubtful():
    with running_server() as socket, redis_py.Redis(unix_socket_path=socket) as client:
        used = client.info("memory")["used_memory"]
        for limit, verdict in ((4 * used, Verdict.OK), (used * 10 // 7, Verdict.WARN), (used, Verdict.FAIL)):
            client.config_set("maxmemory", limit)
            memory = store(socket)["memory"]
            assert (memory.verdict, "503" in memory.words) == (verdict, verdict is not Verdict.OK)


def test_a_server_elsewhere_without_a_limit_is_doubtful():
    info = {"used_memory": 1, "maxmemory": 0}
    assert _memory(info, 80, here=False).verdict is Verdict.WARN
    assert _memory(info, 80, here=True).verdict is Verdict.OK


def test_replicas_that_may_fall_behind_are_told_and_what_a_failover_then_costs():
    (port,) = free_ports(1)
    with (
        running_server(port=port) as socket,
        running_server("--replicaof", "127.0.0.1", str(port)),
        redis_py.Redis(unix_socket_path=socket) as client,
    ):
        until(lambda: client.info("replication")["connected_slaves"] == 1, "the replica follows")
        found = store(socket)["replication"]
        assert found.verdict is Verdict.WARN
        assert "min-replicas-to-write 1" in found.mend
        client.config_set("min-replicas-to-write", 1)
        until(lambda: store(socket)["replication"].verdict is Verdict.OK, "the replica has caught up")
    with running_server("--min-replicas-to-write", "1") as socket:
        assert store(socket)["replication"].verdict is Verdict.FAIL


def test_a_server_without_replicas_says_nothing_of_them(valkey_socket):
    assert "replication" not in store(valkey_socket)


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
    channels = {name: Effects(answers.get(name)) for name in ("meta", "twilio")}
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
    assert edge(settings)["public url"].verdict is verdict


def edge(settings: RunSettings, *problems: str) -> dict[str, Finding]:
    return by_name(examine_edge(settings, Edge(settings=frozenset(), problems=problems)))


@pytest.mark.parametrize(
    ("url", "verdict"),
    [
        ("https://example.org/webhook/twilio", Verdict.FAIL),
        ("https://example.org/webhook", Verdict.FAIL),
        ("https://example.org/bots", Verdict.WARN),
        ("https://example.org?rc=5", Verdict.WARN),
        ("http://example.org", Verdict.FAIL),
    ],
)
def test_a_public_url_with_more_than_its_host_is_told(url, verdict):
    assert edge(RunSettings(**META, public_url=url))["public url"].verdict is verdict


@pytest.mark.parametrize(
    ("more", "verdict"),
    [
        ({}, Verdict.WARN),
        ({"desk_proxies": 1}, None),
        ({"public_url": "http://127.0.0.1:8000"}, None),
        ({"desk_password": None}, None),
    ],
)
def test_a_desk_behind_a_proxy_that_nobody_has_named_is_told(more, verdict):
    settings = {"desk_password": "a long password", "public_url": "https://bot.example"} | more

    found = edge(RunSettings(**META, **settings)).get("desk")

    assert (found and found.verdict) == verdict


def test_what_would_stop_the_webhook_is_told():
    found = edge(RunSettings(), "METRICS_TOKEN: Value should have at least 16 items")["webhook"]
    assert found.verdict is Verdict.FAIL
    assert "METRICS_TOKEN" in found.words


@pytest.mark.processes
@pytest.mark.parametrize(("name", "value"), [("DESK_PASSWORD", "short"), ("METRICS_TOKEN", "short")])
def test_the_webhook_itself_says_which_of_its_secrets_is_too_short(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    asked = ask_the_edge()
    assert [problem.partition(":")[0] for problem in asked.problems] == [name]
    assert value not in str(asked.problems)
    assert {"DESK_PASSWORD", "METRICS_TOKEN", "SIMULATOR_WAITERS"} <= asked.settings


@pytest.mark.parametrize(
    ("written", "verdict", "words"),
    [
        ("META_ACCES_TOKEN", Verdict.FAIL, "META_ACCESS_TOKEN"),
        ("LEASE_SECOND", Verdict.FAIL, "LEASE_SECONDS"),
        ("TWILIO_REGION", Verdict.WARN, "TWILIO_REGION"),
        ("META_ACCESS_TOKEN", Verdict.OK, "every name"),
        ("EDITOR", Verdict.OK, "every name"),
    ],
)
def test_a_misspelt_name_is_told_with_what_was_meant(written, verdict, words):
    known = frozenset({"META_ACCESS_TOKEN", "LEASE_SECONDS", "META_APP_SECRET"})
    for names in (([written], []), ([], [written])):
        (found,) = examine_names(*names, known=known)
        assert found.verdict is verdict
        assert words in found.words


@pytest.mark.parametrize(
    "sender", ["+1 415 523 8886", "14155238886", "+1415523888a", "whatsapp: +14155238886", "MG1"]
)
def test_a_sender_that_twilio_would_not_know_is_refused(sender):
    with pytest.raises(ValueError, match="without spaces"):
        RunSettings(**TWILIO | {"twilio_from": sender})


@pytest.mark.parametrize("sender", ["+14155238886", "whatsapp:+14155238886", f"MG{'0a' * 16}"])
def test_a_sender_of_any_right_form_is_taken(sender):
    assert RunSettings(**TWILIO | {"twilio_from": sender}).twilio_from == sender


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("redis://redis.internal:1/0", True),
        ("redis://:secret@redis.internal:1/0", False),
        ("redis://127.0.0.1:1/0", False),
        ("unix:///run/redis", False),
    ],
)
def test_a_redis_on_another_machine_needs_a_password(url, told):
    found = list(examine_password(SecretStr(url), place_of(SecretStr(url))))
    assert [finding.verdict for finding in found] == [Verdict.WARN] * told
    assert "secret" not in str(found)


# -- records


def records_of(folder, rows: list[dict[str, object]] | None):
    if rows is not None:
        file = folder / "rows.json"
        file.write_text(json.dumps(rows))
        load(file, "properties", folder, now=SystemClock().now())
    return open_catalogue(folder)


def sender(assistant, **more) -> Senders:
    return Senders(usual=Sender(assistant=assistant, kind="properties", **more), named={})


FLAT = {"id": "1", "propertyType": "apartment", "location": "Maadi", "price": 1_000_000}


def examined(*arguments, **more) -> list[tuple[Verdict, str]]:
    return [(found.verdict, found.words) for found in examine_records(*arguments, **more)]


def test_a_concierge_with_records_is_well(tmp_path):
    assert examined(sender(concierge), records_of(tmp_path, [FLAT])) == [(Verdict.OK, "1 properties")]


def test_a_concierge_without_records_is_doubtful(tmp_path):
    ((verdict, words),) = examined(sender(concierge), records_of(tmp_path, None))
    assert (verdict, "finds nothing" in words) == (Verdict.WARN, True)


def test_a_catalogue_that_the_concierge_cannot_use_is_broken(tmp_path):
    ((verdict, words),) = examined(sender(concierge), records_of(tmp_path, [FLAT]), catalogue=print)
    assert (verdict, "CATALOGUE names something else" in words) == (Verdict.FAIL, True)


def test_members_only_without_members_lets_nobody_in(tmp_path):
    ((verdict, words),) = examined(sender(echo, access="members"), records_of(tmp_path, None))
    assert (verdict, "no customer is admitted" in words) == (Verdict.FAIL, True)


def test_an_assistant_of_the_operator_needs_no_records(tmp_path):
    assert examined(sender(lambda turn: None), records_of(tmp_path, None), catalogue=print) == []


def test_an_assistant_that_cannot_be_loaded_is_told_in_the_words_of_the_loader():
    def load(dotted: str, setting: str) -> object:
        raise SettingsError(f"{setting}={dotted}: there is no module mybot")

    findings = by_name(
        examine_programs(RunSettings(assistant="mybot:assistant"), assistant=load, catalogue=load)
    )
    assert findings["assistant"].verdict is Verdict.FAIL
    assert findings["assistant"].words == "ASSISTANT=mybot:assistant: there is no module mybot"
    assert "catalogue" not in findings


@pytest.mark.processes
def test_wrong_settings_end_the_examination():
    result = CliRunner().invoke(doctor, env={"LOG_LEVEL": "loud", "REDIS_URL": "http://secret"})
    assert result.exit_code == 1
    assert "LOG_LEVEL" in result.output
    assert "REDIS_URL" in result.output
    assert "secret" not in result.output


@pytest.mark.processes
def test_it_prints_json_and_ends_with_one_if_something_is_broken():
    result = CliRunner().invoke(doctor, ["--json"], env={"REDIS_URL": NOWHERE.get_secret_value()})
    told = json.loads(result.output)
    assert result.exit_code == 1
    assert told["healthy"] is False
    assert {finding["name"]: finding["verdict"] for finding in told["findings"]}["redis"] == "fail"
    assert "hidden" not in result.output
