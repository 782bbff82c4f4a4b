"""Which programs make up the stack, and with which settings."""

import socket
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.ports import free_ports
from worker.cli.running.plan import plan
from worker.cli.running.probes import PortTaken
from worker.cli.running.settings import RunSettings


def settings(folder: Path, **changes: object) -> RunSettings:
    port, simulator_port = free_ports(2)
    return RunSettings(data_dir=folder, port=port, simulator_port=simulator_port, **changes)


def names(stack) -> list[list[str]]:
    return [[process.name for process in stage] for stage in stack.stages]


def test_a_stack_without_settings_has_a_server_and_a_simulator(tmp_path):
    stack = plan(settings(tmp_path), {"HOME": "/"})
    assert names(stack) == [["valkey"], ["webhook", "worker", "beat", "simulator"]]
    told = stack.stages[1][0].env
    assert told["HOME"] == "/"
    assert told["REDIS_URL"] == stack.redis_url.get_secret_value()
    assert told["META_GRAPH_URL"] == told["TWILIO_API_URL"] == told["TELEGRAM_API_URL"] == stack.simulator_url
    assert told["PUBLIC_URL"] == stack.webhook_url
    assert len({told[name] for name in told if "SECRET" in name or "TOKEN" in name}) == 6


@pytest.mark.parametrize(("chosen", "told"), [({}, "true"), ({"meta_typing": False}, None)])
def test_typing_is_shown_with_the_simulator_unless_it_is_switched_off(tmp_path, chosen, told):
    assert plan(settings(tmp_path, **chosen), {}).environment.get("META_TYPING") == told


@pytest.mark.parametrize(("own", "is_sample"), [(None, True), (Path("faq.toml"), False)])
def test_the_sample_answers_give_way_to_those_of_the_operator(tmp_path, own, is_sample):
    senders = Path(plan(settings(tmp_path, faq_file=own), {}).environment["SENDERS_FILE"])
    assert ("faq = " in senders.read_text(encoding="utf-8")) == is_sample


def test_a_configured_redis_is_used_instead(tmp_path):
    stack = plan(settings(tmp_path, redis_url=SecretStr("redis://elsewhere/3")), {})
    assert names(stack) == [["webhook", "worker", "beat", "simulator"]]
    assert stack.redis_url == SecretStr("redis://elsewhere/3")
    assert "REDIS_URL" not in stack.environment


def test_a_configured_provider_is_used_instead(tmp_path):
    stack = plan(settings(tmp_path, meta_access_token=SecretStr("mine")), {})
    assert names(stack)[1] == ["webhook", "worker", "beat"]
    assert set(stack.environment) == {"REDIS_URL", "ASSISTANT", "ASSISTANT_RELOAD", "MEDIA_DIR"}


def test_media_are_kept_beside_the_other_data_unless_the_settings_say_where(tmp_path):
    assert plan(settings(tmp_path), {}).environment["MEDIA_DIR"] == str(tmp_path / "media")
    chosen = settings(tmp_path, media_dir=tmp_path / "mine")
    assert plan(chosen, {}).environment["MEDIA_DIR"] == str(tmp_path / "mine")


def test_the_port_of_the_embedded_server_is_the_next_free_one_unless_it_is_chosen(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match="EMBEDDED_REDIS_PORT"):
            plan(settings(tmp_path, embedded_redis_port=port), {})
