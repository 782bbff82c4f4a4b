"""One message ends every process that takes it: its seven neighbours are answered once, and only it is given up."""

import json

from tests.e2e.workers import workers

#: It answers slowly, so that all of them are being answered when one of them ends the process.
KILLER = """
import os
import time


def assistant(turn):
    if "kill" in turn.text:
        time.sleep(0.2)
        os._exit(3)
    time.sleep(1)
    return f"re {turn.text}"
"""
NEIGHBOURS = [f"+20100000000{n}" for n in range(7)]
STRANGER = "+201000000009"


def test_a_message_that_ends_its_process_affects_no_other_message(tmp_path):
    settings = {"LEASE_SECONDS": "4", "ASSISTANT_TIMEOUT_SECONDS": "3", "SEND_TIMEOUT_SECONDS": "3"}
    with workers(tmp_path, KILLER, MAX_TURN_ATTEMPTS="2", **settings) as system:
        system.writes(STRANGER, "kill", "after")
        for customer in NEIGHBOURS:
            system.writes(customer, "hello")
        system.worker("w", "--pool", "threads", "--concurrency", "8")
        system.beat()

        def done():
            return all(system.answers(one) for one in NEIGHBOURS) and len(system.answers(STRANGER)) == 2

        system.wait(done, "everybody is answered", seconds=150)

        assert {one: system.answers(one) for one in NEIGHBOURS} == {one: ["re hello"] for one in NEIGHBOURS}
        assert system.answers(STRANGER)[1] == "re after"
        [letter] = system.stores.dead()
        assert json.loads(letter["raw"])["text"] == "kill"
