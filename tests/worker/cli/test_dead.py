"""`inturn dead`, on a real server: what was given up can be seen, put back and dropped."""

import json

import pytest
from click.testing import CliRunner

from session.messages import Delivery
from session.records import to_ms
from session.replies import Reply
from tests.values import CONVERSATION, ROUTE, message
from worker.cli import main


@pytest.fixture
def inturn(valkey, valkey_socket, monkeypatch):
    monkeypatch.setenv("REDIS_URL", f"unix://{valkey_socket}")

    def run(*arguments):
        return CliRunner().invoke(main, ["dead", *arguments])

    return run


@pytest.fixture
def letters(valkey, clock):
    """One of each kind: a whole body, a part of a body, a message, a reply whose window had closed, a status."""
    reply = Delivery(
        id="t.0",
        conversation=CONVERSATION,
        route=ROUTE,
        reply=Reply(text="too late"),
        queued_at=0,
        window_until=1,
    )
    at = str(to_ms(clock.now()))
    entries = [
        {"kind": "body", "whole": "yes", "why": "no JSON", "source": "meta", "at": at, "raw": "{"},
        {"kind": "body", "whole": "no", "why": "no id", "source": "meta", "at": at, "raw": "{}"},
        {
            "kind": "message",
            "why": "boom",
            "conversation": CONVERSATION,
            "at": at,
            "raw": message().to_json(),
        },
        {"kind": "reply", "why": "window", "conversation": CONVERSATION, "at": at, "raw": reply.to_json()},
        {"kind": "status", "why": "131026", "conversation": CONVERSATION, "at": at, "raw": "{}"},
    ]
    return [f"0:{valkey.xadd('dead', entry)}" for entry in entries]


def test_the_list_does_not_show_the_contents(inturn, letters):
    listed = inturn("list")

    assert [line.split()[0] for line in listed.output.splitlines()] == letters
    assert "too late" not in listed.output
    assert [letter["id"] for letter in json.loads(inturn("list", "--json").output)] == letters


def test_show_prints_the_contents(inturn, letters):
    assert json.loads(inturn("show", letters[0]).output)["raw"] == "{"
    assert "there is no dead letter 0:1-1" in inturn("show", "0:1-1").output
    assert inturn("show", "nonsense").exit_code == 1


def test_retry_puts_a_letter_back_to_its_queue_and_makes_it_due(inturn, letters, valkey):
    done = inturn("retry", letters[0], letters[2], letters[3])

    assert done.exit_code == 0, done.output
    assert [fields["body"] for _, fields in valkey.xrange("intake")] == ["{"]
    assert valkey.lrange(f"mailbox:{CONVERSATION}", 0, -1) == [message().to_json()]
    (queued,) = valkey.lrange(f"outbox:{CONVERSATION}", 0, -1)
    assert Delivery.model_validate_json(queued).window_until == 0
    assert set(valkey.zrange("due", 0, -1)) == {"intake", f"turn|{CONVERSATION}", f"deliver|{CONVERSATION}"}
    assert valkey.xlen("dead") == 2
    valkey.delete(f"mailbox:{CONVERSATION}", f"outbox:{CONVERSATION}", "tally")


def test_a_letter_that_cannot_be_put_back_stays_and_the_reason_is_printed(inturn, letters, valkey):
    for letter in (letters[1], letters[4]):
        refused = inturn("retry", letter)
        assert refused.exit_code == 1
        assert "nothing that could be put back" in refused.output
    assert valkey.xlen("dead") == 5


def test_letters_are_dropped_by_id_or_all_at_once(inturn, letters, valkey):
    assert "dropped" in inturn("drop", letters[0]).output
    assert valkey.xlen("dead") == 4

    assert inturn("drop", "--all").exit_code == 0
    assert inturn("list").output == "no dead letters\n"


def test_without_an_id_nothing_is_dropped(inturn, letters, valkey):
    assert inturn("drop").exit_code == 2
    assert valkey.xlen("dead") == 5
