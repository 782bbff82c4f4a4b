"""The wake-ups that go through Celery, and the tasks that follow them."""

from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kombu.exceptions import OperationalError

from session.pseudonyms import Pseudonyms
from tests.values import CONVERSATION, OTHER
from worker.wakeups import QUEUES, CeleryWaker, batches

PSEUDONYMS = Pseudonyms("secret")


class Broker:
    """Stands for a publisher: remembers what is sent call by call, or fails; it answers once `answers` is set."""

    def __init__(self, error=None):
        self.error, self.calls = error, []
        self.begun, self.answers = Event(), Event()
        self.answers.set()

    def publish(self, wake_ups):
        self.begun.set()
        assert self.answers.wait(5)
        if self.error:
            raise self.error
        self.calls.append(list(wake_ups))

    @property
    def sent(self):
        return [one for call in self.calls for one in call]


def waker_on(broker):
    return CeleryWaker(None, PSEUDONYMS, broker)


def test_a_wake_up_names_its_queue_and_no_customer():
    broker = Broker()
    waker = waker_on(broker)

    waker.intake(3)
    waker.turns([CONVERSATION])
    waker.deliveries([OTHER])

    assert waker.flush(5)
    assert broker.sent == [
        ("drain_intake", "wake.intake", 3),
        ("take_turn", "wake.turns", [PSEUDONYMS.encode(CONVERSATION)]),
        ("deliver", "wake.deliveries", [PSEUDONYMS.encode(OTHER)]),
    ]
    assert "201001234567" not in str(broker.sent)


def test_many_conversations_share_wake_ups():
    broker = Broker()
    names = [f"whatsapp:+2010{n:03}" for n in range(40)]
    waker = waker_on(broker)

    waker.turns(names)

    assert waker.flush(5)
    assert len(broker.sent) == 3
    assert [PSEUDONYMS.decode(alias) for one in broker.sent for alias in one.argument] == names


def test_what_waits_to_be_published_is_not_the_callers_list_any_more():
    broker = Broker()
    broker.answers.clear()
    waker = waker_on(broker)
    waker.intake(0)
    assert broker.begun.wait(5)
    names = [CONVERSATION]

    waker.turns(names)
    waker.deliveries(names)
    names.clear()
    broker.answers.set()

    assert waker.flush(5)
    assert [one.task for one in broker.sent] == ["drain_intake", "take_turn", "deliver"]


def test_without_conversations_no_wake_up_is_sent():
    broker = Broker()
    waker = waker_on(broker)

    waker.turns([])
    waker.deliveries([])

    assert waker.flush(5)
    assert not broker.begun.is_set()


def test_nobody_waits_for_the_broker_and_what_comes_meanwhile_goes_out_together():
    broker = Broker()
    broker.answers.clear()
    waker = waker_on(broker)

    waker.intake(0)
    assert broker.begun.wait(5)
    waker.intake(1)
    waker.intake(2)

    assert not waker.flush(0)
    broker.answers.set()
    assert waker.flush(5)
    assert [[one.argument for one in call] for call in broker.calls] == [[0], [1, 2]]


def test_a_broker_that_hangs_fills_no_memory(log):
    broker = Broker()
    broker.answers.clear()
    waker = waker_on(broker)
    waker.intake(0)
    assert broker.begun.wait(5)

    for _ in range(10_007):
        waker.intake(1)
    broker.answers.set()

    assert waker.flush(5)
    assert len(broker.sent) == 10_001
    assert ["7 wake-ups dropped" in line for line in log] == [True]


@pytest.mark.parametrize("error", [OperationalError("away"), ConnectionRefusedError(), TimeoutError()])
def test_an_unavailable_broker_is_no_error(error, log):
    waker = waker_on(Broker(error))

    waker.intake(0)
    assert waker.flush(5)
    waker.turns([CONVERSATION])
    assert waker.flush(5)

    assert [line.split()[0] for line in log] == ["WARNING", "WARNING"]
    assert "the sweep replaces" in log[0]


# -- batches


@given(st.integers(0, 500))
def test_batches_hold_everything_in_order_and_never_more_than_sixteen(how_many):
    names = [str(n) for n in range(how_many)]

    groups = list(batches(names))

    assert [name for group in groups for name in group] == names
    assert all(1 <= len(group) <= 16 for group in groups)


@pytest.mark.parametrize(
    ("how_many", "sizes"),
    [(1, [1]), (4, [1] * 4), (5, [3, 2]), (16, [8, 8]), (40, [16, 16, 8]), (100, [16] * 6 + [4])],
)
def test_a_few_are_shared_and_many_are_bundled(how_many, sizes):
    assert [len(group) for group in batches(["x"] * how_many)] == sizes


# -- queues


def test_every_task_has_a_queue_of_its_own():
    assert len(set(QUEUES.values())) == len(QUEUES) == 7
