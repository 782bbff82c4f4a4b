"""The loop of a process: what it has room for, and how it ends."""

import asyncio
from functools import partial
from threading import Event, Thread

import pytest
from loguru import logger

from tests.valkey import until
from worker.engine import Engine


class Gate:
    """Some work that waits until it may end; it can be looked at from any thread."""

    def __init__(self) -> None:
        self.open = Event()
        self.begun: list[str] = []
        self.ended: list[str] = []

    async def work(self, name: str) -> None:
        self.begun.append(name)
        await asyncio.get_running_loop().run_in_executor(None, self.open.wait, 30)
        self.ended.append(name)

    def works(self, *names: str):
        return [partial(self.work, name) for name in names]


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.open.set()


def test_waits_are_carried_together_and_cost_whoever_hands_them_over_nothing(gate):
    engine = Engine(places=1000)

    engine.hand_over(gate.works(*map(str, range(500))))

    until(lambda: len(gate.begun) == 500, "all have begun")
    assert (engine.running, engine.room) == (500, 500)
    gate.open.set()
    until(lambda: engine.running == 0, "all have ended")


def test_a_hundred_files_that_do_not_come_hold_up_no_address(gate):
    engine, resolved = Engine(places=1000), Event()

    async def resolve() -> None:
        await asyncio.to_thread(resolved.set)

    engine.hand_over([*gate.works(*map(str, range(100))), resolve])

    until(resolved.is_set, "the address is known")
    assert gate.ended == []


def test_what_is_logged_of_some_work_is_not_said_of_what_it_begins(log):
    engine, logged = Engine(places=2), Event()

    async def say(what: str) -> None:
        logger.info(what)
        logged.set()

    async def begin_more() -> None:
        with logger.contextualize(turn="t1"):
            logger.info("a turn")
            engine.begin(partial(say, "a delivery"))

    engine.hand_over([begin_more])

    assert logged.wait(5)
    assert ["t1" in line for line in log] == [True, False]


def test_without_room_whoever_hands_over_waits_so_that_the_broker_keeps_the_rest(gate):
    engine = Engine(places=2)
    over = Event()
    handing = Thread(target=lambda: (engine.hand_over(gate.works("a", "b", "c")), over.set()), daemon=True)

    handing.start()

    until(lambda: len(gate.begun) == 3, "what was handed over is begun all the same")
    assert not over.is_set()
    gate.open.set()
    assert over.wait(10)


def test_who_is_not_to_be_disturbed_is_done_before_anything_new_is_taken(gate):
    engine, free, seen = Engine(places=10), Event(), []
    engine.admits_itself = True

    async def read() -> None:
        with engine.undisturbed():
            engine.when_free(free.set)
            await asyncio.sleep(0.01)
            # What it begins itself has room.
            seen.append((engine.room, engine.free, free.is_set()))

    engine.hand_over([read])

    assert free.wait(5)
    assert seen == [(0, 9, False)]


def test_an_error_ends_its_own_work_only(gate, log):
    engine = Engine(places=10)

    async def fails() -> None:
        raise ValueError("odd")

    engine.hand_over([fails, *gate.works("other")])
    gate.open.set()

    until(lambda: gate.ended == ["other"], "the other one ends")
    assert any("work on a conversation failed" in line for line in log)


def test_code_that_tries_to_end_the_process_does_not_end_the_loop(gate, log):
    engine = Engine(places=10)

    async def quits() -> None:
        raise SystemExit("bye")

    engine.hand_over([quits, *gate.works("other")])
    gate.open.set()

    until(lambda: gate.ended == ["other"], "the other one ends")
    until(lambda: engine.running == 0, "the one that quits has ended too")
    assert any("the loop goes on" in line for line in log)


def test_at_the_stop_running_work_ends_then_the_rest_is_given_back(gate):
    engine, said = Engine(places=10), []
    engine.hand_over(gate.works("slow"))
    until(lambda: gate.begun, "it has begun")

    async def give_back() -> None:
        said.append("given back")
        gate.open.set()

    async def close() -> None:
        said.append("closed")

    engine.at_stop(give_back)
    engine.at_end(close)

    assert engine.stop(0.01, at_most=10) == 0
    assert said == ["given back", "closed"]
    assert (gate.ended, engine.room) == (["slow"], 0)


def test_at_the_stop_what_ending_work_begins_has_the_same_time(gate):
    engine, ended = Engine(places=10), []

    async def sends() -> None:
        await asyncio.sleep(0.05)
        ended.append("reply")

    async def turn() -> None:
        await asyncio.sleep(0.05)
        engine.begin(sends)

    engine.hand_over([turn])

    assert engine.stop(5, at_most=0) == 0
    assert ended == ["reply"]


def test_a_process_that_never_began_has_nothing_to_stop():
    assert Engine(places=1).stop(5, at_most=5) == 0
