"""The pool of Celery in which the tasks of a worker run: they only hand work to the loop of the process.

A task runs at once while the loop has room, in the thread of the consumer. Otherwise it waits, unacknowledged, until there is
room; Celery fetches no further ones meanwhile, so the broker keeps them for other workers. The sweep needs no room.
"""

import gc
from collections import deque
from collections.abc import Sequence
from typing import Any

from celery.concurrency.base import BasePool, apply_target

from worker.wakeups import SWEEP

#: How many objects are made before the youngest are looked through for cycles, and how often the older ones are.
#: A conversation makes thousands of objects, and hardly one is part of a cycle; Python's own 700, 10 and 10 cost a sixth of
#: a worker's time.
_COLLECT_AFTER = (20_000, 20, 20)


class TaskPool(BasePool):  # type: ignore[misc]
    """Runs tasks when the loop has room for their work."""

    body_can_be_buffer = True

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._engine = self.app.engine
        self._engine.admits_itself = True
        self._waiting: deque[tuple[tuple[Any, ...], dict[str, Any]]] = deque()

    def on_start(self) -> None:
        """Keep the collector of cycles from what stays for good: the modules."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_COLLECT_AFTER)

    def on_apply(self, *args: Any, **options: Any) -> None:
        """Run a task, or keep it until there is room: then it runs on the loop, which the sweep would hold up."""
        if _is_sweep(*args) or (not self._waiting and (self._engine.room or self._engine.stopping)):
            apply_target(*args, **options)
            return
        self._waiting.append((args, options))
        self._engine.when_free(self._run_next)

    def _run_next(self) -> None:
        args, options = self._waiting.popleft()
        apply_target(*args, **options)

    def _get_info(self) -> dict[str, Any]:
        info: dict[str, Any] = super()._get_info()
        return info | {"conversations": self._engine.running, "places": self._engine.places}


def _is_sweep(_target: Any, of_task: Sequence[Any] = (), *_: Any) -> bool:
    return bool(of_task) and of_task[0] == SWEEP
