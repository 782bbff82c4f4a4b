"""The settings: each wrong value is named, no secret is ever repeated."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from redis import Redis

from session import SettingsError
from session.policy import Policy
from session.settings import BaseSettings
from webhook.settings import WebhookSettings
from webhook.simulator.settings import Settings as SimulatorSettings
from worker.cli.running.settings import RunSettings
from worker.settings import WorkerSettings

ALL = [BaseSettings, WebhookSettings, WorkerSettings, RunSettings, SimulatorSettings]


def secrets_of(settings):
    """Return the names of all secret settings."""
    return [name for name, field in settings.model_fields.items() if "SecretStr" in repr(field.annotation)]


@pytest.mark.parametrize("settings", ALL)
def test_everything_has_a_default(settings):
    assert settings.load().session_redis_url.get_secret_value() == "redis://127.0.0.1:6379/0"


def test_the_defaults_are_those_of_the_policy():
    assert BaseSettings.load().policy() == Policy()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "http://localhost"),
        ("REDIS_URL", "redis+sentinel://a,b:1"),
        ("BROKER_URL", "redis+sentinel://a,b:1"),
        ("BROKER_URL", "sentinel://a:1;sentinel://b:1"),
        ("REDIS_PORT", "0"),
        ("REDIS_PORT", "65536"),
        ("REDIS_PORT", "six"),
        ("REDIS_DB", "-1"),
        ("REDIS_TLS", "perhaps"),
        ("SHARDS", "0"),
        ("SHARDS", "16385"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_JSON", "maybe"),
        ("SESSION_TIMEOUT_MINUTES", "0"),
        ("SESSION_TIMEOUT_MINUTES", "-5"),
        ("SESSION_TIMEOUT_MINUTES", "soon"),
        ("SESSION_TIMEOUT_MINUTES", "inf"),
        ("SESSION_TIMEOUT_MINUTES", "nan"),
        ("SESSION_CLOSE_AFTER_MINUTES", "1e300"),
        ("SESSION_RETENTION_MINUTES", "0"),
        ("AGENT_TIMEOUT_MINUTES", "-1"),
        ("AGENT_TIMEOUT_MINUTES", "inf"),
        ("AGENT_TIMEOUT_THEN", "leave"),
        ("MAX_MESSAGE_HISTORY", "0"),
        ("MAX_MESSAGE_HISTORY", "2.5"),
        ("MAX_SEARCH_HISTORY", "-1"),
        ("RATE_LIMIT_MESSAGES_PER_HOUR", "0"),
        ("RATE_LIMIT_SEARCHES_PER_HOUR", "-1"),
        ("WAKE_AFTER_SECONDS", "0"),
        ("LEASE_SECONDS", "inf"),
        ("TURN_MAX_MESSAGES", "1001"),
        ("MAX_TURN_ATTEMPTS", "0"),
        ("REPLY_ON_UNKNOWN", "pray"),
    ],
)
def test_a_wrong_value_is_named_and_not_repeated(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as error:
        BaseSettings.load()

    assert f"\n  {name}: " in str(error.value)
    assert value not in str(error.value).replace(name, "").split() or len(value) < 4
    assert error.value.__cause__ is None


@pytest.mark.parametrize(
    ("settings", "name", "value"),
    [
        (WorkerSettings, "ASSISTANT", "mybot"),
        (WorkerSettings, "ASSISTANT", "mybot:"),
        (WorkerSettings, "CATALOGUE", ":x"),
        (WorkerSettings, "META_GRAPH_URL", "graph.facebook.com"),
        (WorkerSettings, "META_GRAPH_VERSION", "23"),
        (WorkerSettings, "TWILIO_API_URL", "ftp://x"),
        (WorkerSettings, "SWEEP_SECONDS", "0"),
        (WorkerSettings, "SEND_TIMEOUT_SECONDS", "inf"),
        (WebhookSettings, "PUBLIC_URL", "bot.example"),
        (WebhookSettings, "MAX_BODY_BYTES", "10"),
        (WebhookSettings, "WEBHOOK_REDIS_TIMEOUT_SECONDS", "0"),
        (RunSettings, "PORT", "0"),
        (RunSettings, "WORKER_CONVERSATIONS", "0"),
        (SimulatorSettings, "SIMULATOR_WAITERS", "0"),
    ],
)
def test_the_programs_name_their_own_wrong_values(monkeypatch, settings, name, value):
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError, match=f"\n  {name}: "):
        settings.load()


def test_all_wrong_values_are_named_at_once(monkeypatch):
    for name in ("REDIS_PORT", "SHARDS", "LEASE_SECONDS"):
        monkeypatch.setenv(name, "wrong")

    with pytest.raises(SettingsError) as error:
        BaseSettings.load()

    assert [line.partition(":")[0].strip() for line in str(error.value).splitlines()[1:]] == [
        "REDIS_PORT",
        "SHARDS",
        "LEASE_SECONDS",
    ]


@pytest.mark.parametrize(
    ("set_", "missing"),
    [
        ({"REDIS_CLUSTER": "yes", "SHARDS": "4"}, "BROKER_URL"),
        ({"REDIS_CLUSTER": "yes", "BROKER_URL": "amqp://x"}, "SHARDS"),
    ],
)
def test_what_a_cluster_needs_is_named(monkeypatch, set_, missing):
    for name, value in set_.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError, match=f"REDIS_CLUSTER needs {missing}"):
        BaseSettings.load()


# -- secrets


@pytest.mark.parametrize("settings", ALL)
def test_no_secret_appears_in_output_or_errors(monkeypatch, settings):
    names = secrets_of(settings)
    assert {"redis_url", "redis_password", "broker_url"} <= set(names)
    for name in names:
        # A URL, the token of a bot, or any other secret: each in a form that its setting accepts.
        begins, ends = ("redis://:", "@example.org") if name.endswith("url") else ("", "")
        if name == "media_url":
            begins, ends = "s3://key:", "@example.org/bucket"
        if name == "media_key":
            ends = "-of-32-characters-and-more"
        if name.endswith("bot_token"):
            begins = "100000001:"
        monkeypatch.setenv(name.upper(), f"{begins}hush-hush-{name}{ends}")

    found = settings.load()
    for name in names:
        assert f"hush-hush-{name}" in getattr(found, name).get_secret_value()
    assert "hush" not in repr(found) + str(found) + str(found.model_dump()) + found.model_dump_json()

    monkeypatch.setenv("SHARDS", "0")
    with pytest.raises(SettingsError) as error:
        settings.load()
    assert "hush" not in str(error.value) + repr(error.value)


@pytest.mark.parametrize(
    ("settings", "name", "value"),
    [
        (BaseSettings, "REDIS_URL", "rediss:hush-hush"),
        (BaseSettings, "REDIS_URL", "hush"),
        (BaseSettings, "MEDIA_URL", "s3://hush-hush@example.org/bucket"),
        (BaseSettings, "MEDIA_KEY", "hush"),
        (WebhookSettings, "METRICS_TOKEN", "hush"),
    ],
)
def test_a_secret_that_is_wrong_is_not_repeated_either(monkeypatch, settings, name, value):
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError, match=name) as error:
        settings.load()

    assert "hush" not in str(error.value) + repr(error.value)


# -- where Redis is


def test_a_url_goes_before_its_parts(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "rediss://user:pw@redis.example:6380/3")
    monkeypatch.setenv("REDIS_HOST", "elsewhere")

    assert BaseSettings.load().session_redis_url.get_secret_value() == "rediss://user:pw@redis.example:6380/3"


@pytest.mark.parametrize(
    ("parts", "url"),
    [
        ({"REDIS_HOST": "redis.example"}, "redis://redis.example:6379/0"),
        ({"REDIS_PORT": "7000", "REDIS_DB": "5"}, "redis://127.0.0.1:7000/5"),
        ({"REDIS_PASSWORD": "pw"}, "redis://:pw@127.0.0.1:6379/0"),
        ({"REDIS_TLS": "true"}, "rediss://127.0.0.1:6379/0"),
    ],
)
def test_a_url_is_made_of_its_parts(monkeypatch, parts, url):
    for name, value in parts.items():
        monkeypatch.setenv(name, value)

    assert BaseSettings.load().session_redis_url.get_secret_value() == url


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_any_password_reaches_the_server_as_it_is(password):
    url = BaseSettings(redis_password=SecretStr(password)).session_redis_url.get_secret_value()

    with Redis.from_url(url) as client:
        found = client.connection_pool.connection_kwargs
    assert (found["password"], found["host"], found["port"]) == (password, "127.0.0.1", 6379)


def test_the_wake_ups_go_the_same_way_unless_a_broker_is_named(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://redis.example")
    assert BaseSettings.load().wake_broker_url.get_secret_value() == "redis://redis.example"

    monkeypatch.setenv("REDIS_URL", "unix:///run/redis.sock")
    assert BaseSettings.load().wake_broker_url.get_secret_value() == "redis+socket:///run/redis.sock"

    monkeypatch.setenv("BROKER_URL", "amqp://rabbit.example")
    assert BaseSettings.load().wake_broker_url.get_secret_value() == "amqp://rabbit.example"


# -- values


def test_minutes_may_be_fractions(monkeypatch):
    monkeypatch.setenv("SESSION_TIMEOUT_MINUTES", "0.05")

    assert BaseSettings.load().policy().idle_after == timedelta(seconds=3)


def test_every_duration_and_limit_reaches_the_policy(monkeypatch):
    values = {
        "SESSION_TIMEOUT_MINUTES": "1",
        "SESSION_CLOSE_AFTER_MINUTES": "2",
        "SESSION_RETENTION_MINUTES": "3",
        "MAX_MESSAGE_HISTORY": "4",
        "MAX_SEARCH_HISTORY": "5",
        "RATE_LIMIT_MESSAGES_PER_HOUR": "6",
        "RATE_LIMIT_SEARCHES_PER_HOUR": "0",
        "DEFAULT_AGENT_ID": "mona",
        "WAKE_AFTER_SECONDS": "8",
        "LEASE_SECONDS": "9",
        "TURN_MAX_MESSAGES": "10",
        "MAX_TURN_ATTEMPTS": "11",
        "REPLY_ON_UNKNOWN": "hold",
        "RECONCILE_SECONDS": "12",
        "OPT_OUT_WORDS": "Stop, No More ,",
        "OPT_IN_WORDS": "",
        "AGENT_TIMEOUT_MINUTES": "0",
        "AGENT_TIMEOUT_THEN": "stay",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)

    policy = BaseSettings.load().policy()

    minute, second = timedelta(minutes=1), timedelta(seconds=1)
    assert (policy.idle_after, policy.close_after, policy.keep_for) == (minute, 2 * minute, 3 * minute)
    assert (policy.message_history, policy.search_history) == (4, 5)
    assert (policy.limits["messages"], policy.limits["searches"]) == (6, 0)
    assert (policy.agent_id, policy.wake_after, policy.lease_for) == ("mona", 8 * second, 9 * second)
    assert (policy.turn_messages, policy.turn_attempts) == (10, 11)
    assert (policy.in_doubt, policy.reconcile_for) == ("hold", 12 * second)
    assert policy.opt_out_words == {"stop", "no more"}
    assert (policy.agent_timeout, policy.agent_timeout_then) == (timedelta(0), "stay")
    # An empty value is no value: the default stands.
    assert policy.opt_in_words == Policy().opt_in_words


def test_a_dot_env_file_is_read_and_the_environment_goes_before_it(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("REDIS_HOST=from-file\nREDIS_PORT=7777\nSOMETHING_ELSE=1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDIS_PORT", "8888")

    found = BaseSettings.load()

    assert (found.redis_host, found.redis_port) == ("from-file", 8888)


def test_settings_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        BaseSettings.load().shards = 3


@pytest.mark.parametrize(("value", "country"), [("", ""), ("IN", "IN"), (" eg ", "EG")])
def test_a_country_is_set_by_its_two_letters(monkeypatch, value, country):
    monkeypatch.setenv("DEFAULT_COUNTRY", value)

    assert BaseSettings.load().default_country == country


@pytest.mark.parametrize("value", ["India", "XX", "+91"])
def test_an_invalid_country_is_refused(monkeypatch, value):
    monkeypatch.setenv("DEFAULT_COUNTRY", value)

    with pytest.raises(SettingsError, match=r"DEFAULT_COUNTRY: .*two letters"):
        BaseSettings.load()


@pytest.mark.parametrize(
    ("lease", "send", "seconds"), [(15, 30, 35), (15, 2, 15), (60, 30, 60), (15, 600, 605)]
)
def test_the_lease_of_an_outbox_outlives_the_longest_send(lease, send, seconds):
    settings = WorkerSettings(_env_file=None, lease_seconds=lease, send_timeout_seconds=send)

    assert settings.policy().send_lease_for == timedelta(seconds=seconds)
    assert settings.policy().lease_for == timedelta(seconds=lease)
