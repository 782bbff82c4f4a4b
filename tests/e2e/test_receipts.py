"""Customers see that they are heard, with real processes: read, typing, and then the answer."""

import httpx

from tests.e2e.stack import running_stack, wait_for

CUSTOMER = "+201000000077"

_PATIENT = """
from pathlib import Path

from tests.valkey import until


def assistant(turn):
    until(Path("go").exists, "it may answer")
    return f"re {turn.text}"
"""


def test_a_phone_shows_typing_until_the_answer_comes(tmp_path):
    (tmp_path / "patient.py").write_text(_PATIENT)

    with running_stack(tmp_path, ASSISTANT="patient:assistant") as stack:

        def shown():
            changes = httpx.get(f"{stack.simulator}/simulator/changes", trust_env=False).json()
            (mine,) = [one for one in changes["bubbles"] if one["mine"]]
            return mine["status"], mine["typingUntil"] is not None

        assert stack.says(CUSTOMER, "hello") == 200
        wait_for(lambda: shown() == ("read", True), 8, lambda: f"{shown()}\n{stack.log()[-3000:]}")
        assert stack.sent() == {}
        (tmp_path / "go").touch()

        wait_for(lambda: stack.sent() == {CUSTOMER: ["re hello"]}, 20, stack.log)
        assert shown() == ("read", False)
