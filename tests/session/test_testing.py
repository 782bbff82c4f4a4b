"""The kit with which assistants are tested."""

from datetime import timedelta

import pytest

from session import Button, Reply, SearchLimitReached, State, Template
from session.content_parts import Kind, OrderItem
from session.errors import BadAssistant, NoSuchMedium
from session.history import Role
from session.hours import Hours
from session.models import Member
from session.testing import (
    NOW,
    Conversation,
    Records,
    ask,
    card,
    choice,
    document,
    form,
    from_ad,
    message,
    order,
    photo,
    place,
    quote,
    tap,
    timer,
    turn,
    voice,
)
from session.waiting import BACK, WhileWaiting


def say(what):
    return lambda turn: what


@pytest.mark.parametrize(
    ("sent", "kind", "text", "payload"),
    [
        (message("hello"), Kind.TEXT, "hello", None),
        (tap("sale", "Buy"), Kind.BUTTON, "Buy", "sale"),
        (choice("1", "Villa", "5 million"), Kind.CHOICE, "Villa", "1"),
        (photo("my roof"), Kind.IMAGE, "my roof", None),
        (place(30.0, 31.2, "Maadi"), Kind.LOCATION, "Maadi", None),
        (voice(words="two rooms"), Kind.VOICE, "", None),
        (document("lease.pdf", "please sign"), Kind.DOCUMENT, "please sign", None),
        (form(area="Maadi"), Kind.FORM, "Sent", '{"area": "Maadi"}'),
        (order("B204", note="soon"), Kind.ORDER, "soon", None),
        (card("Mona", "+201001234567"), Kind.CONTACTS, "Mona", None),
        (from_ad("3 rooms in Maadi"), Kind.TEXT, "Can I get more info on this?", None),
    ],
)
def test_whatever_a_customer_sends_can_be_made(sent, kind, text, payload):
    assert (sent.kind, sent.text, sent.payload) == (kind, text, payload)


def test_a_test_message_has_the_fields_of_its_kind():
    assert place(30.0, 31.2).location.latitude == 30.0
    assert photo().media[0].mime_type == "image/jpeg"
    assert choice("1", "Villa", "5 million").details == {"description": "5 million"}


def test_contents_can_be_read_as_a_person_would():
    assert str(voice(words="two rooms").content) == "two rooms"
    assert str(document("lease.pdf").content) == "[document] lease.pdf"
    assert form(area="Maadi", beds=2).content.answers == {"area": "Maadi", "beds": 2}
    assert (
        str(order(OrderItem(product="B204", quantity=2, price=5, currency="EGP")).content)
        == "2 × B204, 5 EGP"
    )
    assert card("Mona", "+20100").content.cards[0].phones == ("+20100",)
    assert from_ad("3 rooms", body="10% down").referral.body == "10% down"


def test_a_reply_can_be_quoted():
    quoted = []

    def assistant(one):
        quoted.extend(message.quoted.text for message in one.messages if message.quoted)
        one.reply("first")
        return "second"

    talk = Conversation(assistant)
    ids = talk.says("hello").ids
    talk.says(quote(ids[1], "this one"))
    ask(assistant, turn(quote("old.1", "the flat"), history=["hello", "a villa or a flat?"]))

    assert quoted == ["second", "a villa or a flat?"]


def test_a_turn_stands_in_the_midst_of_what_went_before():
    one = turn(
        "and", tap("b", "cheap"), history=["hello", "Where?", "Maadi"], known={"budget": 5, "pets": "cats"},
        language="ar", member=Member(user_id="7", name="Alia", role="member"), kind="properties",
    )  # fmt: skip

    assert one.text == "and\ncheap"
    assert [(said.role, said.text) for said in one.history] == [
        (Role.USER, "hello"),
        (Role.ASSISTANT, "Where?"),
        (Role.USER, "Maadi"),
        (Role.USER, "and"),
        (Role.USER, "cheap"),
    ]
    assert (one.known.budget, one.known.pets, one.known.location) == (5, "cats", None)
    assert (one.language, one.member.name, one.kind, one.now) == ("ar", "Alia", "properties", NOW)


@pytest.mark.parametrize(
    ("returned", "texts"), [("hi", ["hi"]), (Reply(text="hi"), ["hi"]), (None, []), ("", [])]
)
def test_an_answer_holds_what_was_returned(returned, texts):
    assert ask(say(returned), turn("hello")).texts == texts


def test_what_an_assistant_may_not_return_is_an_error_here_too():
    with pytest.raises(BadAssistant, match="returned int"):
        ask(say(7), turn("hello"))


