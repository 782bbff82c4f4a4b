"""No word about a URL that cannot be read, or that is shown, holds any of its password."""

import traceback
from urllib.parse import quote

import pytest
from celery import Celery
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import SecretStr

from session import SessionManager, SettingsError
from session.addresses import is_sentinel, place_of
from session.connection import connect
from session.sentinels import broker_address
from session.settings import BaseSettings
from webhook.settings import WebhookSettings
from webhook.simulator.settings import Settings as SimulatorSettings
from worker.cli import main
from worker.cli.examining.store import examine_password
from worker.settings import WorkerSettings

SECRET = "cretPASS"
#: A password as people paste it into a URL: with whatever their generator likes.
PASSWORDS = st.tuples(
    st.text("#/?@:[]%&=;+ ~!$^*()'\"\\<>{}|`.,_-aZ0", max_size=6),
    st.text("#/?@:[]%&=;+ ~!$^*()'\"\\<>{}|`.,_-aZ0", max_size=6),
).map(lambda ends: ends[0] + SECRET + ends[1])
SCHEMES = ["redis", "rediss", "unix", "amqp", "amqps", "pyamqp", "redis+socket", "http", "https", "", "odd"]
SCHEMES += ["redis+sentinel", "rediss+sentinel", "sentinel"]


def told_by(do):
    """Everything that is shown of an error, its causes included; "" if there is none."""
    try:
        do()
    except Exception:  # noqa: BLE001  (whatever it is, it is shown to somebody)
        return traceback.format_exc()
    return ""


@given(
    PASSWORDS,
    st.sampled_from(SCHEMES),
    st.sampled_from(["user", ""]),
    st.sampled_from(["", "/0", "//", "?x=1", "/x"]),
)
@example("cretPASS#x", "redis", "", "/0")
@example("12/cretPASS", "redis+sentinel", "", "/x")
@example("12,cretPASS", "redis+sentinel", "", "/x")
@example("12/cretPASS", "redis", "", "/0")
@example("12?cretPASS", "redis", "", "")
def test_no_setting_with_a_url_tells_its_password(password, scheme, user, end):
    url = f"{scheme}://{user}:{password}@127.0.0.1:1{end}"
    told = [
        told_by(lambda: BaseSettings(redis_url=url)),
        told_by(lambda: BaseSettings(broker_url=url)),
        told_by(lambda: WebhookSettings(public_url=url)),
        told_by(lambda: WorkerSettings(public_url=url, meta_graph_url=url)),
        told_by(lambda: WorkerSettings(twilio_api_url=url)),
        told_by(lambda: SimulatorSettings(public_url=url)),
        told_by(lambda: SimulatorSettings(webhook_url=url)),
        told_by(lambda: SessionManager.from_url(url)),
    ]

    assert not [words for words in told if SECRET in words]


@given(
    PASSWORDS,
    st.sampled_from(["redis", "rediss", "amqp", "amqps", "redis+sentinel", "rediss+sentinel"]),
    st.booleans(),
)
def test_an_accepted_url_is_shown_without_its_password(password, scheme, escaped):
    url = f"{scheme}://user:{quote(password, safe='') if escaped else password}@127.0.0.1:1"
    url += ",127.0.0.1:2/service" * is_sentinel(url)
    try:
        settings = BaseSettings(broker_url=url)
    except ValueError:
        assert not escaped
        return
    broker = broker_address(settings.broker_url, timeout=1)
    app = Celery(broker=broker.url, set_as_current=False)
    app.conf.update(broker_transport_options=broker.options, broker_use_ssl=broker.tls)
    connection = app.connection_for_read()
    shown = [connection.as_uri(), repr(connection), repr(settings), str(settings.wake_broker_url)]
    if scheme.startswith("redis"):
        client = connect(SecretStr(url), timeout=0.1)
        shown += [place_of(url), repr(client), repr(client.connection_pool)]
        shown += [str(finding) for finding in examine_password(SecretStr(url), place_of(url))]
        options = client.connection_pool.connection_kwargs
        assert is_sentinel(url) or options["host"] == "127.0.0.1"
        assert not escaped or options["password"] == password == connection.password

    assert not [words for words in shown if SECRET in words]


@pytest.mark.processes
@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("REDIS_URL", "redis://:cretPASS#x@127.0.0.1/0"),
        ("REDIS_URL", "redis://127.0.0.1/0?password=cretPASS"),
        ("REDIS_URL", "redis://127.0.0.1/cretPASS"),
        ("REDIS_URL", "redis+sentinel://:cretPASS@127.0.0.1:1,127.0.0.1:2"),
        ("BROKER_URL", "sentinel://:cretPASS@127.0.0.1:1;sentinel://:cretPASS@127.0.0.1:2"),
        ("REDIS_URL", "redis://127.0.0.1:cretPASS"),
        ("BROKER_URL", "amqp://inturn:cretPASS#x@127.0.0.1//"),
        ("BROKER_URL", "amqp://inturn:cretPASS@127.0.0.1:5672#x"),
        ("PUBLIC_URL", "https://user:cretPASS#x@bot.example"),
        ("META_GRAPH_URL", "https://user:cretPASS[x@bot.example"),
        ("PUBLIC_URL", "https://user:cretPASS@bot.example/path"),
    ],
)
@pytest.mark.parametrize("command", [("doctor",), ("sessions", "list"), ("events",), ("run", "--help")])
def test_a_command_names_the_setting_and_tells_nothing_of_it(monkeypatch, tmp_path, name, url, command):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, url)

    told = CliRunner().invoke(main, command)

    shown = told.output + "".join(traceback.format_exception(told.exception) if told.exception else [])
    assert "cretPASS" not in shown
    assert command[0] != "doctor" or name in told.output


@pytest.mark.parametrize("url", ["http://user:cretPASS#x@127.0.0.1:1", "http://user:cretPASS@127.0.0.1:1"])
def test_a_chat_without_a_simulator_reveals_nothing_of_the_address(url):
    told = CliRunner().invoke(main, ["chat", "--url", url], input="hello\n")

    assert told.exit_code != 0
    assert "cretPASS" not in told.output


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("redis://:pass#word@host", "# is written %23"),
        ("redis://host/0#1", "must not contain #"),
        ("redis://host/zero", "the number of a database"),
        ("redis://host?password=x", "in front of the host"),
        ("http://host", "begins with redis://"),
        ("redis+sentinel://host", "must name the service that Sentinel watches"),
        ("redis+sentinel://host/service/zero", "must name the service that Sentinel watches"),
        ("redis+sentinel://host,/service", "each Sentinel by its host and port"),
        ("redis+sentinel://host:port/service", "must be a valid URL"),
        ("redis+sentinel://:pass#word@host/service", "# is written %23"),
        ("redis+sentinel://host/service?password=x", "in front of the host"),
        ("redis+sentinel://host/service?colour=red", "options that the client library knows"),
    ],
)
def test_the_error_says_how_to_fix_it(url, why):
    with pytest.raises(SettingsError, match=why):
        SessionManager.from_url(url)
