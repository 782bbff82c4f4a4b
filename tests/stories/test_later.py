"""Later: an assistant comes back to a customer on its own, at a good time, once, and not if something came between."""

import asyncio
import json
from datetime import datetime, timedelta

import pytest

from session import State, Turn
from session.contents import Timer
from tests.stories.desk import ALIA

CAIRO = {"time_zone": "Africa/Cairo", "quiet_hours": "21:00-09:00"}


def assistant(turn: Turn) -> str | None:
    """Remind of viewings; "call me off" and "never mind" cancel."""
    if turn.timer:
        return (
            f"{turn.timer.text} (villa {turn.timer.payload['villa']})"
            if turn.timer.payload
            else turn.timer.text
        )
    match turn.text:
        case "thursday at ten":
            local = turn.now.astimezone(turn.time_zone)
            thursday = local + timedelta(days=(3 - local.weekday()) % 7)
            at = datetime.combine(thursday.date(), datetime.min.time(), turn.time_zone).replace(hour=10)
            when = turn.later("viewing", at=at, text="Your viewing is today.", payload={"villa": 7})
        case "tonight":
            when = turn.later(
                "tonight", in_=timedelta(hours=10), text="Good morning! You wanted to hear from me."
            )
        case "unless somebody calls me":
            when = turn.later("call", in_=timedelta(hours=1), text="Shall we call you?", until_takeover=True)
        case "never mind":
            return "Fine." if turn.cancel_later("viewing") else "There was nothing."
        case "bye":
            turn.close("done")
            return "Bye."
        case _:
            return f"You said: {turn.text}"
    return f"I will write on {when.astimezone(turn.time_zone):%A at %H:%M}."


def test_a_reminder_on_thursday_at_ten_comes_on_thursday_at_ten(tell):
    story = tell(assistant, **CAIRO)  # it is Friday, two o'clock in Cairo

    story.says("thursday at ten")
    assert story.hears() == ["I will write on Thursday at 10:00."]
    story.waits(days=5, hours=19, minutes=59)
    assert story.hears() == []
    story.waits(minutes=1)

    # The record of the session had expired long before, and a new one has begun.
    assert story.session().created_at == story.clock.now()
    last = story.session().context.message_history
    assert [(said.role, said.text) for said in last] == [
        ("timer", "Your viewing is today."),
        ("assistant", "Your viewing is today. (villa 7)"),
    ]
    assert last[0].full == Timer(name="viewing", text="Your viewing is today.", at=last[0].full.at)
    # More than a day after the customer's last message nothing free-form may be sent.
    assert [letter["why"].partition(":")[0] for letter in story.dead_letters()] == ["window"]


def test_within_the_window_it_is_heard(tell):
    story = tell(assistant, **CAIRO)
    story.clock.move(days=5)  # Wednesday

    story.says("thursday at ten")
    story.waits(hours=20)

    assert story.hears() == ["I will write on Thursday at 10:00.", "Your viewing is today. (villa 7)"]
    story.waits(hours=1)
    assert story.hears() == []
    # It counts for no limit, and is no message of the customer.
    assert story.session().message_count == 1
    assert {name: story.redis.hget("tally", f"timers|{name}") for name in ("set", "rang")} == {
        "set": "1",
        "rang": "1",
    }


def test_what_would_come_at_night_comes_in_the_morning(tell):
    story = tell(assistant, **CAIRO)

    story.says("tonight")
    assert story.hears() == ["I will write on Saturday at 09:00."]
    story.waits(hours=10)
    assert story.hears() == []
    story.waits(hours=9)

    assert story.hears() == ["Good morning! You wanted to hear from me."]


def test_if_the_night_begins_earlier_by_now_it_waits_for_the_morning(tell):
    story = tell(assistant, time_zone="Africa/Cairo")
    story.says("tonight")
    assert story.hears() == ["I will write on Saturday at 00:00."]

    # The operator sets quiet hours, and restarts the workers.
    later = tell(assistant, client=story.redis, **CAIRO)
    later.clock.move(hours=10)
    later.sweep()
    assert later.hears() == []
    assert [event["timers_moved"] for event in later.events() if "timers_moved" in event] == ['["tonight"]']
    later.waits(hours=9)

    assert later.hears() == ["Good morning! You wanted to hear from me."]


def test_an_agent_who_has_the_conversation_sees_it_and_the_customer_hears_it_afterwards(tell):
    story = tell(assistant, agent_timeout_minutes=0)
    mona = story.agent("mona")
    story.says("tonight")
    story.says("unless somebody calls me")
    story.hears()

    mona.takes_over()
    story.waits(hours=10)

    assert story.hears() == []
    assert [said.text for said in story.session().context.message_history if said.role == "timer"] == [
        "Good morning! You wanted to hear from me."
    ]
    assert story.session().state is State.WAITING_AGENT
    assert [event["timers_gone"] for event in story.events() if "timers_gone" in event] == ['["call"]']

    mona.hands_back()
    story.waits(seconds=1)
    assert story.hears() == ["Good morning! You wanted to hear from me."]
    assert [said.role for said in story.session().context.message_history].count("timer") == 1
    story.waits(hours=1)
    assert story.hears() == []


def test_an_agent_who_never_gives_it_back_does_not_swallow_it(tell):
    story = tell(assistant, agent_timeout_minutes=0)
    mona = story.agent("mona")
    story.says("tonight")
    mona.answers_and_keeps_it("Yes?")
    story.waits(hours=10)
    assert story.hears() == ["I will write on Friday at 22:00.", "Yes?"]

    # The record of the session expires, and with it what the agent has.
    story.waits(hours=14, seconds=1)

    assert story.session().state is State.ACTIVE
    assert [said.role for said in story.session().context.message_history] == ["timer", "assistant"]