def everything(turn):
    turn.reply("one", buttons=[Button(id="b", title="B")])
    turn.remember(location="Maadi")
    turn.search("properties", "villa", limit=3)
    turn.escalate("asked")
    turn.set_intent("find_property")
    turn.set_language("en")
    return "two"


def test_an_answer_tells_everything_that_was_asked_for():
    records = Records(["a villa"])
    answer = ask(everything, turn("hello", catalogue=records))

    assert answer.effects == {
        "replies": ["one", "two"],
        "escalated": "asked",
        "remembered": {"location": "Maadi"},
        "searched": ["villa"],
        "intent": "find_property",
        "language": "en",
    }
    assert answer.replies[0].buttons == (Button(id="b", title="B"),)
    assert answer.searched[0].result_count == 1
    assert records.asked == [("properties", "villa", {"limit": 3})]


def test_nothing_that_did_not_happen_is_among_the_effects():
    assert ask(say(None), turn("hello")).effects == {}
    assert ask(lambda turn: turn.close("bye"), turn("hello")).effects == {"closed": "bye"}


def talkative(turn):
    turn.reply("a")
    turn.reply("b")


def test_text_requires_exactly_one_reply():
    assert ask(say("hi"), turn("hello")).text == "hi"
    for assistant in (say(None), talkative):
        with pytest.raises(AssertionError, match="expected one reply"):
            _ = ask(assistant, turn("hello")).text


def test_a_conversation_goes_on_from_turn_to_turn():
    def assistant(turn):
        seen = turn.known.seen or 0
        turn.remember(seen=seen + len(turn.messages))
        return f"{seen} before, {len(turn.history)} said"

    talk = Conversation(assistant, known={"seen": 1})

    assert talk.says("hello").text == "1 before, 1 said"
    assert talk.says("and", photo()).text == "2 before, 4 said"
    assert talk.session.context.extracted_info.seen == 4
    assert talk.session.message_count == 3


def test_after_an_escalation_the_assistant_is_silent():
    talk = Conversation(lambda turn: turn.escalate("asked"))
    assert talk.says("an agent please").escalated == "asked"

    assert talk.says("hello?").effects == {}
    assert talk.session.state is State.WAITING_AGENT


def test_who_waits_is_told_once_and_comes_back_with_a_word_or_a_tap():
    talk = Conversation(
        lambda turn: turn.escalate("asked") if turn.text == "agent" else f"{turn.text}!",
        meanwhile=WhileWaiting(wants_back=lambda text: text == "back"),
    )
    for back in ("back", tap(BACK)):
        talk.says("agent")

        assert [one.buttons[0].id for one in talk.says("hello?").notices] == [BACK]
        assert talk.says("hello??").notices == ()
        assert "hello?" in talk.says(back).text
        assert talk.session.state is State.ACTIVE


def test_what_asked_for_the_person_is_not_asked_again_when_the_assistant_is_back():
    talk = Conversation(
        lambda turn: turn.escalate("asked") if "agent" in turn.text else f"{turn.text}!",
        meanwhile=WhileWaiting(wants_back=lambda text: text == "back"),
        wants_human=lambda text: "agent" in text,
    )
    talk.says("agent")
    talk.says("an agent, please")

    assert talk.says("back").escalated is None
    assert talk.session.state is State.ACTIVE


def test_an_assistant_that_can_is_asked_while_a_person_is_awaited():
    talk = Conversation(
        lambda turn: turn.escalate("asked") if turn.text == "agent" else f"waiting: {turn.waiting}",
        meanwhile=WhileWaiting(assists=True),
    )
    talk.says("agent")

    assert talk.says("two rooms").text == "waiting: True"
    assert talk.session.state is State.WAITING_AGENT


def test_after_the_end_a_new_session_begins():
    talk = Conversation(lambda turn: turn.close() if turn.text == "bye" else f"{len(turn.history)}")
    talk.says("hello")
    first = talk.session.id
    assert talk.says("bye").closed == "done"

    assert talk.says("hello again").text == "1"
    assert talk.session.id != first


def test_searches_run_out():
    def assistant(turn):
        turn.search("properties", turn.text)

    talk = Conversation(assistant, catalogue=Records(), searches_left=1)

    assert talk.says("villa").effects == {"searched": ["villa"]}
    assert talk.says("flat").texts == [
        "You have used all your searches for now. Please try again in 60 minutes."
    ]
    with pytest.raises(SearchLimitReached) as refused:
        turn("flat", catalogue=Records(), searches_left=0).search("properties", "flat")
    assert refused.value.wait_for == timedelta(hours=1)


