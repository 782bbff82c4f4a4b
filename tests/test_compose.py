"""docker-compose.yml: every program gets the settings that it reads and no other's secrets, and nobody sees more than it must."""

import hashlib
import os
import re
import subprocess
from pathlib import Path

import pytest
import redis

from session.settings import BaseSettings
from tests.conftest import ROOT
from tests.valkey import running_server
from webhook.api.settings import ApiSettings
from webhook.desk.settings import DeskSettings
from webhook.serving.settings import ServingSettings
from webhook.settings import WebhookSettings
from worker.assistants.llm.settings import LlmSettings
from worker.settings import WorkerSettings

yaml = pytest.importorskip("yaml")

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service.get("image") == "inturn:local"]
SECRETS = {
    "META_APP_SECRET": {"webhook", "inturn"},
    "META_VERIFY_TOKEN": {"webhook", "inturn"},
    "META_ACCESS_TOKEN": {"worker", "inturn"},
    "TWILIO_AUTH_TOKEN": {"webhook", "worker", "inturn"},
    "TELEGRAM_WEBHOOK_SECRET": {"webhook", "inturn"},
    "TELEGRAM_BOT_TOKEN": {"worker", "inturn"},
    "LLM_API_KEY": {"worker", "inturn"},
    "DESK_PASSWORD": {"webhook", "inturn"},
    "DESK_AGENTS": {"webhook", "inturn"},
    "API_TOKENS": {"webhook", "inturn"},
    "METRICS_TOKEN": {"webhook", "inturn"},
    "MEDIA_URL": {"webhook", "worker", "inturn"},
    "MEDIA_KEY": {"webhook", "worker", "inturn"},
    "HOOK_SECRET": {"worker", "inturn"},
    "REDIS_PASSWORD": {"webhook", "worker", "beat", "flower", "inturn"},
    "FLOWER_BASIC_AUTH": {"flower"},
    "GF_SECURITY_ADMIN_PASSWORD": {"grafana"},
    "RABBITMQ_DEFAULT_PASS": {"rabbitmq"},
}


def settings_of(*programs: type) -> set[str]:
    return {name for program in programs for name in program.names()}


def given(name: str) -> set[str]:
    return set(SERVICES[name].get("environment", {}))


@pytest.mark.parametrize(
    ("service", "programs"),
    [
        ("webhook", (WebhookSettings, ServingSettings, DeskSettings, ApiSettings)),
        ("worker", (WorkerSettings, LlmSettings)),
        (
            "inturn",
            (WebhookSettings, ServingSettings, DeskSettings, ApiSettings, WorkerSettings, LlmSettings),
        ),
    ],
)
def test_a_program_is_given_every_setting_that_it_reads(service, programs):
    assert given(service) - {"TMPDIR"} == settings_of(*programs)


def test_the_files_of_agents_arrive_on_a_disk_and_not_in_memory():
    webhook = SERVICES["webhook"]
    where = webhook["environment"]["TMPDIR"]

    assert where not in webhook["tmpfs"]
    assert where in [volume.split(":")[1] for volume in webhook["volumes"]]


@pytest.mark.parametrize("service", ["beat", "flower"])
def test_who_only_reaches_the_broker_is_given_little_more(service):
    assert given(service) - settings_of(BaseSettings) <= {"SWEEP_SECONDS", "FLOWER_BASIC_AUTH"}
    assert {"REDIS_URL", "REDIS_HOST", "REDIS_PASSWORD", "BROKER_URL"} <= given(service)


@pytest.mark.parametrize(("secret", "services"), SECRETS.items())
def test_a_secret_is_given_to_who_needs_it(secret, services):
    assert {name for name in SERVICES if secret in given(name)} == services


def test_no_service_is_given_the_whole_file():
    assert [name for name, service in SERVICES.items() if "env_file" in service] == []


