"""Continues work in the process that has it, without a wake-up.

Who emptied the intake takes the turns, and who committed a turn sends what it said. Only as far as the process has room, and reads the queue in which the wake-up would lie: with `-Q` some workers take turns and
others send.
"""

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from celery import Celery

from worker.engine import Engine
from worker.wakeups import QUEUES

#: Begins work on conversations in this process; returns those for which a wake-up must be published instead.
Continue = Callable[[Sequence[str]], Sequence[str]]


def continue_nowhere(conversations: Sequence[str]) -> Sequence[str]:
    """Begin nothing, and return all of them."""
    return conversations


def continue_here(
    app: Celery,
    engine: Engine,
    task: str,
    work: Callable[[str], Coroutine[Any, Any, None]],
    *,
    ends_a_turn: bool = False,
) -> Continue:
    """Return what begins in this process what a task would have begun in another one.

    What `ends_a_turn` begins even without room: it takes the place of the turn that it follows.
    """
    if QUEUES[task] not in app.amqp.queues.consume_from:
        return continue_nowhere

    def begin(conversations: Sequence[str]) -> Sequence[str]:
        room = len(conversations) if ends_a_turn and not engine.stopping else engine.room
        for conversation in conversations[:room]:
            engine.begin(partial(work, conversation))
        return conversations[room:]

    return begin
