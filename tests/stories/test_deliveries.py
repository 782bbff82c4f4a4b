"""Replies reach the customer in order, or a dead letter says why not."""

import asyncio

import pytest

from session import Turn
from tests.stories.telling import ALIA, OMAR

both = pytest.mark.parametrize("channel", ["meta", "twilio"])


def fault(story, channel, mode, **more):
    answer = story.phone.post("/simulator/faults", json={"channel": channel, "mode": mode, **more})
    assert answer.status_code == 200, answer.json


def status(story, state, customer=ALIA):
    """The provider reports the status of the latest reply."""
    story.tells_status(story.receives(customer)[-1], state)


def fails_later(story, channel, code, customer=ALIA):
    """The provider reports later that the latest reply failed."""
    sent = story.receives(customer)[-1]
    story.tells_status(sent, "failed", code=code)


@both
def test_a_throttled_reply_waits_and_later_replies_wait_behind_it(tell, channel):
    story = tell()
    fault(story, channel, "throttle", count=2)

    story.says("one", channel=channel)
    story.says("two", channel=channel)
    story.says("hello", OMAR, channel)
    assert story.hears(ALIA) == []
    assert story.hears(OMAR) == []

    for _ in range(5):
        story.waits(seconds=5)
    assert story.hears(ALIA) == ["one", "two"]
    assert story.hears(OMAR) == ["hello"]


@both
def test_only_the_throttled_conversation_waits(tell, channel):
    story = tell()
    fault(story, channel, "throttle", customer=ALIA)

    story.says("one", channel=channel)
    story.says("hello", OMAR, channel)

    assert story.hears(ALIA) == []
    assert story.hears(OMAR) == ["hello"]


@both
def test_a_refused_reply_is_a_dead_letter_and_the_next_one_is_sent(tell, channel):
    story = tell()
    fault(story, channel, "reject", count=1)

    story.says("refused", channel=channel)
    story.says("taken", channel=channel)

    assert story.hears() == ["taken"]
    (letter,) = story.dead_letters()
    assert letter["kind"] == "reply"
    assert letter["why"].split(":")[0].isdigit()
    assert "refused" in letter["raw"]


def test_an_expired_token_pauses_the_sender_and_nothing_is_lost(tell):
    story = tell()
    fault(story, "meta", "reject", code=190)

    story.says("one")
    story.says("two")
    assert story.hears() == []
    assert list(story.pauses.all()) == ["meta:106540352242922"]
    assert story.webhook.test_client().get("/readyz").json["paused"] == {"meta:…922": "190"}

    # A trial send finds that it works again.
    story.phone.delete("/simulator")
    story.waits(seconds=30)
    assert story.hears() == ["one", "two"]
    assert story.pauses.all() == {}


def test_replies_that_pile_up_behind_a_paused_sender_have_an_end_and_what_is_beyond_is_a_dead_letter(tell):
    story = tell(outbox_max_replies=3)
    fault(story, "meta", "reject", code=190)
    for word in ("one", "two", "three", "four", "five"):
        story.says(word)

    letters = story.dead_letters()
    assert [(letter["kind"], letter["count"]) for letter in letters] == [("overflow", "1")] * 2
    assert "four" in letters[0]["raw"]

    # It goes on when the sender does; nobody is told what was not queued.
    story.phone.delete("/simulator")
    story.waits(seconds=30)
    story.says("six")
    assert story.hears() == ["one", "two", "three", "six"]


@both
def test_an_interrupted_send_is_settled_by_the_providers_status(tell, channel):
    story = tell()
    fault(story, channel, "drop", count=1)

    story.says("once", channel=channel)
    story.says("behind it", channel=channel)
    (sent,) = story.receives()
    assert sent["text"] == "once"

    story.tells_status(sent, "delivered")
    story.waits(seconds=0)
    assert story.hears() == ["behind it"]


@both
def test_an_interrupted_send_is_repeated_if_no_status_arrives(tell, channel):
    story = tell()
    fault(story, channel, "drop", count=1)

    story.says("maybe", channel=channel)
    assert story.hears() == ["maybe"]
    story.waits(seconds=9)
    assert story.hears() == []
    story.waits(seconds=1)

    assert story.hears() == ["maybe"]
    resent = [event for event in story.events() if "resent" in event]
    assert len(resent) == 1


@pytest.mark.slow
@both
def test_a_gateway_error_does_not_double_replies(tell, channel):
    # Given a provider that accepts everything behind a gateway that always answers 502
    story = tell()
    fault(story, channel, "gateway")
    customers = [f"+2010012345{n}" for n in range(10, 40)]

    for customer in customers:
        story.says("once", customer, channel)
    arrived = []
    for _ in range(40):
        for customer in customers:
            for sent in story.receives(customer):
                arrived.append(customer)
                story.tells_status(sent, "delivered")
        story.waits(minutes=1)

    # Then thirty replies are thirty messages.
    assert sorted(arrived) == customers
    assert story.dead_letters() == []


