"""Counts what one message runs through: calls of the product's own functions, how many functions, in how many modules.

`python -m tests.bench --calls` counts one text message of a customer who is known already, answered by the echo
assistant: from the stored body to the settled reply, in one process, with the log as a worker writes it. Calls into
libraries do not count, and neither do comprehensions and generator expressions: newer Pythons make no calls of them. A generator is
called once, however often it goes on.
"""

import asyncio
import io
import sys
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from celery import Celery
from loguru import logger

from session.clock import SystemClock
from session.conversations import conversation_of
from session.keys import Keys
from session.logs import LogLines, mask_record
from session.records import to_ms
from tests.bench import people
from tests.bench.accepting import Accepting, accepting
from tests.bench.ground import ROOT, standing_ground
from tests.bench.rows import promise
from worker.composition import Services, bootstrap

#: The last one is that of the functions that the loader of the scripts makes.
_PRODUCT = (*(str(ROOT / folder) + "/" for folder in ("session", "worker", "webhook")), "session/lua")


@dataclass(frozen=True, kw_only=True)
class Calls:
    """Every function that was called, with how often."""

    by_function: Counter[tuple[str, str]]  #: (module, function) -> calls

    @property
    def total(self) -> int:
        return self.by_function.total()

    @property
    def functions(self) -> int:
        return len(self.by_function)

    @property
    def by_module(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for (module, _), count in self.by_function.items():
            found[module] += count
        return found

    def table(self, *, functions: bool = False) -> str:
        """Return the figures as text, the modules with the most calls first; with `functions` each function too."""
        modules = self.by_module
        head = f"{self.total} calls of {self.functions} functions in {len(modules)} modules"
        rows = [f"{count:>6} {module}" for module, count in modules.most_common()]
        if functions:
            rows += [
                f"{count:>6} {name} {module}" for (module, name), count in self.by_function.most_common()
            ]
        return "\n".join([head, *rows])


class Gathering:
    """A waker that remembers what to wake, until it is asked."""

    def __init__(self) -> None:
        self.woken: list[Callable[[Services], Coroutine[Any, Any, None]]] = []

    def intake(self, shard: int) -> None:
        self.woken.append(lambda services: services.intake.drain(shard))

    def turns(self, conversations: Sequence[str]) -> None:
        self.woken += [lambda services, name=name: services.turns.take(name) for name in conversations]

    def deliveries(self, conversations: Sequence[str]) -> None:
        self.woken += [lambda services, name=name: services.courier.deliver(name) for name in conversations]

    def fetches(self, conversations: Sequence[str]) -> None:
        pass

    def hooks(self, works: Sequence[str]) -> None:
        pass

    def flush(self, seconds: float) -> bool:
        return True


def calls_of_a_message() -> Calls:
    """Return what one message runs through, on a server of its own. Raises `BrokenPromise` if it is not answered."""
    with standing_ground(quick=True, rounds=1) as ground, ground.client() as client, _logged():
        waker = Gathering()
        app = Celery("bench", set_as_current=False)
        services = accepting(bootstrap(ground.settings(), app, client=client, waker=waker), Accepting())
        keys = Keys()
        own = keys.of(conversation_of(people.customer(0)))
        # The first message teaches the server the scripts and makes the session; the last one is counted.
        for answered, (_, _, post) in enumerate(people.posts(1, 2), start=1):
            entry = {"source": "meta", "at": to_ms(SystemClock().now()), "body": post.body}
            client.xadd(keys.shard(0).intake, entry)
            waker.intake(0)
            with _counting() as found:
                while waker.woken:
                    asyncio.run(waker.woken.pop(0)(services))
            promise(client.llen(own.outbox) == 0, "a reply was not settled")
            promise(client.llen(own.sent) == answered, "there is not one reply to each message")
        return Calls(by_function=found)


@contextmanager
def _counting() -> Iterator[Counter[tuple[str, str]]]:
    """Count the calls of the product's functions in this block."""
    found: Counter[tuple[str, str]] = Counter()

    begins: dict[CodeType, int] = {}

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        is_named = not code.co_name.endswith(("expr>", "comp>"))
        if event == "call" and is_named and code.co_filename.startswith(_PRODUCT):
            # A generator that goes on where it yielded is not called once more.
            if frame.f_lasti != begins.setdefault(code, frame.f_lasti):
                return
            found[code.co_filename.removeprefix(f"{ROOT}/"), code.co_qualname] += 1

    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(None)


@contextmanager
def _logged() -> Iterator[None]:
    """Log as a worker does, to nowhere."""
    logger.remove()
    logger.configure(patcher=mask_record)
    sink = logger.add(LogLines(io.StringIO(), as_json=False), level="INFO", format="", backtrace=False)
    try:
        yield
    finally:
        logger.remove(sink)
