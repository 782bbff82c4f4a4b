"""The tasks call the services of their process."""

from celery import Celery

from session.errors import StoreUnavailable
from session.pseudonyms import Pseudonyms
from tests.fakes import RecordingWaker
from tests.values import CONVERSATION, OTHER
from worker.engine import AtOnce
from worker.tasks import register

PSEUDONYMS = Pseudonyms("secret")


class Service:
    """Remembers what it was asked to do, or fails."""

    def __init__(self, error=None):
        self.error, self.asked = error, []

    def sweep(self):
        if self.error:
            raise self.error
        self.asked.append(())

    async def _do(self, *what):
        self.sweep()
        self.asked[-1] = what

    drain = take = deliver = send = _do


class Services:
    """The services of a process, all of one kind."""

    def __init__(self, error=None):
        self.intake = self.turns = self.courier = self.hooks = self.campaigns = self.sweeper = (
            self.service
        ) = Service(error)
        self.pseudonyms = PSEUDONYMS
        self.works = AtOnce()
        self.waker = RecordingWaker()


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
    tasks["send_events"](["0|crm", "1|crm"])
    tasks["send_campaign"](["spring"])
    tasks["sweep"]()

    assert services.service.asked == [
        (2,),
        (CONVERSATION,),
        (OTHER,),
        (OTHER,),
        ("0|crm",),
        ("1|crm",),
        ("spring",),
        (),
    ]


def test_a_process_that_stops_leaves_hooks_and_campaigns_to_another_one():
    services = Services()
    services.works.stopping = True

    tasks_of(services)["send_events"](["0|crm"])
    tasks_of(services)["send_campaign"](["spring"])

    assert services.waker.woken == [("hook", "0|crm"), ("campaign", "spring")]
    assert services.service.asked == []


def test_a_process_that_stops_begins_nothing_and_wakes_another_one():
    services = Services()
    services.works.stopping = True
    tasks = tasks_of(services)

    tasks["drain_intake"](2)
    tasks["take_turn"]([PSEUDONYMS.encode(CONVERSATION)])
    tasks["deliver"]([PSEUDONYMS.encode(OTHER)])

    assert services.service.asked == []
    assert services.waker.taken() == [("intake", 2), ("turn", CONVERSATION), ("deliver", OTHER)]


def test_a_wake_up_of_another_deployment_is_passed_over(log):
    services = Services()

    tasks_of(services)["take_turn"](
        [Pseudonyms("other").encode(CONVERSATION), PSEUDONYMS.encode(OTHER), "rubbish"]
    )

    assert services.service.asked == [(OTHER,)]
    assert any("cannot decode" in line for line in log)


def test_without_redis_a_task_leaves_everything_to_the_sweep(log):
    tasks = tasks_of(Services(StoreUnavailable("take_turn: ConnectionError")))

    tasks["take_turn"]([PSEUDONYMS.encode(CONVERSATION)])
    tasks["sweep"]()

    assert all(line.startswith("ERROR Redis is unavailable") for line in log)
    assert len(log) == 2
