"""What reaches the business only after days: kept for whoever reads it, answered by nobody, and no alarm."""

from datetime import timedelta

from session.records import to_ms
from tests.stories.telling import ALIA, OMAR, text_from


def wrote(story, text, id_, customer=ALIA, *, ago):
    at = to_ms(story.clock.now() - ago) // 1000
    return text_from(customer, text, id_) | {"timestamp": str(at)}


def test_fifty_messages_of_three_days_ago_make_one_line_and_one_event_a_customer(tell, log):
    story = tell()
    old = [wrote(story, f"number {n}", f"wamid.{n}", ago=timedelta(days=3, minutes=-n)) for n in range(18)]
    others = [
        wrote(story, "and me", f"wamid.o{n}", f"+2010000000{n:02}", ago=timedelta(days=2)) for n in range(32)
    ]

    # Given fifty messages that the provider can deliver only now
    assert story.posts_meta(*old, *others) == 200
    story.work()
    story.sweep()

    # Then they are kept, nobody is answered, and nothing has gone wrong
    assert [entry.text for entry in story.session().context.message_history] == [
        f"number {n}" for n in range(18)
    ]
    assert story.hears() == []
    assert story.dead_letters() == []
    taken = [event for event in story.events() if "received" in event]
    assert [event.get("late") for event in taken] == ["18", *["1"] * 32]
    (line,) = [line for line in log if "after the customer service window" in line]
    assert line.startswith("WARNING 50 messages came after")
    assert story.redis.hgetall("tally")["late"] == "50"


def test_who_writes_again_is_answered_and_the_old_words_are_known(tell):
    heard = []

    def assistant(turn):
        heard.append([entry.text for entry in turn.history])
        return "Here I am."

    story = tell(assistant)
    assert story.posts_meta(wrote(story, "anyone?", "wamid.1", ago=timedelta(days=2))) == 200
    story.work()

    story.says("hello?")

    assert heard == [["anyone?", "hello?"]]
    assert story.hears() == ["Here I am."]


def test_an_old_stop_still_holds(tell):
    story = tell()
    assert story.posts_meta(wrote(story, "STOP", "wamid.1", OMAR, ago=timedelta(days=2))) == 200
    story.work()

    story.says("hello", OMAR)

    assert story.hears(OMAR) == []