def test_who_only_waits_for_a_person_hears_it_and_goes_on_waiting(tell):
    def escalates(turn: Turn) -> str | None:
        if turn.text == "a person":
            turn.escalate("asked")
        return assistant(turn)

    story = tell(escalates, agent_timeout_minutes=0)
    story.says("tonight")
    story.says("a person")
    story.hears()

    story.waits(hours=10)

    assert story.hears() == ["Good morning! You wanted to hear from me."]
    assert story.session().state is State.WAITING_AGENT


@pytest.mark.parametrize("closes", ["the assistant", "an agent", "an operator"])
def test_what_outlives_a_close_comes_in_a_new_session_and_nothing_else(tell, closes):
    def lasting(turn: Turn) -> str | None:
        if turn.text == "news":
            turn.later("news", in_=timedelta(hours=1), text="Here are the news.", outlives_close=True)
        return assistant(turn)

    story = tell(lasting)
    story.says("news")
    story.says("tonight")
    before = story.session().id
    if closes == "the assistant":
        story.says("bye")
    elif closes == "an agent":
        story.agent("mona").closes()
    else:
        story.manager.close(ALIA)
    story.hears()
    assert [json.loads(event["timers_gone"]) for event in story.events() if "timers_gone" in event] == [
        ["tonight"]
    ]

    story.waits(hours=12)

    assert story.hears() == ["Here are the news."]
    assert story.session().id != before


@pytest.mark.parametrize("ends", ["STOP", "forgetting"])
def test_nothing_outlives_a_stop_or_forgetting(tell, ends):
    def lasting(turn: Turn) -> None:
        turn.later("news", in_=timedelta(hours=1), text="Here are the news.", outlives_close=True)

    story = tell(lasting)
    story.says("news")
    if ends == "STOP":
        story.says("STOP")
    else:
        story.agent("mona").forgets()

    story.waits(hours=2)

    assert story.hears() == []


def test_a_takeover_between_ringing_and_its_turn_cancels_it_too(tell):
    story = tell(assistant)
    mona = story.agent("mona")
    story.says("unless somebody calls me")
    story.hears()
    mona.posts("take_over")
    story.drains_only()
    story.clock.move(hours=1)
    story.sweep()

    assert story.hears() == []
    assert [said.role for said in story.session().context.message_history] == ["user", "assistant"]


def test_a_worker_that_dies_between_changes_nothing(tell):
    story = tell(assistant)
    story.says("tonight")
    story.hears()
    story.clock.move(hours=10)

    # The sweep rings, and its wake-up is lost; the next worker dies in its turn.
    story.wakeups.broken = True
    story.sweep()
    story.sweep()
    story.wakeups.broken = False
    turns = story.services.turns
    taken = asyncio.run(turns.run(turns.store.take(f"whatsapp:{ALIA}", holder="dead")))
    assert taken.messages[0].is_timer
    story.waits(minutes=1)
    story.waits(minutes=1)

    assert story.hears() == ["Good morning! You wanted to hear from me."]


@pytest.mark.parametrize("said", ["never mind", "bye", "STOP"])
def test_what_is_called_off_does_not_come(tell, said):
    story = tell(assistant)
    story.says("thursday at ten")
    story.says(said)
    story.hears()

    story.waits(days=7)

    assert story.hears() == []
    assert [event["timers_gone"] for event in story.events() if "timers_gone" in event] == ['["viewing"]']
    assert not story.redis.exists(f"timers:whatsapp:{ALIA}")


def test_who_is_forgotten_hears_nothing_more(tell):
    story = tell(assistant)
    story.says("tonight")
    story.agent("mona").forgets()
    story.hears()

    story.waits(hours=12)

    assert story.hears() == []
    assert [key for key in story.redis.scan_iter() if ALIA in key] == []


def test_an_agent_cancels_it_at_the_desk(tell):
    story = tell(assistant)
    story.says("tonight")
    story.hears()
    (record,) = story.redis.hvals(f"timers:whatsapp:{ALIA}")
    id_ = record.partition('"id":"')[2].partition('"')[0]

    story.agent("mona").does("cancel_timer", timer=id_)
    story.agent("omar").does("cancel_timer", timer=id_)
    story.waits(hours=10)

    assert story.hears() == []
    assert [event.get("declined", "") for event in story.events() if "action" in event] == ["", "gone"]


def test_a_customer_whose_number_changes_keeps_it(tell):
    story = tell(assistant)
    story.says("tonight")
    story.hears()
    new = "+201009999999"
    changed = {"from": ALIA.removeprefix("+"), "id": "wamid.S", "timestamp": "4102488000", "type": "system"}
    changed["system"] = {"type": "user_changed_number", "wa_id": new.removeprefix("+"), "body": "changed"}

    assert story.posts_meta(changed) == 200
    story.work()
    story.waits(hours=10)

    assert (story.hears(), story.hears(new)) == ([], ["Good morning! You wanted to hear from me."])


def test_one_whose_turn_fails_is_a_dead_letter_without_an_apology_and_can_be_put_back(tell):
    broken = [True]

    def fails(turn: Turn) -> str | None:
        if turn.timer and broken:
            raise ZeroDivisionError
        return assistant(turn)

    story = tell(fails, max_turn_attempts=1)
    story.says("tonight")
    story.hears()
    story.waits(hours=10)
    assert story.hears() == []
    (letter,) = story.dead_letters()

    broken.clear()
    story.revives(letter)
    story.waits(seconds=2)

    assert story.hears() == ["Good morning! You wanted to hear from me."]
