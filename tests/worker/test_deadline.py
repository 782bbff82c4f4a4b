"""A call that may hang ends at its deadline."""

import signal
import threading
import time

import pytest

from tests.valkey import until
from worker.deadline import DeadlineExceeded, within


@pytest.fixture(params=["main thread", "another thread"])
def call_within(request):
    """Call in the main thread, where a call can be interrupted, or in another, where it cannot."""

    def run(seconds, call):
        if request.param == "main thread":
            return within(seconds, call)
        found = []

        def inside():
            try:
                found.append((within(seconds, call), None))
            except BaseException as error:  # noqa: BLE001
                found.append((None, error))

        thread = threading.Thread(target=inside)
        thread.start()
        thread.join()
        answer, error = found[0]
        if error:
            raise error
        return answer

    return run


def test_what_answers_in_time_answers(call_within):
    assert call_within(5, lambda: "answer") == "answer"


def test_what_raises_in_time_raises(call_within):
    def fail():
        raise KeyError("x")

    with pytest.raises(KeyError):
        call_within(5, fail)


def test_what_hangs_is_left_behind(call_within):
    gate = threading.Event()
    began = time.monotonic()

    with pytest.raises(DeadlineExceeded, match=r"no answer within 0\.1 s"):
        call_within(0.1, lambda: gate.wait(20))

    assert time.monotonic() - began < 5
    gate.set()


def test_an_outer_alarm_still_goes_off():
    rung = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        assert within(5, lambda: "answer") == "answer"
        until(lambda: rung, "the alarm rings")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_an_alarm_that_is_over_does_not_ring():
    within(0.05, lambda: None)
    rung = threading.Event()

    assert rung.wait(0.1) is False
