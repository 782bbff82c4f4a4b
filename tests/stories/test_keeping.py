"""Events and dead letters are kept for a limited time."""

LETTER = {
    "kind": "message",
    "why": "given up",
    "conversation": "whatsapp:+201001234567",
    "at": "0",
    "raw": "{}",
}


def test_the_sweep_removes_events_and_dead_letters_older_than_a_month(tell, log):
    story = tell()
    story.redis.xadd("dead", LETTER, id="1000-1")
    story.redis.xadd("events", {"at": "0", "received": "[]"}, id="1000-1")
    story.says("hello")

    story.waits(seconds=2)

    assert story.redis.xlen("dead") == 0
    assert [event for _, event in story.redis.xrange("events") if event["at"] == "0"] == []
    assert story.redis.xlen("events") > 0
    assert story.redis.hget("tally", "letters_dropped|age") == "1"


def test_dead_letters_dropped_above_the_maximum_are_logged(tell, log):
    story = tell(dead_letters_max=3)
    for n in range(5):
        story.redis.xadd("dead", LETTER | {"why": f"{n}"})

    story.waits(seconds=2)

    assert [letter["why"] for _, letter in story.redis.xrange("dead")] == ["2", "3", "4"]
    assert [line for line in log if line.startswith("ERROR 2 dead letters dropped unseen")]
