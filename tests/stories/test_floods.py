"""One customer who writes without end costs little, and costs the others next to nothing."""

from tests.stories.telling import ALIA, OMAR, text_from

FLOOD = 10_000
A_BODY = 500


def flood(story):
    for first in range(0, FLOOD, A_BODY):
        batch = [text_from(ALIA, f"flood {n}", f"wamid.{n}") for n in range(first, first + A_BODY)]
        assert story.posts_meta(*batch) == 200


def test_others_do_not_wait_for_a_flood_to_be_over(tell, valkey):
    story = tell(client=valkey, rate_limit_messages_per_hour=100_000)
    flood(story)
    story.posts("hello", OMAR)

    while not story.hears(OMAR):
        story.work_once()

    assert story.redis.llen(f"mailbox:whatsapp:{ALIA}") > FLOOD * 0.9
    story.wakeups.waiting.clear()


def test_a_flood_leaves_no_more_behind_than_any_conversation(tell, valkey):
    story = tell(client=valkey)
    flood(story)
    story.work()

    heard = story.hears(ALIA)
    assert heard[:50] == [f"flood {n}" for n in range(50)]
    assert len(heard) == 51
    assert "try again in 60 minutes" in heard[50]
    assert story.redis.llen(f"mailbox:whatsapp:{ALIA}") == 0
    assert story.redis.zcard(f"seen:whatsapp:{ALIA}") == 1000
    assert len(story.redis.get(f"session:whatsapp:{ALIA}")) < 8_000
    assert story.redis.xlen("intake") == 0
    assert story.session().message_count == 50


def test_a_burst_that_the_workers_cannot_follow_waits_in_the_intake_and_comes_out_in_order(tell, valkey):
    story = tell(client=valkey, rate_limit_messages_per_hour=1000)
    for n in range(300):
        assert story.posts(f"{n}") == 200
    assert story.redis.xlen("intake") == 300

    story.work()

    assert story.hears() == [str(n) for n in range(300)]
