"""The command that hashes passwords."""

import subprocess
import sys

import pytest

from webhook.desk.settings import DeskSettings


def desk_settings(**more):
    return DeskSettings(_env_file=None, **more)


def test_the_command_makes_a_hash_that_can_be_pasted(monkeypatch):
    command = [sys.executable, "-m", "webhook.desk.passwords", "Karim", "Adel"]
    made = subprocess.run(command, input="a long password\n", capture_output=True, text=True, check=True)

    monkeypatch.setenv("DESK_AGENTS", made.stdout.strip())
    assert list(DeskSettings.load().desk_agents) == ["Karim Adel"]
    assert not set(made.stdout) & set("$'\"`\\")


@pytest.mark.parametrize(
    ("options", "rank", "scopes"),
    [
        ([], "supervisor", None),
        (["--rank", "agent"], "agent", None),
        (["--scopes", "estate+-"], "agent", {"estate", ""}),
        (["--rank", "supervisor", "--scopes", "estate"], "supervisor", {"estate"}),
    ],
)
def test_the_command_writes_rank_and_scopes_too(monkeypatch, options, rank, scopes):
    command = [sys.executable, "-m", "webhook.desk.passwords", "Mona", *options]
    made = subprocess.run(command, input="a long password\n", capture_output=True, text=True, check=True)

    mona = desk_settings(desk_agents=made.stdout.strip()).desk_agents["Mona"]
    assert (mona.rank, mona.scopes) == (rank, scopes)


@pytest.mark.parametrize(
    ("name", "password", "status"),
    [("", "a long password", 2), ("a:b", "a long password", 2), ("Mona", "eleven long", 1)],
)
def test_the_command_refuses_invalid_names_and_short_passwords(name, password, status):
    command = [sys.executable, "-m", "webhook.desk.passwords", name]

    assert (
        subprocess.run(command, input=password, capture_output=True, text=True, check=False).returncode
        == status
    )
