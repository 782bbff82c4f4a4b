"""What a process holds is reported from its first work on, and no more when it has ended."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from session.errors import StoreUnavailable
from session.loads import Load
from tests.valkey import until
from worker.assistant_threads import AssistantThreads
from worker.engine import Engine
from worker.reporting import load_of, report
from worker.send_places import SendPlaces


class Noted:
    """A runner and a store that remember what was noted; `away` while Redis is."""

    def __init__(self) -> None:
        self.notes: list[Load | None] = []
        self.away = False

    async def __call__(self, note: Load | None) -> None:
        if self.away:
            raise StoreUnavailable("note_load: ConnectionError")
        self.notes.append(note)

    def note(self, process: str, load: Load | None) -> Load | None:
        assert process == "me"
        return load


@pytest.fixture
def engine():
    engine = Engine(7)
    yield engine
    engine.stop(0, at_most=1)


def test_it_is_reported_again_and_again_and_the_end_last(engine):
    noted: Any = Noted()

    report(engine, noted, noted, "me", lambda: Load(conversations=engine.running), every=0.001)
    until(lambda: len(noted.notes) > 3, "there are reports")
    engine.stop(1, at_most=1)

    assert noted.notes[-1] is None
    assert {one.conversations for one in noted.notes[:-1]} == {0}, "a report takes no place"


def test_without_redis_only_the_reports_are_missing(engine):
    noted: Any = Noted()
    noted.away = True
    report(engine, noted, noted, "me", Load, every=0.001)

    noted.away = False

    until(lambda: noted.notes, "there are reports again")


def test_what_a_process_holds_is_counted_where_it_is_held():
    engine, threads, places = Engine(7), AssistantThreads(3), SendPlaces(10)
    turns: Any = SimpleNamespace(thinking=range(2))
    courier: Any = SimpleNamespace(places=places)

    async def hold() -> Load:
        asked = asyncio.Event()
        done = asyncio.Event()

        async def work() -> None:
            asked.set()
            await done.wait()

        engine.begin(work)
        await asked.wait()
        places.take("meta:1", "whatsapp:+1")
        held: list[Load] = []
        loop = asyncio.get_running_loop()

        def assistant() -> None:
            asyncio.run_coroutine_threadsafe(_append(held), loop).result()

        async def _append(found: list[Load]) -> None:
            found.append(load_of(engine, turns, threads, courier))

        await threads.call(assistant, within=None)
        done.set()
        return held[0]

    found = asyncio.run(hold())

    assert found == Load(conversations=1, places=7, waiting=0, assistants=2, threads=1, sends=1)
    assert threads.busy == 0
