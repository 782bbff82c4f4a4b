"""What an assistant has planned, as agents see it beside the conversation, and cancel it."""

import re
from datetime import timedelta

import pytest


def plans(turn):
    """Plan two things."""
    if turn.timer:
        return f"{turn.timer.text} It is time."
    turn.later("viewing", in_=timedelta(hours=2), text="Your <b>viewing</b>!")
    turn.later("call", in_=timedelta(hours=1))
    return "Planned."


@pytest.fixture
def office(open_office):
    office = open_office(assistant=plans, workers={"agent_timeout_minutes": 0})
    office.story.says("hello")
    return office


def ids_in(page):
    return re.findall(r'name="timer" value="([^"]+)"', page.text)


def test_what_waits_stands_beside_the_conversation(office):
    agent = office.agent()

    page = agent.page()

    assert (
        "The assistant has planned call 01.01. 13:00 UTC Your <b>viewing</b>! 01.01. 14:00 UTC"
        in agent.reads()
    )
    assert "<b>viewing" not in page.text
    assert len(ids_in(page)) == 2
    assert "The assistant has planned: viewing, call" in agent.reads()


def test_an_agent_cancels_one(office):
    agent = office.agent("Mona")
    call, viewing = ids_in(agent.page())

    page = agent.follows(agent.does("cancel_timer", timer=viewing))

    assert "Mona cancelled what was planned" in page
    assert "Not planned any more: viewing" in page
    assert ids_in(agent.page()) == [call]
    again = agent.follows(agent.does("cancel_timer", timer=viewing))
    assert "It is not planned any more: it was done, cancelled or replaced." in again


def test_what_was_due_is_a_note_and_waits_for_the_agent_who_may_cancel_it(office):
    agent = office.agent()
    agent.does("take_over")
    office.story.waits(hours=2)

    page = agent.reads()

    assert "Planned for now: call" in page
    assert "Planned for now: Your <b>viewing</b>!" in page
    assert "It is time." not in page
    assert len(ids_in(agent.page())) == 2
    assert "call 01.01. 13:00 UTC Your <b>viewing</b>! 01.01. 14:00 UTC" in page
    assert "Planned: a reminder: Your <b>viewing</b>!" in agent.sees()


def test_without_a_timer_there_is_nothing_to_cancel(office):
    agent = office.agent()

    assert agent.does("cancel_timer").status_code == 303
    assert "no timer is named" in office.story.dead_letters()[0]["why"]
