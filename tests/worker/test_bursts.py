"""A customer writes several messages in a row: which of them wait, who has the alarm, and what becomes of it."""

import asyncio
import json
from datetime import timedelta
from functools import partial

import pytest

from session.clock import SystemClock
from session.content_parts import Kind
from session.contents import Form, Tap
from session.policy import Policy
from session.records import to_ms
from tests.bench import people
from tests.bench.accepting import Accepting, accepting
from tests.bench.ground import META_SENDER
from tests.fakes import ManualAlarms
from tests.valkey import until
from tests.values import CONVERSATION, OTHER, action, message
from worker.alarms import Alarms
from worker.app import build
from worker.assistants.understanding.handoff import wants_human
from worker.bursts import Bursts
from worker.composition import bootstrap
from worker.engine import Engine
from worker.settings import WorkerSettings

SECOND = timedelta(seconds=1)


# -- which messages wait


@pytest.fixture
def wait_of():
    return Bursts(wait_of=lambda _: SECOND, policy=Policy(), wants_human=wants_human)


@pytest.mark.parametrize("text", ["hello", "3", "a villa", "I stop by the sea", "is it a person", ""])
def test_whatever_may_be_followed_by_more_waits(wait_of, text):
    assert wait_of(message("m1", text)) == SECOND


@pytest.mark.parametrize("text", ["STOP", "start", "I want to talk to a person", "عايز اكلم موظف"])
def test_a_word_that_the_system_obeys_and_a_request_for_a_person_do_not(wait_of, text):
    assert wait_of(message("m1", text)) == timedelta()


@pytest.mark.parametrize(
    "content",
    [
        Tap(kind=Kind.BUTTON, text="Yes", payload="yes"),
        Tap(kind=Kind.CHOICE, text="Villa", payload="villa"),
        Form(text="", payload="{}"),
    ],
    ids=lambda content: content.kind,
)
def test_nor_does_what_was_tapped_or_filled_in(wait_of, content):
    assert wait_of(message("m1").model_copy(update={"content": content})) == timedelta()


def test_where_nothing_gathers_nobody_looks_at_texts():
    def looked(text):
        raise AssertionError(text)

    assert (
        Bursts(wait_of=lambda _: timedelta(), policy=Policy(), wants_human=looked)(message()) == timedelta()
    )


# -- a worker


@pytest.fixture
def gathers(bench):
    """A bench whose sender lets messages gather for a second; it answers each turn with one reply."""
    bench.drainer.gather_for = Bursts(wait_of=lambda _: SECOND, policy=Policy(), wants_human=wants_human)
    bench.assistant.next = [lambda turn: " + ".join(one.text for one in turn.messages)] * 20
    return bench


@pytest.fixture
def writes(gathers):
    """A customer writes, and the intake is read."""

    def write(*texts, customer="+201001234567"):
        for text in texts:
            came = message(text, text, customer=customer, received_at=to_ms(gathers.clock.now()))
            gathers.store(gathers.channel.holds(text.encode(), came))
        gathers.drainer.drain(0)

    return write


def go_off(bench):
    """The alarms go off, and the work that follows is done; returns what was sent."""
    bench.alarms.go_off()
    bench.follow()
    return bench.channel.texts


def test_five_messages_in_a_row_are_answered_once(gathers, writes):
    for n in range(5):
        writes(f"m{n}")
        gathers.clock.move(seconds=0.5)
    assert gathers.waker.taken() == []

    # The first one had the alarm set; it is too early, and is set again for what is left.
    assert gathers.alarms.seconds == [1]
    assert go_off(gathers) == []
    assert gathers.alarms.seconds == [0.5]
    gathers.clock.move(seconds=0.5)

    assert go_off(gathers) == ["m0 + m1 + m2 + m3 + m4"]
    assert gathers.alarms.waiting == []


def test_a_request_for_a_person_is_taken_at_once_with_what_came_before(gathers, writes):
    writes("hello")

    writes("agent please")
    gathers.follow()

    assert gathers.channel.texts == ["hello + agent please"]
    # The alarm has gone with the turn.
    assert gathers.alarms.waiting == []


def test_what_comes_during_a_turn_gathers_for_the_next(gathers, writes):
    def answer(turn):
        gathers.stores.mailboxes.receive(
            [message("m2", "and more", received_at=to_ms(gathers.clock.now()))],
            gather_for=gathers.drainer.gather_for,
        )
        return turn.text

    gathers.assistant.next.insert(0, answer)
    writes("agent please")
    gathers.follow()
    assert gathers.channel.texts == ["agent please"]
    assert gathers.alarms.seconds == [1]

    writes("still more")
    gathers.clock.move(seconds=1)

    assert go_off(gathers) == ["agent please", "and more + still more"]


