"""An agent of each framework in a conversation: what it is told, and what remains of what it does."""

from datetime import date

from session.agent_actions import AgentActionType
from session.models import State
from session.timers import read_timers
from tests.worker.assistants.llm.model_server import calls, refuses


def says(text):
    return lambda _: calls(text=text)


def uses(tool, **arguments):
    return lambda _: calls((tool, arguments))


def told(request):
    """The messages of a request but its last, and the last."""
    *before, last = [(one["role"], one["content"]) for one in request["messages"]]
    return before, last


def test_it_answers_with_its_own_rules_and_is_told_what_was_said_and_what_is_known(server, story):
    server.script = [uses("visit", day="Friday"), says("See you on Friday."), says("At ten.")]

    story.says("Friday please")
    story.says("at what time?")

    assert story.hears() == ["See you on Friday.", "At ten."]
    before, (role, asked) = told(server.requests[-1])
    assert before == [
        ("system", "You arrange visits."),
        ("user", "Friday please"),
        ("assistant", "See you on Friday."),
    ]
    assert role == "user"
    assert asked.endswith("the customer writes:\nat what time?")
    assert 'known so far: {"visit": "Friday"}' in asked
    assert '"text": "visit on Friday"' in asked


def test_a_turn_that_fails_leaves_nothing_and_does_nothing_outside_again(server, story, calendar):
    server.script = [uses("visit", day="Friday"), refuses(500)]
    story.says("Friday please")
    assert story.hears() == []
    assert story.manager.get("+201001234567") is None

    server.script = [uses("visit", day="Friday"), says("See you on Friday.")]
    story.waits(seconds=30)

    assert story.hears() == ["See you on Friday."]
    assert calendar.booked == ["Friday"]
    assert story.session().context.extracted_info.visit == "Friday"
    server.script = [says("Your visit is soon.")]
    story.waits(hours=20)
    assert story.hears() == ["Your visit is soon."]
    assert told(server.requests[-1])[1][1].endswith("visit on Friday")


def test_what_it_does_twice_in_a_turn_is_done_twice(server, story, calendar):
    again = [uses("book", day="Friday"), uses("book", day="Sunday"), uses("book", day="Friday")]
    server.script = [*again, refuses(500)]
    story.says("Friday twice, and Sunday")
    server.script = [again[1], again[0], again[2], says("Done.")]
    story.waits(seconds=30)

    assert story.hears() == ["Done."]
    assert calendar.booked == ["Friday", "Sunday", "Friday"]
    results = [one["content"] for one in server.requests[-1]["messages"] if one["role"] == "tool"]
    assert results == ["2", "1", "3"]


def test_nothing_of_it_is_sent_if_somebody_takes_over_meanwhile(server, story, calendar):
    def while_mona_takes_over(_):
        story.agent("mona").posts("take_over")
        story.drains_only()
        return calls(text="See you on Friday.")

    server.script = [uses("visit", day="Friday"), while_mona_takes_over]
    story.says("Friday please")

    assert story.hears() == []
    assert story.session().state is State.WAITING_AGENT
    assert calendar.booked == ["Friday"]


def test_it_knows_what_a_person_said_and_what_did_not_reach_the_customer(server, story):
    server.script = [says("It has three rooms."), says("Gladly.")]
    story.posts("how many rooms?")
    story.takes_the_turn_only()
    story.agent("mona").answers("Four, in fact.")
    story.says("thanks")

    before, _ = told(server.requests[-1])
    _, said = before[-1]
    assert said.splitlines() == [
        "[this did not reach the customer:] It has three rooms.",
        "[a colleague of yours, a person, wrote:] Four, in fact.",
    ]


def test_it_hands_over(server, story):
    server.script = [uses("hand_over", reason="wants to pay"), says("A colleague answers you here.")]
    story.says("I want to pay")

    assert "A colleague answers you here." in story.hears()
    assert story.session().state is State.WAITING_AGENT
    assert story.session().escalation == "wants to pay"


def test_a_model_that_only_calls_tools_has_its_limit(server, story, calendar):
    server.then = uses("hand_over", reason="no end")
    story.says("hello")
    for _ in range(3):
        story.waits(minutes=2)

    (apology,) = story.hears()
    assert "something went wrong" in apology
    assert len(server.requests) <= 3 * 11
    (letter,) = story.dead_letters()
    assert letter["kind"] == "message"
    assert story.session().state is State.ACTIVE


def decides(story, *, approved=True, **more):
    """Mona decides about the only approval that is open."""
    pairs = [part for pair in story.redis.hgetall("timers:whatsapp:+201001234567").items() for part in pair]
    (asked,) = read_timers(pairs).values()
    story.agent("mona").does(AgentActionType.DECIDE, timer=asked.message.id, approved=approved, **more)
    return asked.content


def asks_to_cancel(server, story):
    server.script = [uses("cancel", day="2026-12-04"), says("I have asked.")]
    story.says("cancel Friday")
    assert story.hears() == ["I have asked."]
    assert "a colleague decides" in server.requests[-1]["messages"][-1]["content"]


def test_what_a_person_allows_is_done_once_as_it_was_asked_and_told(server, story, calendar):
    asks_to_cancel(server, story)
    assert calendar.cancelled == []

    server.script = [refuses(500), says("It is cancelled.")]
    asked = decides(story)
    assert (asked.text, asked.payload["arguments"]) == (
        "The assistant asks: may it call cancel?",
        {"day": "2026-12-04"},
    )
    story.waits(seconds=30)

    assert story.hears() == ["It is cancelled."]
    assert calendar.cancelled == [date(2026, 12, 4)]
    said = told(server.requests[-1])[1][1]
    assert "nobody has written" in said
    assert said.endswith('cancel {"day":"2026-12-04"}: it was approved, and done: "Friday is free"')


def test_what_a_person_declines_is_told_and_not_done(server, story, calendar):
    asks_to_cancel(server, story)

    server.script = [says("I am sorry.")]
    decides(story, approved=False, text="too late")

    assert story.hears() == ["I am sorry."]
    assert calendar.cancelled == []
    assert told(server.requests[-1])[1][1].endswith('cancel {"day":"2026-12-04"}: it was declined\ntoo late')


def test_what_is_allowed_while_a_person_has_the_conversation_is_done_and_the_customer_is_not_written_to(
    server, story, calendar
):
    asks_to_cancel(server, story)
    story.agent("mona").takes_over()

    server.script = [says("It is cancelled.")]
    decides(story)

    assert calendar.cancelled == [date(2026, 12, 4)]
    assert story.hears() == []
    assert story.session().context.message_history[-1].text.endswith("It is cancelled.")
