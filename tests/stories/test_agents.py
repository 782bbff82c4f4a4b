"""Agents take over, answer and hand back, and never answer over each other or the assistant."""

import asyncio

import pytest

from session import State, Turn
from session.agent_actions import AgentActionType
from session.history import Role
from tests.stories.telling import ALIA, OMAR, text_from

HELLO = "I am the assistant."
COLLEAGUE = "A colleague will answer you here."


def assistant(turn: Turn) -> str:
    """Escalate when the customer asks for a person."""
    if "person" in turn.text:
        turn.escalate("the customer asked")
        return COLLEAGUE
    return HELLO


def said(story, customer=ALIA):
    """Return the history of the session: who wrote what."""
    return [(one.role, one.text) for one in story.session(customer).context.message_history]


def declined(story):
    """Return the declined actions: action, agent, reason."""
    return [
        (event["action"], event.get("by"), event["declined"])
        for event in story.events()
        if "declined" in event
    ]


def waiting(story):
    """Return the conversations that wait for an agent."""
    return story.redis.zrange("waiting", 0, -1)


def states(story, customer=ALIA):
    """Return how far each delivery came."""
    return sorted(story.redis.hvals(f"deliveries:whatsapp:{customer}"))


def test_a_customer_asks_for_an_agent_gets_one_and_then_the_assistant_again(tell):
    story = tell(assistant)
    story.says("a person please")
    assert waiting(story) == [f"whatsapp:{ALIA}"]
    assert story.session().held_by is None

    mona = story.agent("mona")
    mona.takes_over()
    assert story.session().held_by == "mona"
    story.says("are you there?")
    mona.answers_and_keeps_it("I am. What is it?")
    story.says("my order")
    mona.answers("It is on its way.")
    assert waiting(story) == []
    story.says("thank you")

    assert story.hears() == [COLLEAGUE, "I am. What is it?", "It is on its way.", HELLO]
    assert (story.session().state, story.session().held_by) == (State.ACTIVE, None)
    assert said(story)[2:6] == [
        (Role.USER, "are you there?"),
        (Role.AGENT, "I am. What is it?"),
        (Role.USER, "my order"),
        (Role.AGENT, "It is on its way."),
    ]


def test_an_agent_hands_back_without_an_answer(tell):
    story = tell(assistant)
    story.says("a person please")
    mona = story.agent("mona")
    mona.takes_over()

    mona.hands_back()
    story.says("hello?")

    assert story.hears() == [COLLEAGUE, HELLO]
    assert declined(story) == []


def test_unsent_replies_of_the_assistant_are_cancelled_by_a_takeover(tell):
    story = tell(assistant)
    story.posts("hello")
    story.takes_the_turn_only()
    mona = story.agent("mona")

    mona.takes_over()
    story.waits(seconds=12)

    assert story.hears() == []
    assert states(story) == ["cancelled"]
    (event,) = [event for event in story.events() if "cancelled" in event]
    assert event["cancelled"] == f'["{event["delivery"]}"]'
    assert story.dead_letters() == []


def test_the_assistants_announcement_of_a_hand_over_is_sent(tell):
    story = tell(assistant)

    story.says("a person please")
    story.agent("mona").takes_over()

    assert story.hears() == [COLLEAGUE]
    assert states(story) == ["sent"]


def test_a_takeover_while_the_assistant_computes_cancels_its_reply(tell):
    def slow(turn: Turn) -> str:
        # Meanwhile an agent takes over, and the action is drained.
        if "slow" in turn.text:
            story.agent("mona").posts(AgentActionType.TAKE_OVER)
            asyncio.run(story.services.intake.drain(0))
        return HELLO

    story = tell(slow)
    story.says("hello")
    story.says("slow")

    assert story.hears() == [HELLO]
    assert states(story) == ["cancelled", "sent"]
    assert story.session().held_by == "mona"


def test_an_answer_to_a_conversation_of_the_assistant_takes_it_over(tell):
    story = tell(assistant)
    story.posts("hello")
    story.takes_the_turn_only()

    story.agent("mona").answers_and_keeps_it("I will take this one.")
    story.waits(seconds=12)

    assert story.hears() == ["I will take this one."]
    assert story.session().held_by == "mona"
    assert states(story) == ["cancelled", "sent"]


