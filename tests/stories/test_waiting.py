"""Nobody is left in silence while a person is awaited: the wait is acknowledged, the assistant can be had back, nothing asked is forgotten."""

import asyncio

import pytest

from session import State, Turn
from session.agent_actions import AgentActionType
from session.errors import InturnError
from session.history import Role
from session.waiting import BACK
from tests.stories.telling import ALIA, OMAR

COLLEAGUE = "A colleague will answer you here."
SORRY = "Sorry, none of us is free"
HERE = "I am here again. What can I do for you?"


def assistant(turn: Turn) -> str:
    """Repeat what is asked; escalate when the customer asks for a person."""
    if "person" in turn.text:
        turn.escalate("the customer asked")
        return COLLEAGUE
    return "re: " + " + ".join(message.text for message in turn.messages)


def says_when(turn: Turn) -> str:
    """Escalate, and say when a person comes."""
    turn.escalate("the customer asked", tells_when=True)
    return f"Somebody answers you {turn.reachable.words(turn.language, turn.now)}."


class Helpful:
    """An assistant that answers searches while a person is awaited."""

    while_waiting = True

    def __call__(self, turn: Turn) -> str | None:
        if turn.waiting and "villa" not in turn.text:
            return None
        return assistant(turn)


@pytest.fixture
def waits(tell):
    """Return a story in which Alia waits for a person."""

    def begin(asked=assistant, **settings):
        story = tell(asked, **settings)
        story.says("a person please")
        assert story.hears() == [COLLEAGUE]
        return story

    return begin


def taps_back(story, customer=ALIA):
    story.says("", customer, kind="button", button={"id": BACK, "title": "Back to assistant"})


def waiting(story):
    return story.redis.zrange("waiting", 0, -1)


# -- the acknowledgement


def test_the_first_message_that_waits_is_acknowledged_once(waits):
    story = waits()

    story.says("is anybody there?")
    (told,) = story.receives()
    story.says("hello?")

    assert told["text"].startswith(
        "Your message is with our team, and somebody will answer you here shortly."
    )
    assert [(one["id"], one["title"]) for one in told["buttons"]] == [(BACK, "Back to assistant")]
    assert story.hears() == []
    assert waiting(story) == [f"whatsapp:{ALIA}"]


def test_every_wait_is_acknowledged_anew(waits):
    story = waits()
    story.says("is anybody there?")
    story.agent("mona").answers("I was here.")
    story.says("a person again, please")
    story.hears()

    story.says("hello?")

    (told,) = story.hears()
    assert "shortly" in told


def test_who_is_with_an_agent_is_not_told_to_wait(waits):
    story = waits()
    story.agent("mona").takes_over()

    story.says("is anybody there?")

    assert story.hears() == []


def test_it_is_said_in_the_language_of_the_customer(tell):
    def arabic(turn: Turn) -> None:
        turn.set_language("ar")
        turn.escalate("asked")

    story = tell(arabic)
    story.says("عايز اكلم حد")
    story.says("فينكم؟")

    (told,) = story.hears()
    assert "وهيرد عليك حد هنا قريب" in told


def test_after_hours_it_is_said_when_somebody_comes(tell, tmp_path):
    # The clock of a story begins on a Friday at noon, in UTC.
    senders = tmp_path / "senders.toml"
    senders.write_text(
        '[[sender]]\nsender = "meta:106540352242922"\n'
        '[sender.hours]\ntime_zone = "Africa/Cairo"\nbusiness = { "sun-thu" = "09:00-18:00" }\n',
        encoding="utf-8",
    )
    story = tell(assistant, senders_file=senders)
    story.says("a person please")
    story.hears()

    story.says("and when?")

    (told,) = story.hears()
    assert "somebody will answer you here on Sunday at 9:00." in told


def test_how_long_it_takes_is_told_by_the_waits_of_today(waits):
    story = waits()
    mona = story.agent("mona")
    others = [f"+2010022233{n}0" for n in range(3)]
    for customer in others:
        story.says("a person please", customer)
    story.clock.move(minutes=12)
    for customer in others:
        mona.answers("Here I am.", customer)
    # A second answer in a conversation that an agent has says nothing of the wait for a first one.
    mona.answers_and_keeps_it("Yes?", others[0])
    story.says("quick", others[0])
    mona.answers("Quickly answered.", others[0])
    story.sweep()  # counts the events

    story.says("how long does it take?")

    assert "in about 15 minutes" in story.hears()[-1]


def test_what_the_hand_over_has_said_is_not_repeated(tell):
    story = tell(says_when)
    story.says("a person please")
    assert story.hears() == ["Somebody answers you shortly."]

    story.says("ok")

    (told,) = story.hears()
    assert told.startswith('Your message is with our team. To go on with the assistant, write "back".')