@pytest.mark.parametrize("coroutine", [False, True])
def test_an_assistant_reads_the_files_of_a_test(coroutine):
    def reads(one):
        return one.read(one.messages[0].media[0]).decode()

    async def awaits(one):
        return (await one.read(one.messages[0].media[0])).decode()

    assistant, files = awaits if coroutine else reads, {"a": b"bytes"}
    for said in (photo(stored="a"), voice(stored="a"), document("a.pdf", stored="a")):
        assert ask(assistant, turn(said, files=files)).text == "bytes"
        assert Conversation(assistant, files=files).says(said).text == "bytes"
    with pytest.raises(NoSuchMedium):
        ask(assistant, turn(photo(stored="b"), files=files))


def reminder(one):
    if one.timer:
        return f"{one.timer.name}: {one.timer.text} {one.timer.payload}"
    one.later("visit", in_=timedelta(days=2), text="Today!", payload=["villa", 7])
    one.later("call", in_=timedelta(hours=1))
    return f"{len(one.timers)} planned"


async def reminds_later(one):
    return reminder(one)


@pytest.mark.parametrize("assistant", [reminder, reminds_later])
def test_time_passes_and_timers_ring(assistant):
    talk = Conversation(assistant)
    first = talk.says("remind me")

    assert first.effects == {
        "replies": ["2 planned"],
        "planned": {"visit": NOW + timedelta(days=2), "call": NOW + timedelta(hours=1)},
    }
    assert [one.texts for one in talk.passes(timedelta(days=3))] == [
        ["call:  None"],
        ["visit: Today! ['villa', 7]"],
    ]
    assert (talk.now, talk.timers, talk.passes(timedelta(days=3))) == (NOW + timedelta(days=3), {}, [])


def test_a_turn_of_a_timer_by_itself():
    one = turn(timer("visit", "Today!", payload=1))

    assert ask(reminder, one).text == "visit: Today! 1"
    assert (one.text, one.history[-1].role) == ("", "timer")


def test_a_timer_is_replaced_cancelled_and_put_off():
    hours = Hours.of("UTC", quiet="13:00-14:00")
    one = turn("hello", hours=hours)

    assert one.later("a", in_=timedelta(hours=1, minutes=5)) == NOW + timedelta(hours=2)
    assert one.later("a", at=NOW - timedelta(hours=5)) == NOW
    assert one.timers["a"].at == NOW
    assert (one.cancel_later("a"), one.cancel_later("a"), one.timers) == (True, False, {})


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({}, "one of both"),
        ({"at": NOW, "in_": timedelta()}, "one of both"),
        ({"at": NOW.replace(tzinfo=None)}, "needs a time zone"),
        ({"in_": timedelta(days=367)}, "within a year"),
        ({"in_": timedelta(), "text": "x" * 4097}, "at most 4096"),
        ({"in_": timedelta(), "text": "\ud800"}, "at most 4096"),
        ({"in_": timedelta(), "payload": "x" * 32_767}, "at most 32768"),
        ({"in_": timedelta(), "payload": float("nan")}, "must be JSON"),
        ({"in_": timedelta(), "payload": {1, 2}}, "must be JSON"),
        ({"in_": timedelta(), "name": ""}, "1 to 200"),
        ({"in_": timedelta(), "name": "x" * 201}, "1 to 200"),
    ],
)
def test_what_cannot_be_planned_is_refused_at_once(wrong, why):
    with pytest.raises(ValueError, match=why):
        turn("hello").later(wrong.pop("name", "a"), **wrong)


def test_a_conversation_has_fifty_timers_at_most():
    one = turn("hello")
    for number in range(50):
        one.later(f"{number}", in_=timedelta(hours=1))
    one.later("7", in_=timedelta(hours=2))

    with pytest.raises(ValueError, match="at most 50 timers"):
        one.later("51st", in_=timedelta(hours=1))


def test_a_message_template_is_recorded_with_its_values():
    template = Template(name="order_ready", language="en", body=("Mona", "the gate"))

    answer = ask(lambda _: Reply(template=template), turn("is it ready?"))

    assert answer.replies[0].template == template
    assert answer.text == "Mona, the gate"
    assert answer.effects == {"replies": ["Mona, the gate"]}


def test_a_message_that_joins_knows_what_it_quotes():
    async def assistant(turn):
        (new,) = await turn.more()
        return new.quoted.text

    answer = ask(assistant, turn("hi", history=["two rooms"]), later=[quote("old.0", "this one")])

    assert answer.text == "two rooms"