def test_two_agents_never_answer_over_each_other(tell):
    story = tell(assistant)
    story.says("a person please")
    mona, ali = story.agent("mona"), story.agent("ali")

    mona.takes_over()
    ali.takes_over()  # on his screen no agent has it
    ali.answers("Me too!")
    ali.hands_back()
    ali.closes()

    assert story.session().held_by == "mona"
    assert story.hears() == [COLLEAGUE]
    assert declined(story) == [
        (action_type, "ali", "held") for action_type in ("take_over", "answer", "hand_back", "close")
    ]

    ali.takes_over(from_whom="mona")
    mona.answers("I was not done.")
    ali.answers("I am.")

    assert story.hears() == ["I am."]
    assert declined(story)[4:] == [("answer", "mona", "held")]


def test_an_answer_after_the_customer_service_window_is_declined_with_the_reason(tell):
    story = tell(assistant, agent_timeout_minutes=0, session_retention_minutes=3 * 24 * 60)
    story.says("a person please")
    story.waits(hours=24)

    story.agent("mona").answers("Sorry for the delay.")

    assert story.hears() == [COLLEAGUE]
    assert declined(story) == [("answer", "mona", "window")]
    assert story.dead_letters() == []
    assert story.session().state is State.WAITING_AGENT


def test_an_answer_to_a_customer_who_opted_out_is_declined(tell):
    story = tell(assistant)
    story.says("a person please")
    story.says("STOP")

    story.agent("mona").answers("But wait!")

    assert story.hears() == [COLLEAGUE]
    assert declined(story) == [("answer", "mona", "opted_out")]


def test_actions_for_a_customer_without_a_session_are_declined(tell):
    story = tell(assistant)
    mona = story.agent("mona")

    mona.takes_over()
    mona.answers("Hello?")
    mona.closes()

    assert [why for _, _, why in declined(story)] == ["gone"] * 3
    assert story.redis.exists(f"session:whatsapp:{ALIA}") == 0
    # And the assistant still answers the next customer.
    story.says("hello")
    assert story.hears() == [HELLO]


def test_an_agent_closes_and_the_next_message_begins_a_new_session(tell):
    story = tell(assistant)
    story.says("a person please")
    first = story.session().id

    story.agent("mona").closes()
    assert (story.session().state, waiting(story)) == (State.CLOSED, [])
    story.says("hello")

    assert story.session().id != first
    assert story.hears() == [COLLEAGUE, HELLO]


@pytest.mark.parametrize(
    ("then", "told", "state"),
    [
        ("back", "You can go on here with the assistant", State.ACTIVE),
        ("stay", "you will get an answer here", State.WAITING_AGENT),
    ],
)
def test_a_customer_without_an_answer_is_told_so_once(tell, then, told, state):
    story = tell(assistant, agent_timeout_minutes=15, agent_timeout_then=then)
    story.says("a person please")

    story.waits(minutes=14, seconds=59)
    assert story.hears() == [COLLEAGUE]
    story.waits(seconds=1)
    (sorry,) = story.hears()
    assert told in sorry
    assert story.session().state is state

    story.waits(hours=1)
    assert story.hears() == []


def test_with_stay_the_wait_begins_again_with_the_customers_next_message(tell):
    story = tell(assistant, agent_timeout_then="stay")
    story.says("a person please")
    story.waits(minutes=15)
    story.hears()

    story.says("still nobody?")
    (acknowledged,) = story.hears()
    assert "shortly" in acknowledged
    story.waits(minutes=14)
    assert story.hears() == []
    story.waits(minutes=1)

    assert len(story.hears()) == 1


def test_an_answer_in_time_ends_the_wait(tell):
    story = tell(assistant)
    story.says("a person please")
    story.waits(minutes=14)
    story.agent("mona").answers_and_keeps_it("Here I am.")

    story.waits(hours=3)

    assert story.hears() == [COLLEAGUE, "Here I am."]
    assert story.session().held_by == "mona"


def test_the_time_out_is_announced_in_the_customers_language(tell):
    def arabic(turn: Turn) -> None:
        turn.set_language("ar")
        turn.escalate("asked")

    story = tell(arabic)
    story.says("عايز اكلم حد")
    story.waits(minutes=15)

    (sorry,) = story.hears()
    assert "المساعد الآلي" in sorry