def test_to_look_up_when_somebody_comes_tells_the_customer_nothing(tell):
    def looks(turn: Turn) -> str:
        turn.escalate(f"comes {turn.reachable.words(turn.language, turn.now)}")
        return COLLEAGUE

    story = tell(looks)
    story.says("a person please")
    assert story.hears() == [COLLEAGUE]

    story.says("ok")

    (told,) = story.hears()
    assert "somebody will answer you here shortly" in told


def test_after_a_stop_nothing_is_said(waits):
    story = waits()

    story.says("STOP")
    story.says("hello?")

    assert story.hears() == []


def test_who_has_used_up_a_budget_is_told_nothing_more_and_cannot_come_back(tell):
    story = tell(assistant, budget_messages_per_day=1)
    story.says("one")
    story.says("two")
    assert story.hears() == ["re: one", COLLEAGUE]

    story.says("hello?")
    taps_back(story)

    assert story.hears() == []
    assert story.session().state is State.WAITING_AGENT


# -- back to the assistant


def test_a_tap_brings_the_assistant_back_and_it_answers_what_is_open(waits):
    story = waits()
    story.says("is it sold?")
    story.says("and the price?")
    story.hears()

    taps_back(story)

    assert story.hears() == ["re: is it sold? + and the price?"]
    assert len(story.events()[-2]["asked"].split(",")) == 2
    assert (story.session().state, story.session().wait, waiting(story)) == (State.ACTIVE, None, [])


def test_what_is_kept_of_the_turn_in_which_it_is_back_belongs_to_what_is_open(waits):
    def early(turn: Turn) -> str:
        if "person" in turn.text:
            return assistant(turn)
        turn.say_now("One moment.")
        turn.step("look", lambda: 1)
        return assistant(turn)

    story = waits(early)
    story.says("is it sold?")
    story.hears()

    taps_back(story)

    assert story.hears() == ["One moment.", "re: is it sold?"]
    assert [one.text for one in story.session().context.message_history[-2:]] == [
        "One moment.",
        "re: is it sold?",
    ]
    assert story.redis.exists(f"steps:whatsapp:{ALIA}") == 0


def test_what_asked_for_the_person_is_not_asked_again(waits):
    story = waits()
    story.says("is it sold?")
    story.says("where is the manager?")
    story.hears()

    taps_back(story)

    assert story.hears() == ["re: is it sold?"]
    assert story.session().state is State.ACTIVE


def test_a_word_does_the_same_in_whatever_place_it_stands(waits):
    story = waits()
    story.says("is it sold?")
    story.hears()
    story.posts("رجوع")
    story.posts("villas in Maadi")

    story.work()

    assert story.hears() == ["re: is it sold?", "re: villas in Maadi"]


def test_what_is_open_is_answered_one_by_one_and_each_answer_quotes_its_question(waits):
    story = waits()
    story.says("is it sold?", id="wamid.sold")
    story.waits(minutes=5)
    story.says("and")
    story.says("the price?", id="wamid.price")
    story.hears()

    taps_back(story)

    said = story.receives()
    assert [(one["text"], one["replyTo"]) for one in said] == [
        ("re: is it sold?", "wamid.sold"),
        ("re: and + the price?", "wamid.price"),
    ]


def test_the_answer_to_a_question_knows_what_was_said_to_those_before(waits):
    def counts(turn: Turn) -> str:
        if "person" in turn.text:
            return assistant(turn)
        turn.remember(count=(turn.known.count or 0) + 1)
        before = [one.text for one in turn.history if one.text.startswith("answer")]
        return f"answer {turn.known.count} to {turn.text}, after {before}"

    story = waits(counts)
    story.says("is it sold?")
    story.waits(minutes=5)
    story.says("and the price?")
    story.hears()

    story.waits(minutes=15)

    assert story.hears()[1:] == [
        "answer 1 to is it sold?, after []",
        "answer 2 to and the price?, after ['answer 1 to is it sold?, after []']",
    ]
    assert story.session().context.extracted_info.count == 2


def test_each_question_has_steps_of_its_own_and_a_repeated_turn_does_none_again(waits):
    booked = []

    def books(turn: Turn) -> str:
        if "person" in turn.text:
            return assistant(turn)
        number = turn.step("book", lambda: booked.append(turn.text) or len(booked))
        if turn.text == "two" and len(booked) == 2 and not turn.known.failed:
            booked.append("failed")
            raise InturnError("the worker dies behind the step")
        return f"{turn.text}: {number}"

    story = waits(books)
    story.says("one")
    story.waits(minutes=5)
    story.says("two")
    story.hears()

    story.waits(minutes=15)
    story.waits(minutes=1)

    assert story.hears()[1:] == ["one: 1", "two: 2"]
    assert booked == ["one", "two", "failed"]
    assert story.redis.exists(f"steps:whatsapp:{ALIA}") == 0


