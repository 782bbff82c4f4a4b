"""A customer writes in a row what others write in one message."""

import pytest

from tests.stories.telling import ALIA, OMAR

CONCIERGE = "worker.assistants.concierge:assistant"
BURST = ["Hello", "I want to buy an apartment", "3 bedrooms", "in New Cairo", "up to 5 million"]


@pytest.fixture
def story(tell, samples):
    """The concierge, with what it lets gather by default."""
    return tell(CONCIERGE, catalogue_dir=samples, gather_seconds=None)


def writes(story, *texts, **more):
    """The customer writes, half a second between two messages; nothing is answered meanwhile."""
    for text in texts:
        story.says(text, **more)
        assert story.hears() == []
        story.clock.move(seconds=0.5)


def test_five_messages_in_a_row_get_one_answer(story):
    writes(story, *BURST)

    story.waits(seconds=0.1)

    (reply,) = story.receives()
    assert reply["text"].startswith(
        "3-bedroom apartment for sale in New Cairo up to 5,000,000 EGP: 1-5 of 17."
    )
    assert len([event for event in story.events() if "received" in event]) == 1


def test_a_tap_is_answered_at_once(story):
    writes(story, *BURST)
    story.waits(seconds=0.1)
    (page,) = story.receives()

    story.says("", kind="choice", row=page["rows"][0])

    (details,) = story.receives()
    assert "EGP" in details["text"]


def test_so_is_the_number_of_a_row_where_a_list_is_text_and_no_other_number_is(story):
    writes(story, *BURST, channel="twilio")
    story.waits(seconds=0.1)
    (page,) = story.receives()
    assert "2. " in page["text"]

    story.says("2", channel="twilio")

    (details,) = story.hears()
    assert "EGP" in details
    writes(story, "100", channel="twilio")


def test_so_is_who_asks_for_a_person_together_with_what_was_written_before(story):
    writes(story, "Hello", "I have a question")

    story.says("Can I talk to a person?")

    assert len(story.hears()) == 1
    assert [entry.text for entry in story.session().context.message_history][:3] == [
        "Hello",
        "I have a question",
        "Can I talk to a person?",
    ]


def test_who_writes_without_an_end_is_answered_after_five_seconds(story):
    writes(story, *[f"and {n} bedrooms" for n in range(10)])

    story.waits(seconds=0)

    assert len(story.hears()) == 1


def test_others_are_not_kept_waiting_and_an_agent_is_told_at_once(story):
    writes(story, "Hello")
    story.says("agent", OMAR)
    assert len(story.hears(OMAR)) == 1

    story.agent("mona").takes_over(ALIA)

    assert story.session(ALIA).held_by == "mona"


def test_with_any_other_assistant_each_message_is_answered_at_once(tell):
    story = tell(gather_seconds=None)

    story.says("Hello")

    assert len(story.hears()) == 1
