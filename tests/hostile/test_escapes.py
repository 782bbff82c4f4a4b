"""What a customer or a provider wrote is shown by every command and every log line, and obeyed by no terminal."""

import json
import logging

import pytest
from click.testing import CliRunner
from loguru import logger

from session import SessionManager
from session.keys import Keys
from session.logs import start_logging
from session.store import PauseStore
from tests.clocks import START
from tests.stores import at_once, scripts_by
from tests.values import CONVERSATION, CUSTOMER, ROUTE
from worker.cli import main
from worker.cli.chat.phone import said, shown

#: Clears the screen, sets the title of the window, answers to a question that the terminal is asked, turns the line
#: around, and goes on in a line that looks like one of ours. "\\x9b" is "\\x1b[" in one character.
HOSTILE = "\x1b[2J\x1b]0;owned\x07\x9b6n\x7f\u202e\u2066evil\r\n12:00:00 assistant: paid\x08"
OBEYED = {"\x1b", "\x9b", "\x07", "\x08", "\x7f", "\r", "\u202e", "\u2066"}


@pytest.fixture
def inturn(valkey, valkey_socket, monkeypatch, tmp_path):
    """Runs a command on a server in which everything that a stranger can write is hostile."""
    monkeypatch.setenv("REDIS_URL", f"unix://{valkey_socket}")
    monkeypatch.setenv("CATALOGUE_DIR", str(tmp_path))
    manager = SessionManager(valkey)
    manager.add_message(CUSTOMER, "user", HOSTILE)
    manager.add_search(CUSTOMER, HOSTILE)
    manager.update_extracted_info(CUSTOMER, location=HOSTILE, **{"odd\x1bname": HOSTILE})
    valkey.xadd("events", {"at": "0", "conversation": CONVERSATION, "failed": HOSTILE, "words": HOSTILE})
    for fields in (
        {"kind": "reply", "why": HOSTILE, "conversation": CONVERSATION, "at": "0", "raw": HOSTILE},
        {"kind": "body", "why": HOSTILE, "source": HOSTILE, "at": "0", "raw": HOSTILE, "whole": "no"},
    ):
        valkey.xadd("dead", fields)
    at_once(valkey, PauseStore(scripts_by(), Keys())).pause(ROUTE, until=START, code="190", words=HOSTILE)

    def run(*arguments):
        return CliRunner().invoke(main, arguments)

    return run


COMMANDS = [
    ("sessions", "list"),
    ("sessions", "show", CUSTOMER),
    ("sessions", "stats", CUSTOMER),
    ("sessions", "close", CUSTOMER, "--reason", HOSTILE),
    ("sessions", "show", HOSTILE),
    ("events",),
    ("dead", "list"),
    ("dead", "retry", "--all"),
    ("channels", "list"),
    ("understand", f"villa {HOSTILE} in Cairo"),
]
AS_JSON = [*(command for command in COMMANDS if command[0] in ("events", "channels")), ("sessions", "list"), ("sessions", "show", CUSTOMER), ("dead", "list"), ("understand", f"villa {HOSTILE} in Cairo")]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_shows_it_and_no_terminal_obeys(inturn, command):
    told = inturn(*command)

    assert not OBEYED & set(told.output)
    # No line of it passes for one of ours.
    assert not [line for line in told.output.splitlines() if line.startswith("12:00:00 assistant")]


@pytest.mark.parametrize("command", AS_JSON, ids=" ".join)
def test_a_program_reads_the_same_value_and_no_terminal_obeys(inturn, command):
    told = inturn(*command, "--json")

    assert not OBEYED & set(told.output)
    for line in told.output.splitlines() if command == ("events",) else [told.output]:
        json.loads(line)


def test_a_dead_letter_is_shown_whole(inturn):
    listed = json.loads(inturn("dead", "list", "--json").output)
    told = inturn("dead", "show", listed[0]["id"])

    assert not OBEYED & set(told.output)
    assert json.loads(told.output)["raw"] == HOSTILE


def test_records_of_an_operator_are_shown_too(inturn, tmp_path):
    table = tmp_path / "members.csv"
    table.write_text(
        'name,profession,phone\n"Asha \x1b[2JRao",doctor,+919840830854\n"\x9b6nRavi",lawyer,"\x1b[2J12"\n'
    )

    loaded = inturn("catalogue", "load", str(table), "--kind", "members")
    found = inturn("catalogue", "search", "doctor", "--kind", "members")

    assert "1 members are loaded" in loaded.output
    assert "Asha \\x1b[2JRao" in found.output
    assert not OBEYED & set(loaded.output + found.output)


def test_a_chat_shows_what_the_assistant_and_the_customer_say():
    reply = {
        "type": "text",
        "text": HOSTILE,
        "buttons": [{"title": HOSTILE}],
        "rows": [{"title": "x", "description": HOSTILE}],
    }

    told = shown(reply) + said({"text": HOSTILE}) + said({"kind": "image", "text": HOSTILE})

    assert not OBEYED & set(told)
    assert "\n12:00:00" not in told


@pytest.mark.parametrize("as_json", [False, True])
def test_a_log_line_is_one_line_without_control_characters(capsys, as_json):
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        start_logging(level="INFO", as_json=as_json)
        logger.info("told {}", HOSTILE, words=HOSTILE)
        logging.getLogger("some.library").warning("told %s", HOSTILE)
    finally:
        logger.remove()
        root.handlers[:] = handlers
        root.setLevel(level)

    lines = capsys.readouterr().err
    assert not OBEYED & set(lines)
    assert len(lines.splitlines()) == 2