def test_a_step_of_what_stays_open_is_not_done_again_when_it_is_asked_again(waits):
    booked = []

    class Books(Helpful):
        def __call__(self, turn: Turn) -> str | None:
            if "villa" not in turn.text:
                return super().__call__(turn)
            return f"Booked: {turn.step('book', lambda: booked.append(1) or len(booked))}"

    story = waits(Books(), while_waiting="assist")
    # Its answer is not sent, since the customer wants nothing.
    story.posts("book the villa")
    story.posts("STOP")
    story.work()
    assert (story.hears(), booked) == ([], [1])
    story.says("START")
    story.hears()

    story.waits(minutes=15)

    assert story.hears()[1:] == ["Booked: 1"]
    assert booked == [1]
    assert story.redis.exists(f"steps:whatsapp:{ALIA}") == 0


def test_who_has_asked_nothing_reads_that_the_assistant_is_here(waits):
    story = waits()

    story.says("back")

    assert story.hears() == [HERE]
    story.says("villas")
    assert story.hears() == ["re: villas"]


def test_on_a_channel_without_buttons_its_number_brings_it_back(tell):
    story = tell(assistant)
    story.says("a person please", OMAR, "twilio")
    story.says("is it sold?", OMAR, "twilio")
    assert "1. Back to assistant" in story.hears(OMAR)[-1]

    story.says("1", OMAR, "twilio")

    assert story.hears(OMAR) == ["re: is it sold?"]


def test_an_agent_who_has_it_is_not_talked_over(waits):
    story = waits()
    story.says("is it sold?")
    story.hears()
    story.agent("mona").takes_over()

    story.says("back")
    taps_back(story)

    assert story.hears() == []
    assert story.session().held_by == "mona"
    assert [one.text for one in story.session().context.message_history[-2:]] == ["back", "Back to assistant"]


def test_a_button_that_is_tapped_later_never_puzzles_the_assistant(waits):
    story = waits()
    story.says("is it sold?")
    story.agent("mona").answers("It is not.")
    story.hears()

    taps_back(story)

    assert story.hears() == [HERE]
    assert story.session().state is State.ACTIVE


def test_what_was_deleted_is_not_answered_and_what_was_edited_is_answered_as_it_is(waits):
    story = waits()
    story.says("is it sold?", id="wamid.sold")
    story.says("tell me your price", id="wamid.price")
    story.hears()
    story.says("", kind="revoke", reply_to="wamid.sold")
    story.says("what is the price?", kind="edit", reply_to="wamid.price")

    taps_back(story)

    assert story.hears() == ["re: what is the price?"]


def test_to_come_back_counts_as_messages_do(waits):
    story = waits(rate_limit_messages_per_hour=2)
    story.says("one")
    story.says("two")
    story.hears()

    taps_back(story)

    answered, refused = story.hears()
    assert answered == "re: one"
    assert refused.startswith("You have sent a lot of messages.")


# -- the assistant meanwhile


def test_the_assistant_answers_meanwhile_and_the_customer_still_waits(waits):
    story = waits(Helpful(), while_waiting="assist")

    story.says("a villa in Maadi")

    told, answered = story.hears()
    assert told.startswith("Your message is with our team")
    assert answered == "re: a villa in Maadi"
    assert (story.session().state, waiting(story)) == (State.WAITING_AGENT, [f"whatsapp:{ALIA}"])
    assert story.session().context.message_history[-1].text == answered  # so the agent sees it


def test_what_it_does_not_answer_is_open_and_nothing_else(waits):
    story = waits(Helpful(), while_waiting="assist")
    story.says("a villa in Maadi")
    story.says("where is the manager?")
    story.hears()

    story.waits(minutes=15)

    sorry, answered = story.hears()
    assert sorry.startswith(SORRY)
    assert answered == "re: where is the manager?"


@pytest.mark.parametrize(("asked", "how"), [(assistant, "assist"), (Helpful(), "silent")])
def test_an_assistant_is_asked_only_if_it_can_and_shall(waits, asked, how):
    story = waits(asked, while_waiting=how)

    story.says("a villa in Maadi")

    assert [text for text in story.hears() if text.startswith("re:")] == []


def test_meanwhile_it_may_ask_again_for_a_person_and_ends_nothing(waits):
    class Visits(Helpful):
        def __call__(self, turn: Turn) -> str | None:
            if not turn.waiting:
                return assistant(turn)
            turn.escalate("wants a viewing")
            turn.close()
            return "Noted."

    story = waits(Visits(), while_waiting="assist")

    story.says("a villa on Friday")

    assert story.hears()[-1] == "Noted."
    assert (story.session().state, story.session().escalation) == (State.WAITING_AGENT, "wants a viewing")


