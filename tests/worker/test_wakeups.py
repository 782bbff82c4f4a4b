"""The wake-ups that go through Celery, and the tasks that follow them."""

import signal
import threading
import time

import pytest
from celery import Celery
from kombu.exceptions import OperationalError

from session.errors import StoreUnavailable
from session.pseudonyms import Pseudonyms
from tests.valkey import until
from tests.values import CONVERSATION, OTHER
from worker.deadline import DeadlineExceeded, within
from worker.tasks import register
from worker.wakeups import CeleryWaker


class Broker:
    """Stands for a Celery app: remembers what is sent, or fails."""

    def __init__(self, error=None):
        self.error, self.sent = error, []

    def send_task(self, name, *, args, **options):
        if self.error:
            raise self.error
        self.sent.append((name, args, options))


PSEUDONYMS = Pseudonyms("secret")


def test_a_wake_up_names_its_queue_and_no_customer():
    broker = Broker()
    waker = CeleryWaker(broker, PSEUDONYMS)

    waker.intake(3)
    waker.turns([CONVERSATION])
    waker.deliveries([OTHER])

    assert [(name, args, options["queue"]) for name, args, options in broker.sent] == [
        ("drain_intake", [3], "wake.intake"),
        ("take_turn", [[PSEUDONYMS.encode(CONVERSATION)]], "wake.turns"),
        ("deliver", [[PSEUDONYMS.encode(OTHER)]], "wake.deliveries"),
    ]
    assert "201001234567" not in str(broker.sent)
    assert all(options["expires"] for _, _, options in broker.sent)


def test_many_conversations_share_wake_ups():
    broker = Broker()
    names = [f"whatsapp:+2010{n:03}" for n in range(40)]

    CeleryWaker(broker, PSEUDONYMS).turns(names)

    assert len(broker.sent) == 3
    assert [PSEUDONYMS.decode(alias) for _, (pseudonyms,), _ in broker.sent for alias in pseudonyms] == names


def test_without_conversations_no_wake_up_is_sent():
    broker = Broker()

    CeleryWaker(broker, PSEUDONYMS).turns([])
    CeleryWaker(broker, PSEUDONYMS).deliveries([])

    assert broker.sent == []


@pytest.mark.parametrize("error", [OperationalError("away"), ConnectionRefusedError(), TimeoutError()])
def test_an_unavailable_broker_is_no_error(error, log):
    waker = CeleryWaker(Broker(error), PSEUDONYMS)

    waker.intake(0)
    waker.turns([CONVERSATION])

    assert [line.split()[0] for line in log] == ["WARNING", "WARNING"]
    assert "the sweep replaces it" in log[0]


# -- tasks


class Service:
    """Remembers what it was asked to do, or fails."""

    def __init__(self, error=None):
        self.error, self.asked = error, []

    def _do(self, *what):
        if self.error:
            raise self.error
        self.asked.append(what)

    drain = take = deliver = sweep = _do


class Services:
    """The services of a process, all of one kind."""

    def __init__(self, error=None):
        self.intake = self.turns = self.courier = self.sweeper = self.service = Service(error)
        self.pseudonyms = PSEUDONYMS


def tasks_of(services):
    app = Celery("test", set_as_current=False)
    register(app, lambda: services)
    return app.tasks


def test_a_task_calls_its_service():
    services = Services()
    tasks = tasks_of(services)

    tasks["drain_intake"](2)
    tasks["take_turn"]([PSEUDONYMS.encode(CONVERSATION), PSEUDONYMS.encode(OTHER)])
    tasks["deliver"]([PSEUDONYMS.encode(OTHER)])
    tasks["sweep"]()

    assert services.service.asked == [(2,), ([CONVERSATION, OTHER],), ([OTHER],), ()]


def test_a_wake_up_of_another_deployment_is_passed_over(log):
    services = Services()

    tasks_of(services)["take_turn"](
        [Pseudonyms("other").encode(CONVERSATION), PSEUDONYMS.encode(OTHER), "rubbish"]
    )

    assert services.service.asked == [([OTHER],)]
    assert any("cannot decode" in line for line in log)


def test_without_redis_a_task_leaves_everything_to_the_sweep(log):
    tasks = tasks_of(Services(StoreUnavailable("take_turn: ConnectionError")))

    tasks["take_turn"]([PSEUDONYMS.encode(CONVERSATION)])
    tasks["sweep"]()

    assert all(line.startswith("ERROR Redis is unavailable") for line in log)
    assert len(log) == 2


# -- a call that may hang


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
