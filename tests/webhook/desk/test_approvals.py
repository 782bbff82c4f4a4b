"""What an assistant asks for, as agents see it, and decide it."""

import re

import pytest


def clerk(turn):
    """It asks before it refunds."""
    if decided := turn.decision:
        return f"Refunded {decided.data['amount']}." if decided.approved else "Sorry."
    if "person" in turn.text:
        turn.escalate("wants a person")
    else:
        turn.ask_approval("refund", text="Refund <b>500</b>?", data={"amount": 500, "order": {"id": "<i>7"}})
    return "I have asked."


@pytest.fixture
def office(open_office):
    office = open_office(assistant=clerk, workers={"agent_timeout_minutes": 0})
    office.story.says("refund please")
    return office


def ids_in(page):
    return re.findall(r'name="timer" value="([^"]+)"', page.text)


def test_what_is_asked_stands_in_the_conversation_as_plain_data(office):
    agent = office.agent()

    page = agent.page()

    assert "The assistant asks for a decision Refund <b>500</b>? amount 500" in agent.reads()
    assert 'order {"id": "<i>7"} asked 01.01. 12:00 UTC · open until 02.01. 08:00 UTC' in agent.reads()
    assert "<b>500" not in page.text
    assert "<i>7" not in page.text
    assert "The assistant has planned" not in agent.reads()


def test_what_is_asked_is_read_in_the_order_in_which_it_is_done(open_office):
    def hides(turn):
        turn.ask_approval(
            "refund", text="Refund 5\u202e001?", data={"amount": "5\u202e001", "to": ["\u2067x"]}
        )

    office = open_office(assistant=hides)
    office.story.says("refund please")

    read = office.agent().reads()
    assert "Refund 5⟨U+202E⟩001? amount 5⟨U+202E⟩001" in read
    assert r'to ["\u2067x"]' in read


def test_the_list_says_that_a_decision_is_waiting(office):
    agent = office.agent()

    assert "A decision is waiting" in agent.sees()
    (asked,) = ids_in(agent.page())
    agent.does("decide", timer=asked, approved="1")
    assert "A decision is waiting" not in agent.sees()


def test_a_yes_is_carried_out_at_once_and_the_transcript_says_whose_it_was(office):
    agent = office.agent("Mona")
    (asked,) = ids_in(agent.page())

    page = agent.follows(agent.does("decide", timer=asked, approved="1", text="as agreed"))

    assert "Mona approved: Refund <b>500</b>?: as agreed" in page
    assert "Refunded 500." in page
    assert "The assistant asks for a decision" not in page
    assert ids_in(agent.page()) == []


def test_the_second_of_two_decisions_is_declined(office):
    mona, ali = office.agent("Mona"), office.agent("Ali")
    (asked,) = ids_in(mona.page())
    mona.does("decide", timer=asked, approved="")

    page = ali.follows(ali.does("decide", timer=asked, approved="1"))

    assert "Mona declined: Refund <b>500</b>?" in page
    assert "Ali’s decision had no effect: " in page
    assert "There is nothing to decide any more: it was decided or withdrawn, or its time is over." in page
    assert "Refunded" not in page


def test_where_an_agent_has_the_conversation_what_the_assistant_says_is_for_the_agent(office):
    agent = office.agent("Mona")
    (asked,) = ids_in(agent.page())
    agent.does("take_over")

    page = agent.follows(agent.does("decide", timer=asked, approved="1"))

    assert "The assistant, for you only: Refunded 500." in page
    assert office.story.hears() == ["I have asked."]


def test_what_nobody_decided_is_a_note(office):
    office.story.waits(hours=20)
    agent = office.agent()

    assert "Nobody has decided in time: Refund <b>500</b>?" in agent.reads()
    assert ids_in(agent.page()) == []
    assert "A decision is waiting" not in agent.sees()
