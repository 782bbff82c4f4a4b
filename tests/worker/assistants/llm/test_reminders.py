"""What a model plans for later happens with its answer, and comes back to it as its own plan."""

from datetime import timedelta

import pytest

from session.hours import Hours
from session.testing import timer
from tests.clocks import START
from tests.worker.assistants.llm.conftest import FALLBACK
from tests.worker.assistants.llm.model_server import answers
from worker.assistants.catalogue.watches import TIMER, Watch, to_payload
from worker.assistants.concierge.saved_searches import WAITS

CAIRO = Hours.of("Africa/Cairo")
TOMORROW = {"name": "viewing", "at": "2100-01-02T10:00", "text": "Your viewing is today."}


def in_cairo(turn):
    turn.hours = CAIRO
    return turn


def test_it_is_told_the_time_and_plans_by_the_clock_of_the_business(bench, server, turn_of):
    server.script = [answers("I will remind you tomorrow.", remindLater=[TOMORROW])]
    turn = in_cairo(turn_of("remind me of the viewing tomorrow at ten"))

    assert bench().assistant(turn) is None

    plan = turn.effects.planned["viewing"]
    assert (plan.at, plan.text) == (START + timedelta(hours=20), "Your viewing is today.")
    assert 'the time: "Friday 2100-01-01 14:00"' in server.requests[0]["messages"][-1]["content"]


def test_it_knows_what_waits_and_cancels_it(bench, server, turn_of):
    server.script = [answers("Cancelled.", cancelReminders=["viewing", "never"])]
    turn = in_cairo(turn_of("no reminder please"))
    turn.later("viewing", in_=timedelta(hours=20), text="Your viewing is today.")

    bench().assistant(turn)

    assert turn.timers == {}
    said = server.requests[0]["messages"][-1]["content"]
    assert '"name": "viewing", "at": "2100-01-02T10:00", "text": "Your viewing is today."' in said


def test_when_it_is_due_it_is_not_taken_for_words_of_the_customer(bench, server, turn_of):
    server.script = [answers("Good morning! Your viewing is today.", intent="other")]
    turn = in_cairo(turn_of(timer("viewing", "Your viewing is today."), said=(("user", "hello"),), known={}))
    turn.set_language("ar")

    bench().assistant(turn)

    assert [reply.text for reply in turn.effects.replies] == ["Good morning! Your viewing is today."]
    said = server.requests[0]["messages"][-1]["content"]
    assert "the customer writes" not in said
    assert said.endswith("so write to the customer about it:\nYour viewing is today.")
    assert "Egyptian Arabic" in server.requests[0]["messages"][0]["content"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": "2099-12-31T10:00"},
        {"at": "2102-01-02T10:00"},
        {"text": "Call +20 100 123 4567"},
        {"text": "It costs 7 million."},
    ],
)
def test_what_cannot_be_planned_is_not_promised(falls_back, server, turn_of, wrong):
    server.then = answers("I will.", remindLater=[TOMORROW | wrong])
    turn = in_cairo(turn_of("remind me", left=5))

    falls_back(turn=turn)

    assert turn.effects.planned == {}


def test_without_a_model_the_fallback_says_it(bench, server, turn_of):
    here = bench()
    turn = in_cairo(turn_of(timer("viewing", "Your viewing is today."), kind="unknown"))

    assert here.assistant(turn) == FALLBACK
    assert here.asked_fallback[-1].timer.text == "Your viewing is today."


def test_saved_searches_are_told_by_the_fallback_which_knows_the_records(bench, server, turn_of):
    here = bench()
    here.assistant(turn_of(timer("saved-searches")))

    assert here.asked_fallback[-1].timer.name == "saved-searches"
    assert server.requests == []


def test_news_that_waited_for_the_customer_are_looked_through_behind_the_answer(bench, server, turn_of):
    server.script = [answers("You are welcome.")]
    turn = turn_of("thank you")
    saved = [Watch(kind="properties", filters={"location": ["Maadi"]}, since="2000")]
    turn.later(TIMER, in_=timedelta(days=20), text=WAITS, payload=to_payload(saved), outlives_close=True)

    bench().assistant(turn)

    assert turn.effects.replies[0].text == "You are welcome."
    assert (turn.timers[TIMER].text, turn.timers[TIMER].at) == ("", START + timedelta(days=20))
