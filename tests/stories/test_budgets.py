"""Budgets of a customer, a sender and a day: when one is used up, a person answers, or the replies of a turn become one message."""

import pytest

from session import Turn
from session.models import State
from session.prices import Cost
from session.spending import Whose
from tests.stories.telling import ALIA, OMAR, Story

NADA = "+201009999999"
NOUR = "telegram:555"
PERSON = "A colleague will answer you here."


def in_two(turn: Turn) -> str:
    """An assistant that says everything in two messages, on purpose."""
    turn.reply(f"About {turn.text}:", separate=True)
    return "nothing yet."


def test_when_it_is_used_up_the_customer_is_told_once_and_a_person_answers():
    story = Story(in_two, budget_messages_per_day=3, join_replies=None)
    story.says("one")
    story.says("two")  # begun within the budget, so it is said in full
    assert story.hears() == ["About one:", "nothing yet.", "About two:", "nothing yet."]

    story.says("three")
    assert story.hears() == [PERSON]
    assert story.session().state is State.WAITING_AGENT
    story.says("four")
    assert story.hears() == []
    assert [event["escalated"] for event in story.events() if "escalated" in event] == [Whose.CUSTOMER.reason]

    # It is the budget of one customer
    story.says("one", customer=OMAR, channel="twilio")
    assert story.hears(OMAR) == ["About one:", "nothing yet."]


@pytest.mark.parametrize("then", ["agent", "merge"])
def test_each_turn_behind_a_budget_is_told_in_the_log_once_without_a_text(log, then):
    story = Story(in_two, budget_messages_per_day=2, budget_then=then)
    story.says("one")
    assert Whose.CUSTOMER.reason not in "".join(log)
    story.says("a secret")

    told = "".join(log)
    assert told.count(f"INFO {Whose.CUSTOMER.reason}") == told.count(Whose.CUSTOMER.reason) == 1
    assert "a secret" not in told
    assert ALIA not in told


def test_a_day_after_the_first_message_the_assistant_answers_again():
    story = Story(in_two, budget_messages_per_day=2)
    story.says("one")
    story.waits(hours=24, seconds=1)
    story.says("two")

    assert story.hears() == ["About one:", "nothing yet.", "About two:", "nothing yet."]


def test_or_all_replies_of_a_turn_become_one_message_whatever_the_assistant_and_the_sender_say():
    story = Story(in_two, budget_messages_per_day=2, budget_then="merge", join_replies=False)
    story.says("one")
    story.says("two")

    assert story.hears() == ["About one:", "nothing yet.", "About two:\n\nnothing yet."]
    assert story.session().state is State.ACTIVE


def test_what_agents_write_counts_for_nothing_and_is_always_sent():
    story = Story(in_two, budget_messages_per_day=2)
    story.says("one")
    story.says("two")
    agent = story.agent("mona")
    agent.takes_over()
    agent.answers("Here I am.")

    assert story.hears()[-1] == "Here I am."
    assert story.redis.get(f"rate:said:{ALIA}") == "3"


@pytest.mark.parametrize(("customer", "channel", "budget"), [(NOUR, "telegram", 1), (ALIA, "meta", 0)])
def test_without_a_budget_and_where_nothing_is_billed_nothing_is_counted(customer, channel, budget):
    story = Story(in_two, budget_messages_per_day=budget)
    for text in ("one", "two"):
        story.says(text, customer=customer, channel=channel)

    assert len(story.hears(customer)) == 4
    assert story.redis.keys("rate:said:*") == []


def test_a_customer_who_is_forgotten_has_the_whole_budget_again():
    story = Story(in_two, budget_messages_per_day=1)
    story.says("one")
    assert story.redis.keys("rate:said:*") != []

    story.manager.forget(ALIA)
    assert story.redis.keys("rate:said:*") == []


def budgets_used_up(story):
    return [event["budget"] for event in story.events() if "budget" in event]