def test_if_the_process_with_the_alarm_is_gone_the_sweep_finds_the_turn(gathers, writes):
    writes("m1")
    gathers.alarms.waiting.clear()
    assert gathers.sweep() == []
    gathers.clock.move(seconds=1)

    assert gathers.sweep() == [("turn", CONVERSATION)]
    gathers.turns.take([CONVERSATION])
    assert gathers.assistant.texts == ["m1"]


def test_a_wake_up_that_comes_too_early_has_an_alarm_and_takes_nothing(gathers, writes):
    writes("m1")

    gathers.turns.take([CONVERSATION])
    gathers.turns.take([CONVERSATION])

    assert gathers.assistant.texts == []
    assert gathers.alarms.seconds == [1]


def test_many_are_shared_with_other_processes_when_it_is_time(gathers):
    begun = []
    gathers.drainer.alarms._take_here = lambda names: begun.extend(names) or ()
    customers = [f"+2010012345{n}" for n in range(10, 16)]
    for who in customers:
        came = message(who, who, customer=who, received_at=to_ms(gathers.clock.now()))
        gathers.store(gathers.channel.holds(who.encode(), came))
    gathers.drainer.drain(0)
    gathers.clock.move(seconds=1)

    gathers.alarms.go_off()

    assert begun == []
    assert gathers.waker.taken() == [("turn", f"whatsapp:{who}") for who in customers]


def test_an_agent_does_not_wait_for_what_gathers(gathers, writes):
    writes("m1")

    gathers.store(action().to_json().encode(), source="desk")
    gathers.drainer.drain(0)
    gathers.follow()

    assert gathers.session().held_by == "mona"


# -- the alarms of a process


@pytest.fixture
def alarms(waker):
    manual, engine = ManualAlarms(), Engine(places=1)
    here = []
    alarms = Alarms(waker, engine, lambda names: here.extend(names) or (), call_later=manual.call_later)
    alarms.here, alarms.manual, alarms.engine = here, manual, engine
    return alarms


def test_each_conversation_has_one_alarm_and_the_last_time_counts(alarms, waker):
    alarms.set(CONVERSATION, SECOND)
    alarms.set(OTHER, SECOND)
    alarms.set(CONVERSATION, 2 * SECOND)

    assert alarms.manual.seconds == [1, 2]
    alarms.manual.go_off()
    assert alarms.here == [OTHER, CONVERSATION]
    assert waker.taken() == []


def test_without_room_and_for_those_who_take_no_turns_others_are_woken(alarms, waker):
    alarms._take_here = lambda names: names
    alarms.set(CONVERSATION, SECOND)

    alarms.manual.go_off()

    assert waker.taken() == [("turn", CONVERSATION)]


def test_a_process_that_stops_hands_its_alarms_over(alarms, waker):
    alarms.set(CONVERSATION, SECOND)
    alarms.set(OTHER, SECOND)

    asyncio.run(alarms.hand_over())

    assert waker.taken() == [("turn", CONVERSATION), ("turn", OTHER)]
    assert alarms.manual.waiting == []


def test_and_sets_none_any_more(alarms, waker):
    alarms.engine.begin_to_stop()

    alarms.set(CONVERSATION, SECOND)

    assert waker.taken() == [("turn", CONVERSATION)]
    assert alarms.manual.waiting == []


# -- a whole process, with its own loop


@pytest.fixture
def start(valkey, stores, waker):
    """Start a worker without a broker, whose messages gather for so many seconds; returns it, and how a customer writes."""
    apps = []

    def start(seconds):
        own = WorkerSettings(
            _env_file=None,
            assistant="worker.assistants.echo:assistant",
            gather_seconds=seconds,
            meta_phone_number_id=META_SENDER,
        )
        app = build(own, lambda _: here)
        bare = bootstrap(own, app, engine=app.engine, client=valkey, waker=waker)
        here = accepting(bare, Accepting())
        apps.append(app)

        def write(nth):
            *_, (_, _, post) = people.posts(1, nth, first=1)
            stores.intake.store(post.body, source="meta", now=SystemClock().now(), ordering_key="x")
            here.works.hand_over([partial(here.intake.drain, 0)])
            until(lambda: app.engine.running == 0, "the intake is read")

        return app.engine, write

    yield start
    for app in apps:
        app.engine.stop(5, at_most=5)
    valkey.flushall()


def turns(stores):
    return [len(json.loads(event["received"])) for event in stores.events() if "received" in event]


def test_the_loop_of_a_process_takes_the_turn_when_it_is_time(start, stores, waker):
    _, write = start(0.3)
    write(1)
    write(2)

    until(lambda: sum(turns(stores)) == 2, "the messages were taken")

    assert [kind for kind, _ in waker.taken() if kind == "turn"] == []


def test_a_process_that_is_stopped_leaves_what_gathers_to_others(start, stores, waker):
    engine, write = start(60)
    write(1)

    engine.stop(0, at_most=5)

    assert [kind for kind, _ in waker.taken()] == ["turn"]
    assert turns(stores) == []
