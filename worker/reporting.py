"""Reports what the loop of this process holds, for the metrics: workers have no page of their own to be asked at."""

import asyncio
from collections.abc import Callable
from functools import partial

from loguru import logger

from session.errors import StoreError
from session.loads import Load
from session.store import AsyncRunner, LoadStore
from worker.assistant_threads import AssistantThreads
from worker.deliveries import Courier
from worker.engine import Engine
from worker.turns import TurnTaker

#: Seconds between two reports.
_EVERY = 10.0


def load_of(engine: Engine, turns: TurnTaker, threads: AssistantThreads, courier: Courier) -> Load:
    """Return what this process holds."""
    return Load(
        conversations=engine.running,
        places=engine.places,
        waiting=engine.waiting,
        assistants=len(turns.thinking),
        threads=threads.busy,
        sends=courier.places.busy,
    )


def report(
    engine: Engine,
    run: AsyncRunner,
    store: LoadStore,
    process: str,
    load: Callable[[], Load],
    *,
    every: float = _EVERY,
) -> None:
    """Note what a process holds again and again, until its engine stops. A report that fails is only missing."""

    async def note(held: Load | None) -> None:
        try:
            await run(store.note(process, held))
        except StoreError as error:
            logger.debug("what this process holds was not reported: {}", error)

    async def go_on() -> None:
        while True:
            await note(load())
            await asyncio.sleep(every)

    engine.beside(go_on)
    engine.at_end(partial(note, None))
