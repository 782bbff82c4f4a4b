"""A visit: the customer says which and when, an agent reads both and confirms, and the customer is reminded."""

import pytest

from session.models import State
from tests.stories.telling import ALIA

CONCIERGE = "worker.assistants.concierge:assistant"
CAIRO = {"time_zone": "Africa/Cairo", "quiet_hours": "21:00-09:00", "agent_timeout_minutes": 0}


@pytest.fixture
def story(tell, samples):
    """It is Friday, two o'clock in Cairo."""
    return tell(CONCIERGE, catalogue_dir=samples, **CAIRO)


def agrees_on_tomorrow_at_noon(story):
    """Find a villa and agree on a visit; return its code."""
    story.says("villa in Sheikh Zayed")
    code = story.receives()[0]["rows"][1]["id"].removeprefix("show:")
    story.says("Can I see the second one tomorrow at 12?")
    (asked,) = story.receives()
    assert "Saturday" in asked["text"]
    story.says("", kind="button", button=asked["buttons"][0])
    assert "A colleague will confirm it here" in story.hears()[-1]
    return code


def test_from_the_wish_to_the_reminder(story):
    code = agrees_on_tomorrow_at_noon(story)
    session = story.session()
    assert session.state is State.WAITING_AGENT
    assert session.escalation.startswith(f"visit: {code}, Villa in Sheikh Zayed, Sat ")
    assert session.escalation.endswith(" 12:00")

    mona = story.agent("mona")
    mona.takes_over()
    mona.answers("Agreed, Omar will be at the gate.")
    assert story.hears() == ["Agreed, Omar will be at the gate."]

    story.waits(hours=3, minutes=59)
    assert story.hears() == []
    story.waits(minutes=1)
    (evening,) = story.hears()
    story.waits(hours=16)
    (soon,) = story.hears()
    assert evening == soon
    assert evening.startswith("A reminder of your visit: ")
    assert code in evening


def test_while_an_agent_has_the_conversation_the_reminder_is_a_note_for_the_agent(story):
    agrees_on_tomorrow_at_noon(story)
    story.agent("mona").takes_over()
    story.waits(hours=4)

    assert story.hears() == []
    noted = [said.text for said in story.session().context.message_history if said.role == "timer"]
    assert len(noted) == 1
    assert noted[0].startswith("A reminder of your visit: ")


def test_a_visit_that_is_called_off_later_reminds_of_nothing_and_the_agent_reads_it(story):
    code = agrees_on_tomorrow_at_noon(story)
    mona = story.agent("mona")
    mona.takes_over()
    mona.answers("Agreed.")
    story.says("sorry, I can't come")

    assert "cancelled" in story.hears()[-1]
    assert story.session().escalation.startswith(f"visit called off: {code}, ")
    mona.takes_over()
    mona.hands_back()
    story.waits(days=1)
    assert story.hears() == []


def test_with_the_end_of_the_session_the_reminders_end(story):
    agrees_on_tomorrow_at_noon(story)
    story.agent("mona").closes(ALIA)
    story.waits(days=1)
    assert story.hears() == []
