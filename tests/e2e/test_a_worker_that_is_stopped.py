"""A worker that is stopped in the middle of turns gives them back, and another one takes them at once."""

import signal

from tests.e2e.workers import workers

CUSTOMERS = [f"+2010000000{n:02}" for n in range(20)]
#: Thinks until the test lets it answer, and tells who began.
ASSISTANT = """
import asyncio
import os
from pathlib import Path

FOLDER = Path(__file__).parent


async def assistant(turn):
    (FOLDER / f"began.{turn.customer}.{os.getpid()}").touch()
    while not (FOLDER / "answer").exists():
        await asyncio.sleep(0.01)
    return f"You said: {turn.text}"
"""


def test_its_turns_are_another_workers_long_before_their_leases_run_out(tmp_path):
    settings = {"LEASE_SECONDS": "300", "SHUTDOWN_SECONDS": "0.2", "WAKE_AFTER_SECONDS": "300"}
    with workers(tmp_path, ASSISTANT, **settings) as system:
        first = system.worker("first")
        system.wait(lambda: first.is_ready, "the first worker is ready")
        for customer in CUSTOMERS:
            system.writes(customer, "hello")
        beat = system.beat()

        def begun(pid: int) -> int:
            return len(list(tmp_path.glob(f"began.*.{pid}")))

        # The sweep wakes what was put into the mailboxes by hand.
        system.stores.client.zadd("due", dict.fromkeys(system.stores.waiting_since(), 0))
        system.wait(lambda: begun(first.pid) == len(CUSTOMERS), "the first worker has begun all turns")
        beat.kill()
        beat.wanted = False
        second = system.worker("second")
        system.wait(lambda: second.is_ready, "the second worker is ready")

        first.signal_main(signal.SIGTERM)
        first.wanted = False

        system.wait(
            lambda: begun(second.pid) == len(CUSTOMERS), "the second worker has begun them", seconds=20
        )
        (tmp_path / "answer").touch()
        system.wait(lambda: all(map(system.answers, CUSTOMERS)), "all are answered", seconds=20)
        system.wait(lambda: not first.runs, "the first worker has ended")
        assert [system.answers(customer) for customer in CUSTOMERS] == [["You said: hello"]] * len(CUSTOMERS)
        assert system.stores.dead() == []
