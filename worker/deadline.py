"""Calls a function that may hang, with a time limit."""

import signal
from collections.abc import Callable
from threading import Thread, current_thread, main_thread
from time import monotonic
from types import FrameType
from typing import TypeVar

from session.errors import InturnError

Answer = TypeVar("Answer")

#: Seconds between two interrupts of a call that has swallowed the first one.
_AGAIN = 1.0


class DeadlineExceeded(InturnError):
    """Raised when a call takes too long."""


def within(seconds: float, call: Callable[[], Answer]) -> Answer:
    """Return what a call returns, or raise what it raises.

    In the main thread of a process (prefork and solo pools) a call that takes too long is interrupted. Elsewhere this is
    impossible: the call continues in a separate thread, whose result is ignored.

    Raises `DeadlineExceeded` if it takes too long.
    """
    if current_thread() is main_thread():
        return _interrupted(seconds, call)
    return _left_alone(seconds, call)


def _interrupted(seconds: float, call: Callable[[], Answer]) -> Answer:
    waiting = True

    def ring(_signal: int, _frame: FrameType | None) -> None:
        if waiting:
            raise DeadlineExceeded(f"no answer within {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    began = monotonic()
    # The caller may have set an alarm too: it still goes off, at most a little late.
    theirs, every = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        try:
            return call()
        finally:
            waiting = False
    finally:  # separate, because the alarm may still go off in the line before
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if theirs:
            signal.setitimer(signal.ITIMER_REAL, max(0.001, theirs - (monotonic() - began)), every)


def _left_alone(seconds: float, call: Callable[[], Answer]) -> Answer:
    answers: list[Answer] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(call())
        except BaseException as error:  # noqa: BLE001  (it is raised again where the answer is waited for)
            errors.append(error)

    thread = Thread(target=run, daemon=True, name="assistant")
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise DeadlineExceeded(f"no answer within {seconds:g} s")
    if errors:
        raise errors[0]
    return answers[0]