@both
@pytest.mark.parametrize("mode", ["gateway", "silent", "drop"])
@pytest.mark.parametrize("on_unknown", ["resend", "hold"])
def test_a_reply_in_doubt_is_repeated_once_at_most_and_then_held(tell, channel, mode, on_unknown):
    # Given a provider that accepts everything, but neither answers in time nor sends a status
    story = tell(provider_is_patient=mode != "silent", reply_on_unknown=on_unknown)
    fault(story, channel, mode, seconds=0)

    story.says("maybe", channel=channel)
    for _ in range(20):
        story.waits(seconds=30)

    arrived = ["maybe", "maybe"] if on_unknown == "resend" else ["maybe"]
    assert story.hears() == arrived
    (letter,) = story.dead_letters()
    assert (letter["kind"], letter["why"].split(":")[0]) == ("reply", "unknown")

    # When an operator retries it, it is sent again, or not.
    story.phone.delete("/simulator/faults")
    story.revives(letter)
    story.waits(minutes=5)
    assert story.hears() == ["maybe"]


def test_an_interrupted_send_is_held_if_the_setting_says_so(tell):
    story = tell(reply_on_unknown="hold")
    fault(story, "meta", "drop", count=1)

    story.says("maybe")
    story.says("next")
    story.waits(seconds=10)

    assert story.hears() == ["maybe", "next"]
    (letter,) = story.dead_letters()
    assert letter["why"].startswith("unknown")


@both
@pytest.mark.parametrize("retried", [131026, 63016])
def test_a_reply_that_fails_later_is_a_dead_letter_that_can_be_retried(tell, channel, retried):
    story = tell()
    story.says("hello", channel=channel)
    fails_later(story, channel, retried)
    story.says("more", channel=channel)
    assert story.hears() == ["more"]

    (letter,) = story.dead_letters()
    assert (letter["kind"], letter["why"].split(":")[0]) == ("reply", str(retried))
    assert story.pauses.all() == {}
    story.revives(letter)
    story.waits(seconds=1)
    assert story.hears() == ["hello"]


@pytest.mark.parametrize(("channel", "code"), [("meta", 131000), ("meta", 130429), ("twilio", 63018)])
def test_a_reply_that_fails_later_with_a_temporary_error_is_sent_again_in_its_place(tell, channel, code):
    story = tell()
    story.says("hello", channel=channel)
    (sent,) = story.receives()

    story.tells_status(sent, "failed", code=code)
    story.tells_status(sent, "failed", code=code)  # the provider reports it twice
    story.says("more", channel=channel)
    assert story.hears() == []

    story.waits(seconds=15)
    assert story.hears() == ["hello", "more"]
    assert story.dead_letters() == []
    story.tells_status(sent, "failed", code=code)  # and again, long after
    story.waits(minutes=10)
    assert story.hears() == []


def test_a_reply_that_fails_later_is_not_sent_again_after_a_newer_one(tell):
    story = tell()
    story.says("one")
    (first,) = story.receives()
    story.says("two")
    story.tells_status(first, "failed", code=131000)

    story.waits(minutes=10)
    assert story.hears() == ["two"]
    assert [letter["kind"] for letter in story.dead_letters()] == ["reply"]


def test_a_reply_that_keeps_failing_becomes_a_dead_letter(tell):
    story = tell()
    story.says("hello")
    for pause in (15, 60, 240):
        fails_later(story, "meta", 131000)
        story.waits(seconds=pause - 1)
        assert story.dead_letters() == []
        story.waits(seconds=1)
    fails_later(story, "meta", 131000)
    story.waits(minutes=10)

    assert story.hears() == []
    assert [letter["why"].split(":")[0] for letter in story.dead_letters()] == ["131000"]


def test_a_reply_that_waits_to_be_sent_again_is_cancelled_by_a_takeover(tell):
    story = tell()
    story.says("hello")
    fails_later(story, "meta", 131000)
    story.agent("Mona").takes_over()

    story.waits(seconds=15)
    assert story.hears() == []


@pytest.mark.parametrize(("channel", "code"), [("meta", 131042), ("meta", 131031), ("twilio", 63015)])
def test_a_status_that_concerns_the_whole_sender_pauses_it(tell, channel, code):
    story = tell()
    story.says("hello", channel=channel)
    fails_later(story, channel, code)

    story.says("waits", channel=channel)

    assert story.hears() == []
    assert [pause.code for pause in story.pauses.all().values()] == [str(code)]
    story.waits(seconds=30)
    assert story.hears() == ["waits"]
    # What is accepted may fail later once more: the sender is on again when the next one was accepted as well.
    story.says("and then?", channel=channel)
    assert story.hears() == []
    story.waits(seconds=30)
    assert story.hears() == ["and then?"]
    assert story.pauses.all() == {}


