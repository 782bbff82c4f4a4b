"""The wake-ups that go through Celery, and the tasks that follow them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kombu.exceptions import OperationalError

from session.pseudonyms import Pseudonyms
from tests.values import CONVERSATION, OTHER
from worker.wakeups import QUEUES, CeleryWaker, batches


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
    assert len(set(QUEUES.values())) == len(QUEUES) == 4
