"""What a customer wishes about marketing messages is consent: kept, shown, and no reason not to answer."""

import json

import pytest

from session.records import to_ms
from tests.stories.telling import ALIA, METADATA


def wishes(story, value, *, ago=0, customer=ALIA):
    at = to_ms(story.clock.now()) // 1000 - ago
    wish = {
        "wa_id": customer.removeprefix("+"),
        "category": "marketing_messages",
        "value": value,
        "timestamp": at,
    }
    change = {"field": "user_preferences", "value": {"metadata": METADATA, "user_preferences": [wish]}}
    assert story.posts_change(change) == 200
    story.work()


def test_a_wish_is_kept_beyond_the_session_and_answers_go_on(tell):
    seen = []

    def assistant(turn):
        seen.append(turn.session.marketing and turn.session.marketing.wish)
        return "Hello!"

    story = tell(assistant)

    # Given a customer without a session, who wants no marketing messages
    wishes(story, "stop")
    assert story.manager.get(ALIA) is None

    # Then questions are answered all the same
    story.says("hello")
    assert story.hears() == ["Hello!"]
    # and the wish is known long after the session has ended
    story.waits(days=3)
    assert story.manager.get(ALIA) is None
    story.says("hello again")
    assert seen == ["stop", "stop"]
    assert story.session().marketing.wish == "stop"

    # until the customer has another one
    wishes(story, "resume")
    story.says("and now?")
    assert seen == ["stop", "stop", "resume"]
    assert [event["wish"] for event in story.events() if "wish" in event] == ["stop", "resume"]
    assert story.dead_letters() == []


def test_an_old_wish_that_comes_late_does_not_replace_a_newer_one(tell):
    story = tell()
    story.says("hello")
    wishes(story, "stop")

    wishes(story, "resume", ago=3600)

    assert story.session().marketing.wish == "stop"
    assert [event.get("declined") for event in story.events() if "wish" in event] == [None, "state"]


def test_of_two_wishes_in_the_same_second_the_later_one_counts(tell):
    story = tell()
    story.says("hello")

    wishes(story, "resume")
    wishes(story, "stop")

    assert story.session().marketing.wish == "stop"


def test_a_wish_is_forgotten_with_the_customer(tell):
    story = tell()
    wishes(story, "stop")

    story.manager.forget(ALIA)

    assert story.redis.keys("marketing:*") == []


@pytest.mark.parametrize("value", ["maybe", ""])
def test_what_is_no_wish_is_left_alone(tell, value):
    story = tell()

    wishes(story, value)

    assert story.redis.keys("marketing:*") == []
    assert story.dead_letters() == []


def test_the_stored_wish_is_readable(tell):
    story = tell()
    wishes(story, "stop")

    (key,) = story.redis.keys("marketing:*")
    assert json.loads(story.redis.get(key)) == {"wish": "stop", "at": to_ms(story.clock.now())}