def test_a_message_from_the_business_phone_counts_as_a_takeover(tell):
    story = tell(assistant)
    story.says("hello")
    story.posts("how much is it?")
    story.takes_the_turn_only()

    story.writes_from_the_phone("500, for you")
    story.waits(seconds=12)
    story.says("and delivery?")

    assert story.hears() == [HELLO]  # the second reply is cancelled, and the assistant is silent
    assert (story.session().state, story.session().held_by) == (State.WAITING_AGENT, "phone")
    assert (Role.AGENT, "500, for you") in said(story)
    story.waits(minutes=15)
    # Nobody has answered the last question.
    assert [text for text in story.hears() if "none of us is free" not in text] == [HELLO]


def test_an_echo_of_a_known_reply_or_for_an_unknown_customer_has_no_effect(tell):
    story = tell(assistant)
    story.writes_from_the_phone("hello Omar", OMAR, "wamid.1")
    story.says("hello")
    story.writes_from_the_phone("hello Alia", id_="wamid.2")
    story.writes_from_the_phone("hello Alia", id_="wamid.2")

    assert declined(story) == [("echo", "phone", "gone")]
    assert [content for role, content in said(story) if role is Role.AGENT] == ["hello Alia"]


def test_an_agent_keeps_the_conversation_when_the_phone_answers_too(tell):
    story = tell(assistant)
    story.says("a person please")
    story.agent("mona").takes_over()

    story.writes_from_the_phone("one moment")

    assert story.session().held_by == "mona"
    assert (Role.AGENT, "one moment") in said(story)


def test_forgetting_removes_every_trace_except_later_messages(tell):
    story = tell(assistant)
    story.says("remember me")
    story.posts("and this")
    story.agent("mona").posts(AgentActionType.FORGET)
    story.posts_meta(text_from(ALIA, "who am I?", "wamid.after"))

    story.work()

    assert said(story) == [(Role.USER, "who am I?"), (Role.ASSISTANT, HELLO)]
    assert story.session().message_count == 1
    events = [event for event in story.events() if event.get("conversation") == f"whatsapp:{ALIA}"]
    assert [event["received"] for event in events if "received" in event] == ['["wamid.after"]']
    (forgotten,) = [event for event in story.events() if "forgotten" in event]
    assert (forgotten["by"], forgotten["action"]) == ("mona", "forget")
    # The message that stays is recognised as a duplicate later.
    story.posts_meta(text_from(ALIA, "who am I?", "wamid.after"))
    story.work()
    assert story.session().message_count == 1


def test_a_forgotten_customer_without_later_messages_leaves_no_key(tell):
    story = tell(assistant)
    story.says("a person please")
    story.agent("mona").takes_over()

    story.agent("mona").forgets()

    read = {
        "string": story.redis.get,
        "stream": story.redis.xrange,
        "hash": story.redis.hgetall,
        "zset": lambda key: story.redis.zrange(key, 0, -1),
        "list": lambda key: story.redis.lrange(key, 0, -1),
    }
    for key in story.redis.scan_iter():
        assert ALIA.removeprefix("+") not in key + str(read[story.redis.type(key)](key))


def test_a_repeated_request_has_no_second_effect(tell):
    story = tell(assistant)
    story.says("a person please")
    mona = story.agent("mona")

    answer = mona.answers("Hello.")
    mona.posts_again(answer)
    story.work()

    assert story.hears() == [COLLEAGUE, "Hello."]
    assert declined(story) == []


def test_an_unreadable_request_is_a_dead_letter(tell):
    story = tell(assistant)

    story.takes_in(b'{"deed": "sing"}', source="desk", ordering_key="x")
    story.work()

    (letter,) = story.dead_letters()
    assert (letter["kind"], letter["source"]) == ("body", "desk")
    assert letter["why"].startswith("no action: deed")


def test_a_customer_who_returns_after_expiry_does_not_wait_for_an_agent(tell):
    story = tell(assistant)
    story.says("hello")
    story.writes_from_the_phone("let me see")
    assert waiting(story) == [f"whatsapp:{ALIA}"]

    story.clock.move(days=1)  # and no sweep runs
    story.says("hello again")

    assert story.hears()[-1] == HELLO
    assert waiting(story) == []
