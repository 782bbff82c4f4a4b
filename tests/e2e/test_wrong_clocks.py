"""Machines whose clocks are wrong, or jump, beside right ones: nothing waits for the difference, nothing is doubled."""

from pathlib import Path

import pytest

from tests.e2e.workers import Workers, workers
from tests.faked_clocks import MISSING, FakedClock

pytestmark = [pytest.mark.skipif(bool(MISSING), reason=MISSING), pytest.mark.timeout(900)]

CUSTOMERS = [f"+2010000001{n:02}" for n in range(40)]
TEXTS = ["one", "two", "three"]
#: Notes who was asked. A process with a file of its own never answers.
ASSISTANT = """
import asyncio
import os
from pathlib import Path

FOLDER = Path(__file__).parent


async def assistant(turn):
    with (FOLDER / f"asked.{os.getpid()}").open("a") as lines:
        lines.write(f"{turn.customer}\\n")
    while (FOLDER / f"hangs.{os.getpid()}").exists():
        await asyncio.sleep(1)
    return turn.text
"""
SETTINGS = {"LEASE_SECONDS": "5", "WAKE_AFTER_SECONDS": "2"}
#: Much less than any of the differences, and enough for a busy machine: libfaketime makes programs slow.
SOON = 180


def asked(folder: Path, pid: int) -> set[str]:
    """Return the customers for whom a process was asked."""
    file = folder / f"asked.{pid}"
    return set(file.read_text().split()) if file.exists() else set()


def write(system: Workers, text: str) -> None:
    """All customers write; the sweep, and nothing else, wakes a worker for it."""
    for customer in CUSTOMERS:
        system.writes(customer, text)
    turns = [member for member in system.stores.waiting_since() if member.startswith("turn|")]
    system.stores.client.zadd("due", dict.fromkeys(turns, 0), xx=True)


def answered(system: Workers) -> list[list[str]]:
    """Return what each customer was answered, in order; an answer to several messages has a line for each."""
    return [" ".join(system.answers(customer)).split() for customer in CUSTOMERS]


@pytest.mark.parametrize("seconds", [300, -300], ids=["ahead", "behind"])
def test_a_machine_with_a_wrong_clock_works_alone_and_beside_a_right_one(tmp_path, seconds):
    wrong = FakedClock(tmp_path / "wrong", seconds)
    with workers(tmp_path, ASSISTANT, **SETTINGS) as system:
        alone = system.worker("wrong", env=wrong.on(system.env))
        system.wait(alone.is_ready, "the worker is ready")
        system.beat(env=wrong.on(system.env))
        for upto in (TEXTS[:1], TEXTS[:2], TEXTS):
            write(system, upto[-1])

            system.wait(
                lambda upto=upto: answered(system) == [upto] * len(CUSTOMERS),
                f"everybody is answered once, up to {upto[-1]}",
                seconds=SOON,
            )
            if upto == TEXTS[:1]:
                right = system.worker("right")
                system.wait(right.is_ready, "the right worker is ready")

        assert f"the clock of this machine is {abs(seconds)} s" in alone.tail(20_000)
        assert system.stores.dead() == []


def test_what_a_machine_ahead_leaves_behind_is_taken_when_its_leases_run_out(tmp_path):
    ahead = FakedClock(tmp_path / "ahead", 300)
    with workers(tmp_path, ASSISTANT, **SETTINGS) as system:
        dying = system.worker("dying", env=ahead.on(system.env))
        system.wait(dying.is_ready, "the worker is ready")
        (tmp_path / f"hangs.{dying.pid}").touch()
        system.beat()
        write(system, "one")
        system.wait(
            lambda: asked(tmp_path, dying.pid) == set(CUSTOMERS), "it has begun all turns", seconds=SOON
        )
        dying.wanted = False
        dying.kill()
        other = system.worker("other")
        system.wait(other.is_ready, "the other worker is ready")

        system.wait(
            lambda: answered(system) == [["one"]] * len(CUSTOMERS), "the other has answered", seconds=SOON
        )


def test_a_clock_that_jumps_while_it_works_stops_neither_worker_nor_beat(tmp_path):
    jumping = FakedClock(tmp_path / "jumping")
    with workers(tmp_path, ASSISTANT, **SETTINGS) as system:
        worker = system.worker("jumping", env=jumping.on(system.env))
        system.wait(worker.is_ready, "the worker is ready")
        system.beat(env=jumping.on(system.env))
        texts: list[str] = []
        for seconds in (300, -300, 3600, 0):
            jumping.set(seconds)
            texts.append(f"after{seconds}")
            write(system, texts[-1])
            system.wait(
                lambda: answered(system) == [texts] * len(CUSTOMERS), f"answered {texts[-1]}", seconds=SOON
            )