def test_a_sender_has_a_budget_for_all_its_customers_together_and_others_go_on():
    story = Story(in_two, budget_sender_messages=3)
    story.says("one")
    story.says("one", customer=NADA)
    story.waits(seconds=1)  # what was spent is known to the second

    story.says("two", customer=NADA)
    assert story.hears(NADA)[2:] == [PERSON]
    assert story.session(NADA).state is State.WAITING_AGENT
    assert story.session().state is State.ACTIVE
    assert [event["escalated"] for event in story.events() if "escalated" in event] == [Whose.SENDER.reason]

    story.says("one", customer=OMAR, channel="twilio")
    assert story.hears(OMAR) == ["About one:", "nothing yet."]
    assert budgets_used_up(story) == ["sender"]


def test_a_day_has_a_budget_for_all_senders_together():
    story = Story(in_two, budget_day_messages=4, budget_then="merge")
    story.says("one")
    story.says("one", customer=OMAR, channel="twilio")
    story.waits(seconds=1)

    story.says("two", customer=OMAR, channel="twilio")
    assert story.hears(OMAR)[2:] == ["About two:\n\nnothing yet."]
    assert story.session(OMAR).state is State.ACTIVE
    assert budgets_used_up(story) == ["day"]


def test_the_next_day_they_are_there_again():
    story = Story(in_two, budget_sender_messages=2, budget_day_messages=2)
    story.says("one")
    story.waits(hours=12)
    story.says("two")
    story.agent("mona").hands_back()
    story.waits(hours=24)  # whatever the hour of the first: a day ends at midnight
    story.says("three")

    assert story.hears()[-2:] == ["About three:", "nothing yet."]


@pytest.mark.parametrize(
    ("channel", "cost"),
    [("meta", "0.0036 USD"), ("twilio", "0.005 USD")],  # to Egypt, and Twilio's fee
)
def test_one_of_money_counts_whatever_has_arrived_and_has_a_price(channel, cost):
    story = Story(in_two, budget_sender_cost=cost)
    story.says("one", channel=channel)
    story.waits(seconds=1)
    story.says("two", channel=channel)  # nothing has arrived yet, as far as the provider has said
    sent = story.receives()
    for state in ("delivered", "read"):
        story.tells_status(sent[0], state)
    story.waits(seconds=1)
    story.says("three", channel=channel)

    assert story.hears() == [PERSON]
    assert budgets_used_up(story) == ["sender"]
    assert [event["cost"] for event in story.events() if "cost" in event] == [str(Cost.of(cost))]


def test_a_sender_of_the_file_has_a_budget_of_its_own(tmp_path):
    senders = tmp_path / "senders.toml"
    senders.write_text('[[sender]]\nsender = "twilio:+14155238886"\nbudget = { messages = 2 }\n')
    story = Story(in_two, senders_file=senders)
    for text in ("one", "two"):
        story.says(text, customer=OMAR, channel="twilio")
        story.says(text)
        story.waits(seconds=1)

    assert story.hears(OMAR)[2:] == [PERSON]
    assert len(story.hears()) == 4


def test_where_nothing_is_billed_no_budget_counts():
    story = Story(in_two, budget_day_messages=1, budget_sender_messages=1)
    for text in ("one", "two"):
        story.says(text, customer=NOUR, channel="telegram")
        story.waits(seconds=1)

    assert len(story.hears(NOUR)) == 4


def test_what_a_person_was_asked_for_is_answered_when_there_is_a_budget_again():
    story = Story(in_two, budget_sender_messages=2)
    story.says("one")
    story.waits(seconds=1)  # what was spent is known to the second
    story.says("two")
    story.says("three")
    story.hears()

    # Nobody is free, and the assistant could say nothing either.
    story.waits(minutes=15)
    assert [text.startswith("Sorry, none of us is free") for text in story.hears()] == [True]
    assert story.session().state is State.WAITING_AGENT

    story.waits(hours=12)  # it is another day
    story.says("back")
    assert story.hears() == ["About two\nthree:", "nothing yet."]
