"""`inturn doctor`, as a command."""

import json
from base64 import b64encode

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from worker.cli.doctor import doctor

NOWHERE = SecretStr("redis://:hidden@127.0.0.1:1/0")


@pytest.mark.processes
def test_invalid_settings_end_the_checks():
    result = CliRunner().invoke(doctor, env={"LOG_LEVEL": "loud", "REDIS_URL": "http://secret"})
    assert result.exit_code == 1
    assert "LOG_LEVEL" in result.output
    assert "REDIS_URL" in result.output
    assert "secret" not in result.output


@pytest.mark.processes
def test_it_prints_json_and_ends_with_one_if_something_is_broken():
    result = CliRunner().invoke(
        doctor, ["--json"], env={"REDIS_URL": NOWHERE.get_secret_value(), "HOOK_URL": "crm"}
    )
    told = json.loads(result.output)
    assert result.exit_code == 1
    assert told["healthy"] is False
    verdicts = {finding["name"]: finding["verdict"] for finding in told["findings"]}
    assert verdicts["redis"] == verdicts["hooks"] == "fail"
    assert "hidden" not in result.output


@pytest.mark.processes
def test_it_names_the_hooks():
    secret = "whsec_" + b64encode(b"k" * 32).decode()
    env = {
        "REDIS_URL": NOWHERE.get_secret_value(),
        "HOOK_URL": "https://crm.example/",
        "HOOK_SECRET": secret,
    }

    told = json.loads(CliRunner().invoke(doctor, ["--json"], env=env).output)

    (finding,) = [one for one in told["findings"] if one["name"] == "hooks"]
    assert (finding["verdict"], finding["words"][:26]) == ("ok", "get what happens: default;")


@pytest.mark.processes
def test_it_asks_the_mcp_servers(tmp_path):
    file = tmp_path / "mcp.toml"
    file.write_text('[[server]]\nname = "shop"\ncommand = ["/no/such/program"]\n')
    env = {
        "REDIS_URL": NOWHERE.get_secret_value(),
        "LLM_BASE_URL": "http://127.0.0.1:9/v1",
        "LLM_MODEL": "m",
        "MCP_FILE": str(file),
    }

    told = json.loads(CliRunner().invoke(doctor, ["--json"], env=env).output)

    (finding,) = [one for one in told["findings"] if one["name"] == "mcp"]
    assert finding["verdict"] == "fail"
    assert finding["words"] == "the MCP server shop cannot be reached: FileNotFoundError"
