"""Two businesses in one deployment: the same customer writes to both, in separate sessions."""

import pytest

from session import Session
from session.conversations import conversation_of
from session.keys import Keys
from tests.stories.telling import ALIA

SENDERS = """
[[sender]]
sender = "meta:106540352242922"
assistant = "worker.assistants.concierge:assistant"
catalogue = "properties"
agent = "estate"
scope = "estate"

[[sender]]
sender = "twilio:+14155238886"
assistant = "worker.assistants.concierge:assistant"
catalogue = "members"
agent = "directory"
scope = "directory"
"""


@pytest.fixture
def story(tell, samples, tmp_path):
    senders = tmp_path / "senders.toml"
    senders.write_text(SENDERS, encoding="utf-8")
    return tell(senders_file=senders, catalogue_dir=samples)


def session_of(story, scope):
    record = story.redis.get(Keys().of(conversation_of(ALIA, scope)).session)
    return Session.model_validate_json(record)


def test_one_customer_of_two_businesses(story):
    story.says("3 bedroom apartment in New Cairo up to 5m", channel="meta")
    story.says("Find doctors in Bangalore", channel="twilio")
    estate, directory = story.hears()
    assert estate.startswith("3-bedroom apartment in New Cairo")
    assert directory.startswith("Doctors in Bangalore: 1-5 of 23.")

    # Each session continues where it was.
    story.says("more", channel="meta")
    story.says("more", channel="twilio")
    estate, directory = story.hears()
    assert "6-10 of 17" in estate
    assert "6-10 of 23" in directory

    estate, directory = session_of(story, "estate"), session_of(story, "directory")
    assert (estate.agent_id, directory.agent_id) == ("estate", "directory")
    assert estate.id != directory.id
    assert estate.context.extracted_info.location == "New Cairo"
    assert directory.context.extracted_info.location == "Bangalore"
    assert story.manager.get(ALIA) is None


def test_an_agent_of_one_business_does_not_silence_the_other(story):
    story.says("agent please", channel="meta")
    story.says("hello", channel="twilio")

    handed_over, greeted = story.hears()
    assert "colleague" in handed_over
    assert "I find members" in greeted