@pytest.mark.parametrize("late", [False, True])
def test_a_customer_who_opted_out_at_the_provider_receives_nothing_until_start(tell, late):
    story = tell()
    story.says("hello", channel="twilio")
    if late:
        story.forgets_what_was_sent()
    fails_later(story, "twilio", 21610)

    story.says("and now?", channel="twilio")
    assert story.hears() == []
    story.says("START", channel="twilio")
    story.says("again", channel="twilio")
    assert story.hears()[-1] == "again"


def test_statuses_of_what_others_send_on_the_same_line_are_counted_and_nothing_else(tell):
    # Given a campaign that another program sends from the same number
    story = tell()
    story.says("hello")
    before = len(story.events())

    told = [
        {
            "id": f"wamid.CAMPAIGN{n}",
            "status": state,
            "timestamp": "4102488000",
            "recipient_id": "16505550111",
        }
        | ({"errors": [{"code": 131049, "title": "not delivered"}]} if state == "failed" else {})
        for n in range(200)
        for state in ("sent", "failed" if n % 10 == 0 else "delivered")
    ]
    story.posts_change({"field": "messages", "value": {"messaging_product": "whatsapp", "statuses": told}})
    story.work()

    assert (len(story.events()), story.dead_letters()) == (before, [])
    assert story.redis.hget("tally", "statuses|foreign") == "400"


def test_a_sender_that_meta_does_not_know_is_paused_and_its_replies_wait(tell):
    # Given a number that is not registered
    story = tell()
    fault(story, "meta", "reject", code=133010)

    story.says("hello")

    assert story.dead_letters() == []
    assert list(story.pauses.all()) == ["meta:106540352242922"]
    story.phone.delete("/simulator/faults")
    story.waits(seconds=30)
    assert story.hears() == ["hello"]


def test_no_reply_is_sent_after_the_customer_service_window(tell):
    story = tell()
    fault(story, "meta", "throttle")
    story.says("hello")
    for _ in range(30):
        story.waits(hours=1)
    story.phone.delete("/simulator")
    story.waits(hours=1)

    assert story.hears() == []
    (letter,) = story.dead_letters()
    assert "customer service window closed" in letter["why"]


@both
def test_a_customer_who_opts_out_receives_nothing_until_opting_in_again(tell, channel):
    story = tell()
    story.says("hello", channel=channel)
    story.says("STOP", channel=channel)
    story.says("are you there?", channel=channel)
    assert story.hears() == ["hello"]

    # The opt-out outlives the session.
    story.waits(days=30)
    story.says("hello?", channel=channel)
    assert story.hears() == []

    story.says("Start", channel=channel)
    story.says("hello again", channel=channel)
    heard = story.hears()
    assert heard[0].startswith("Welcome back")
    assert heard[1:] == ["hello again"]


def test_an_opt_out_cancels_unsent_replies(tell):
    story = tell()
    fault(story, "meta", "throttle", count=1)
    story.says("hello")
    story.says("stop")
    story.waits(minutes=1)

    assert story.hears() == []


@both
def test_a_stop_among_twenty_replies_cancels_the_rest(tell, channel):
    def assistant(turn: Turn) -> None:
        for n in range(20):
            turn.reply(f"part {n}")

    # Given twenty replies of which the first waits for a provider that throttles
    story = tell(assistant)
    fault(story, channel, "throttle", count=1)
    story.says("tell me everything", channel=channel)

    # When the customer's STOP is in the mailbox, and its turn has not been taken yet
    story.posts("STOP", channel=channel)
    story.work_once()
    story.clock.move(minutes=1)
    asyncio.run(story.services.courier.deliver(f"whatsapp:{ALIA}"))

    assert story.hears() == []
    story.work()
    story.waits(minutes=1)
    assert story.hears() == []

    # And START allows later replies.
    story.says("START", channel=channel)
    story.says("go on", channel=channel)
    assert len(story.hears()) == 21


def test_long_replies_are_split_at_words_and_arrive_in_order(tell):
    words = " ".join(f"word{n}" for n in range(700))

    def assistant(turn: Turn) -> str:
        return words

    story = tell(assistant)
    story.says("tell me everything")
    story.says("tell me everything", OMAR, "twilio")

    for customer, limit in ((ALIA, 4096), (OMAR, 1600)):
        parts = story.hears(customer)
        assert len(parts) > 1
        assert all(len(part) <= limit for part in parts)
        assert " ".join(parts).split() == words.split()
