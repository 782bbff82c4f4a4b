"""A customer who floods the system costs little and hardly delays others."""

import pytest

from tests.stories.telling import ALIA, OMAR, text_from

FLOOD = 10_000
A_BODY = 500


def flood(story):
    for first in range(0, FLOOD, A_BODY):
        batch = [text_from(ALIA, f"flood {n}", f"wamid.{n}") for n in range(first, first + A_BODY)]
        assert story.posts_meta(*batch) == 200
        story.clock.move(seconds=0.001)


def test_other_customers_do_not_wait_for_a_flood(tell, valkey):
    story = tell(client=valkey, rate_limit_messages_per_hour=100_000, mailbox_max_messages=FLOOD)
    flood(story)
    story.posts("hello", OMAR)

    while not story.hears(OMAR):
        story.work_once()

    assert story.redis.llen(f"mailbox:whatsapp:{ALIA}") > FLOOD * 0.9
    story.wakeups.waiting.clear()


def test_a_flood_leaves_no_more_data_than_any_conversation(tell, valkey):
    story = tell(client=valkey, mailbox_max_messages=FLOOD)
    flood(story)
    story.work()

    heard = story.hears(ALIA)
    assert heard[:50] == [f"flood {n}" for n in range(50)]
    assert len(heard) == 51
    assert "try again in 60 minutes" in heard[50]
    assert story.redis.llen(f"mailbox:whatsapp:{ALIA}") == 0
    assert len(story.redis.get(f"session:whatsapp:{ALIA}")) < 8_000
    assert story.redis.xlen("intake") == 0
    assert story.session().message_count == 50
    story.waits(seconds=2)
    story.says("one more")
    assert story.redis.zcard(f"seen:whatsapp:{ALIA}") == 1000


@pytest.mark.slow
def test_messages_beyond_a_full_mailbox_are_one_dead_letter_and_the_conversation_continues(tell, valkey):
    story = tell(client=valkey)
    flood(story)
    story.work()

    assert story.hears(ALIA)[:50] == [f"flood {n}" for n in range(50)]
    (letter,) = [fields for _, fields in story.redis.xrange("dead")]
    kept = FLOOD - int(letter["count"])
    assert 500 <= kept < 2000
    assert len([one for _, one in story.redis.xrange("events") if "overflow" in one]) == 1
    story.waits(hours=2)
    story.says("are you there?")
    assert story.hears(ALIA)[-1] == "are you there?"


def test_a_burst_waits_in_the_intake_and_is_answered_in_order(tell, valkey):
    story = tell(client=valkey, rate_limit_messages_per_hour=1000)
    for n in range(300):
        assert story.posts(f"{n}") == 200
    assert story.redis.xlen("intake") == 300

    story.work()

    assert story.hears() == [str(n) for n in range(300)]
