"""Lost work is detected and repeated."""

from session import Turn


def test_a_lost_wake_up_is_replaced_by_the_sweep(tell):
    story = tell()
    story.posts("hello")
    story.wakeups.waiting.clear()

    story.waits(seconds=9)
    assert story.hears() == []
    story.waits(seconds=1)
    assert story.hears() == ["hello"]


def test_a_message_waits_while_the_broker_is_down_and_is_answered_afterwards(tell):
    story = tell()
    story.wakeups.broken = True
    assert story.posts("hello") == 200
    story.waits(minutes=5)
    assert story.hears() == []

    story.wakeups.broken = False
    story.waits(minutes=1)
    assert story.hears() == ["hello"]


def test_duplicate_wake_ups_change_nothing(tell):
    story = tell()
    story.posts("hello")
    story.wakeups.waiting.extend(list(story.wakeups.waiting) * 3)
    story.work()

    assert story.hears() == ["hello"]


def test_a_failing_assistant_is_retried_and_the_message_is_answered(tell):
    failures = iter([ConnectionError("the model is away"), TimeoutError("still away")])

    def assistant(turn: Turn) -> str:
        for error in failures:
            raise error
        return "here I am"

    story = tell(assistant)
    story.says("hello")
    assert story.hears() == []
    for _ in range(4):
        story.waits(seconds=2)

    assert story.hears() == ["here I am"]
    assert story.session().message_count == 1


def test_a_message_that_always_fails_is_given_up_with_an_apology_and_the_next_one_is_answered(tell):
    def assistant(turn: Turn) -> str:
        if "poison" in turn.text:
            raise ValueError("cannot digest this")
        return f"re: {turn.text}"

    story = tell(assistant)
    story.posts("good")
    story.posts("poison")
    story.posts("better")
    story.work()
    for _ in range(12):
        story.waits(minutes=1)

    heard = story.hears()
    assert heard[0] == "re: good"
    assert "something went wrong" in heard[1]
    assert heard[2:] == ["re: better"]
    (letter,) = story.dead_letters()
    assert letter["kind"] == "message"
    assert "cannot digest this" in letter["why"]


def test_a_forgotten_customer_leaves_no_trace(tell):
    story = tell()
    story.says("remember me")
    story.posts_meta({"type": "text", "from": "201001234567", "text": {"body": "broken"}})
    story.work()

    story.manager.forget("+201001234567")

    read = {
        "string": story.redis.get,
        "stream": story.redis.xrange,
        "hash": story.redis.hgetall,
        "zset": lambda key: story.redis.zrange(key, 0, -1),
        "list": lambda key: story.redis.lrange(key, 0, -1),
    }
    for key in story.redis.scan_iter():
        assert "201001234567" not in key + str(read[story.redis.type(key)](key))