def test_a_managed_redis_of_the_operator_is_not_overridden():
    for name in OURS:
        environment = SERVICES[name]["environment"]
        assert environment["REDIS_URL"] is None, name
        assert environment["REDIS_HOST"] == "${REDIS_HOST:-valkey}"
        assert SERVICES[name]["depends_on"]["valkey"]["required"] is False


def test_the_concierge_finds_a_catalogue_that_the_command_line_can_write():
    for name, mode in (("worker", ":ro"), ("inturn", "")):
        assert (
            f"catalogue:{SERVICES[name]['environment']['CATALOGUE_DIR']}{mode}" in SERVICES[name]["volumes"]
        )
        assert "${APP_DIR:-./app}:/app:ro" in SERVICES[name]["volumes"]
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "--owner inturn --group inturn /data/catalogue" in dockerfile
    assert "WORKDIR /app" in dockerfile


def test_the_webhook_and_the_workers_see_the_same_media():
    for name in ("webhook", "worker", "inturn"):
        assert f"media:{SERVICES[name]['environment']['MEDIA_DIR']}" in SERVICES[name]["volumes"]
    assert "/data/media" in (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_image_has_what_the_assistants_of_ours_need():
    assert "'.[flower,mcp]'" in (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_data_is_seen_by_our_programs_alone():
    assert COMPOSE["networks"]["data"] == {"internal": True}
    seen_by = {name for name, service in SERVICES.items() if "data" in service["networks"]}
    assert seen_by == {*OURS, "valkey", "rabbitmq"}
    assert SERVICES["valkey"]["networks"] == ["data"]
    assert "ports" not in SERVICES["valkey"]


def test_every_port_is_of_this_machine_alone():
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_no_service_can_fill_the_disk_with_its_log_or_take_all_memory():
    for name, service in SERVICES.items():
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}, name
        assert service["deploy"]["resources"]["limits"]["memory"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_the_command_of_valkey_starts_a_server_that_asks_for_the_password(tmp_path):
    """What compose hands to `sh -c`, as far as this machine can run it: all but the server itself."""
    shell, flag, script = SERVICES["valkey"]["command"]
    script = script.replace("$$", "$").replace("${VALKEY_MAXMEMORY:-512mb}", "512mb")
    acl = ROOT / "docs" / "valkey" / "users.acl"
    for there, here in (("/etc/valkey/users.acl", acl), ("/tmp/users.acl", tmp_path / "users.acl")):
        assert there in script
        script = script.replace(there, str(here))
    script = script.replace("exec valkey-server", "printf '%s\\n'")
    password = "a/b&c'd e"

    told = subprocess.run(
        [shell, flag, script],
        env={"PATH": os.environ["PATH"], "REDISCLI_AUTH": password},
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.split() == [
        *("--aclfile", str(tmp_path / "users.acl")),
        *("--appendonly", "yes", "--appendfsync", "everysec", "--save"),
        *("--maxmemory", "512mb", "--maxmemory-policy", "noeviction"),
    ]
    assert hashlib.sha256(password.encode()).hexdigest() in (tmp_path / "users.acl").read_text()
    with running_server("--aclfile", str(tmp_path / "users.acl")) as socket:
        with redis.Redis(unix_socket_path=socket, password=password) as client:
            assert client.ping()
            for refused in ("FLUSHALL", "CONFIG GET requirepass", "KEYS *", "SHUTDOWN", "ACL LIST"):
                with pytest.raises(redis.exceptions.NoPermissionError):
                    client.execute_command(refused)
        with redis.Redis(unix_socket_path=socket) as client, pytest.raises(redis.AuthenticationError):
            client.ping()


def test_only_names_of_files_that_exist_are_mounted():
    mounted = [
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", ())
        if volume.startswith("./")
    ]
    assert mounted
    assert [name for name in mounted if not Path(ROOT, name).exists()] == []
    assert re.search(
        r"^#.*docker compose run --rm inturn catalogue load",
        (ROOT / "docker-compose.yml").read_text(),
        re.MULTILINE,
    )