def test_an_agent_who_comes_while_it_thinks_is_not_talked_over(tell):
    class Slow(Helpful):
        def __call__(self, turn: Turn) -> str | None:
            if turn.waiting:
                story.agent("mona").posts(AgentActionType.TAKE_OVER)
                asyncio.run(story.services.intake.drain(0))
            return super().__call__(turn)

    story = tell(Slow(), while_waiting="assist")
    story.says("a person please")
    story.hears()

    story.says("a villa in Maadi")

    assert story.hears() == []
    assert story.session().held_by == "mona"


def test_messages_above_the_limit_wait_for_the_person(waits):
    story = waits(Helpful(), while_waiting="assist", rate_limit_messages_per_hour=1)
    story.says("a villa in Maadi")
    story.hears()

    story.says("a villa in Zamalek")

    assert story.hears() == []
    assert story.session().wait.open


# -- nobody was free


def test_what_was_asked_meanwhile_is_answered_when_nobody_was_free(waits):
    story = waits()
    story.says("is it sold?")
    story.says("and the price?")
    story.hears()

    story.waits(minutes=15)

    sorry, answered = story.hears()
    assert sorry.startswith(SORRY)
    assert answered == "re: is it sold? + and the price?"
    assert (story.session().state, waiting(story)) == (State.ACTIVE, [])
    (event,) = [event for event in story.events() if event.get("action") == "time_out"]
    assert len(event["replied"].split(",")) == 2
    story.waits(hours=1)
    assert story.hears() == []


def test_what_an_agent_has_answered_is_not_answered_again(waits):
    story = waits()
    story.says("is it sold?")
    story.agent("mona").answers_and_keeps_it("It is not.")
    story.says("and the price?")
    story.hears()

    story.waits(minutes=15)

    assert story.hears()[1:] == ["re: and the price?"]


def test_without_a_question_nothing_is_answered(waits):
    story = waits()

    story.waits(minutes=15)

    assert [text.startswith(SORRY) for text in story.hears()] == [True]


def test_the_assistant_may_ask_for_a_person_again(waits):
    story = waits()
    story.says("I want a person!")
    story.hears()

    story.waits(minutes=15)

    assert story.hears()[1:] == [COLLEAGUE]
    assert (story.session().state, waiting(story)) == (State.WAITING_AGENT, [f"whatsapp:{ALIA}"])
    (event,) = [event for event in story.events() if event.get("action") == "time_out"]
    assert event["escalated"] == "the customer asked"


def test_an_assistant_that_fails_leaves_nobody_waiting(waits):
    def fails(turn: Turn) -> str:
        if "person" not in turn.text:
            raise InturnError("no")
        return assistant(turn)

    story = waits(fails, max_turn_attempts=2)
    story.says("is it sold?")
    story.hears()

    story.waits(minutes=15)
    story.waits(minutes=1)

    sorry, apology = story.hears()
    assert sorry.startswith(SORRY)
    assert "something went wrong" in apology
    assert story.session().state is State.ACTIVE
    (letter,) = story.dead_letters()
    assert letter["kind"] == "message"


def test_what_has_an_effect_elsewhere_happens_once_if_the_turn_of_the_time_out_is_repeated(waits):
    booked, failed = [], []

    def books(turn: Turn) -> str:
        if "person" in turn.text:
            return assistant(turn)
        number = turn.step("book", lambda: booked.append(1) or len(booked))
        if not failed:
            failed.append(1)
            raise InturnError("the worker dies behind the step")
        return f"Booked: {number}"

    story = waits(books)
    story.says("book it")
    story.hears()

    story.waits(minutes=15)
    story.waits(minutes=1)

    assert story.hears()[1:] == ["Booked: 1"]
    assert booked == [1]
    assert story.redis.exists(f"steps:whatsapp:{ALIA}") == 0


def test_what_is_said_early_comes_after_the_reason(waits):
    def early(turn: Turn) -> str:
        if "person" not in turn.text:
            turn.say_now("One moment.")
        return assistant(turn)

    story = waits(early)
    story.says("is it sold?")
    story.hears()

    story.waits(minutes=15)

    assert story.hears()[1:] == ["One moment.", "re: is it sold?"]


def test_where_the_conversation_stays_with_people_nothing_is_lost(waits):
    story = waits(agent_timeout_then="stay")
    story.says("is it sold?")
    story.waits(minutes=15)
    story.hears()

    taps_back(story)

    assert story.hears() == ["re: is it sold?"]


def test_the_history_tells_who_said_what(waits):
    story = waits()
    story.says("is it sold?")
    story.waits(minutes=15)

    assert [one.role for one in story.session().context.message_history] == [
        Role.USER,
        Role.ASSISTANT,
        Role.USER,
        Role.ASSISTANT,  # the acknowledgement
        Role.ASSISTANT,  # nobody was free
        Role.ASSISTANT,
    ]
