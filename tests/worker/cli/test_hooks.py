"""`inturn hooks`, on a real server."""

import json
from base64 import b64encode
from typing import ClassVar

import pytest
from click.testing import CliRunner

from worker.cli import hooks as command
from worker.cli import main
from worker.hooks.posting import Refused
from worker.hooks.signing import key_of

SECRET = "whsec_" + b64encode(b"k" * 32).decode()


class Receiver:
    """What the command posts to."""

    refused = None
    got: ClassVar[list] = []

    async def post(self, hook, event, body, *, at):
        self.got.append((hook.name, json.loads(body)))
        return self.refused

    async def close(self):
        pass


@pytest.fixture
def inturn(valkey, valkey_socket, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDIS_URL", f"unix://{valkey_socket}")
    monkeypatch.setenv("HOOK_URL", "https://crm.example/inturn")
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    monkeypatch.setattr(command, "Poster", Receiver)
    monkeypatch.setattr(Receiver, "got", [])
    return lambda *words: CliRunner().invoke(main, ["hooks", *words])


def test_the_list_says_how_far_each_has_come(inturn, valkey):
    assert "default" in inturn("list").output
    assert "last accepted never" in inturn("list").output
    valkey.hset("hook:default", mapping={"after": "1-0", "seen": "2-0", "down": 3, "accepted": 1767268800000})
    valkey.expire("hook:default", 60)

    line = inturn("list").output

    assert "events wait, last accepted 2026-01-01 12:00:00 UTC, refused 3 times since" in line
    (row,) = json.loads(inturn("list", "--json").output)
    assert (row["name"], row["events"], row["behind"], row["refused"]) == ("default", "all", True, 3)
    assert SECRET not in line


def test_a_state_that_cannot_be_read_is_shown_as_far_as_it_can(inturn, valkey):
    valkey.hset("hook:default", mapping={"after": "1-0", "seen": "1-0", "down": "many", "accepted": "?"})
    valkey.expire("hook:default", 60)

    done = inturn("list")

    assert (done.exit_code, "nothing waits, last accepted never" in done.output) == (0, True)


def test_without_hooks_the_list_says_so(inturn, monkeypatch):
    monkeypatch.delenv("HOOK_URL")

    assert inturn("list").output == "there are no hooks\n"


def test_a_test_is_sent_at_once_and_its_answer_shown(inturn, monkeypatch):
    done = inturn("test", "default")

    assert (done.output, done.exit_code) == ("default accepted it\n", 0)
    ((name, body),) = Receiver.got
    assert (name, body["type"]) == ("default", "hook.test")
    monkeypatch.setattr(Receiver, "refused", Refused(why="it answers 500"))
    failed = inturn("test", "default")
    assert (failed.output, failed.exit_code) == ("Error: default did not accept it: it answers 500\n", 1)


def test_a_replay_puts_the_place_back(inturn, valkey):
    for n in range(3):
        valkey.xadd("events", {"delivery": f"t{n}.0", "sent": "p"})
    valkey.hset("hook:default", mapping={"after": "9999999999999-0", "seen": "9999999999999-0"})

    done = inturn("replay", "default", "--since", "1h")

    assert done.output == "default gets what it wants of 3 events again\n"
    assert valkey.hget("hook:default", "after") < "9999999999999-0"
    assert valkey.zscore("due", "hook|default") is not None


@pytest.mark.parametrize("words", [("test", "x"), ("replay", "x", "--since", "1h")])
def test_an_unknown_hook_is_named(inturn, words):
    done = inturn(*words)

    assert (done.output, done.exit_code) == ("Error: there is no hook x; there are: default\n", 1)


@pytest.mark.parametrize("since", ["yesterday", "999999999d"])
def test_a_time_that_is_none_is_refused(inturn, since):
    assert inturn("replay", "default", "--since", since).exit_code == 2


def test_a_secret_is_a_new_one_each_time(inturn):
    secrets = {inturn("secret").output.strip() for _ in range(3)}

    assert len(secrets) == 3
    assert {len(key_of(secret)) for secret in secrets} == {32}
