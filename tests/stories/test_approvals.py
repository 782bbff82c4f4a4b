"""What a person must allow: a customer asks for it, an agent decides, the assistant does it once, and nobody is talked over."""

from session import State, Turn
from session.agent_actions import AgentActionType
from session.timers import read_timers
from tests.stories.desk import ALIA

PAID = []


def clerk(turn: Turn) -> str | None:
    """It asks before it refunds."""
    if decided := turn.decision:
        if not decided.approved:
            return f"Not this time, says {decided.by or 'nobody'}."
        turn.step("refund", lambda: PAID.append(decided.data))
        return f"Refunded {decided.data}."
    match turn.text.split():
        case ["refund", amount]:
            turn.ask_approval("refund", text=f"Refund {amount}?", data=amount)
            return "I ask a colleague."
        case ["person"]:
            turn.escalate("asked")
            return "One moment."
        case ["bye"]:
            turn.close("done")
            return "Bye."
    return f"You said: {turn.text}"


def asked(story, customer=ALIA):
    """The id of what is open."""
    pairs = [part for pair in story.redis.hgetall(f"timers:whatsapp:{customer}").items() for part in pair]
    return [record.message.id for record in read_timers(pairs).values()]


def begin(tell, **settings):
    PAID.clear()
    story = tell(clerk, **settings)
    story.says("refund 500")
    assert story.hears() == ["I ask a colleague."]
    return story


def decide(story, which=None, by="Mona", *, approved=True, **more):
    which = which or asked(story)[0]
    return story.agent(by).does(AgentActionType.DECIDE, timer=which, approved=approved, **more)


def outcome(story, action):
    return next(event for event in story.events() if event.get("action_id") == action.id)


def test_an_approval_is_carried_out_once_and_the_customer_is_told(tell):
    story = begin(tell)

    done = decide(story, text="as agreed")

    assert (story.hears(), PAID, asked(story)) == (["Refunded 500."], ["500"], [])
    event = outcome(story, done)
    assert (event["approval"], event["approved"], event["by"]) == ("refund", "yes", "Mona")
    story.agent("Mona").posts_again(done)
    story.work()
    assert (story.hears(), PAID) == ([], ["500"])


def test_of_two_decisions_the_first_counts(tell):
    story = begin(tell)
    (which,) = asked(story)

    decide(story, which, approved=False)
    late = decide(story, which, "Ali")

    assert (story.hears(), PAID) == (["Not this time, says Mona."], [])
    assert outcome(story, late)["declined"] == "gone"


def test_a_decision_about_what_was_asked_anew_is_declined(tell):
    story = begin(tell)
    (which,) = asked(story)
    story.says("refund 700")

    late = decide(story, which)

    assert (outcome(story, late)["declined"], PAID) == ("gone", [])
    decide(story)
    assert PAID == ["700"]


def test_it_takes_effect_behind_what_the_customer_wrote_before(tell):
    story = begin(tell)
    (which,) = asked(story)
    story.posts("never mind")
    story.drains_only()

    decide(story, which)

    assert story.hears() == ["You said: never mind", "Refunded 500."]


def test_while_a_person_is_awaited_it_is_done_and_not_told_to_the_customer(tell):
    story = begin(tell)
    story.says("person")
    story.hears()

    decide(story)

    assert (story.hears(), PAID) == ([], ["500"])
    assert story.session().state is State.WAITING_AGENT
    assert story.session().context.message_history[-1].content.outcome == "Refunded 500."


def test_a_close_and_a_stop_end_what_was_asked(tell):
    for words in ("bye", "STOP"):
        story = begin(tell)
        (which,) = asked(story)
        story.says(words)
        story.says("START")
        story.hears()

        late = decide(story, which)

        assert (outcome(story, late)["declined"], story.hears(), PAID) == ("gone", [], [])


def test_what_nobody_decides_is_told_to_the_customer_in_time(tell):
    story = begin(tell)

    story.waits(hours=20)

    assert (story.hears(), asked(story)) == (["Not this time, says nobody."], [])


def test_an_assistant_that_fails_leaves_what_was_asked_open_for_another_try(tell):
    broken = [True]

    def sometimes(turn):
        if turn.decision and broken:
            raise RuntimeError("the bank is away")
        return clerk(turn)

    PAID.clear()
    story = tell(sometimes)
    story.says("refund 500")
    story.hears()
    failed = decide(story)
    for _ in range(10):
        story.waits(minutes=5)

    assert (outcome(story, failed)["declined"], story.hears(), len(asked(story))) == ("failed", [], 1)
    broken.clear()
    (letter,) = story.dead_letters()
    story.revives(letter)
    story.waits(minutes=1)
    assert (story.hears(), PAID) == (["Refunded 500."], ["500"])


def test_nor_is_it_told_to_a_customer_who_waits_for_a_person(tell):
    story = begin(tell, agent_timeout_minutes=0)
    story.says("person")
    story.hears()

    story.waits(hours=20)

    assert (story.hears(), asked(story), story.session().decide_by) == ([], [], None)
    assert story.session().context.message_history[-1].text == "Refund 500?\n[nobody has decided]"


def test_the_desk_lists_nothing_of_a_customer_whom_the_provider_has_opted_out(tell):
    story = begin(tell)
    assert story.session().decide_by is not None
    story.redis.delete(f"timers:whatsapp:{ALIA}")  # as the script of the opt-out does

    story.says("hello")

    assert story.session().decide_by is None
