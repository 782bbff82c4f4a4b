"""The kit with which assistants are tested."""

from datetime import timedelta

import pytest

from session import Button, Reply, SearchLimitReached, State
from session.errors import BadAssistant
from session.messages import Kind
from session.models import Member, Role
from session.testing import NOW, Conversation, Records, ask, choice, message, photo, place, tap, turn


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
    ],
)
def test_whatever_a_customer_sends_can_be_made(sent, kind, text, payload):
    assert (sent.kind, sent.text, sent.payload) == (kind, text, payload)


def test_a_test_message_has_the_fields_of_its_kind():
    assert place(30.0, 31.2).location.latitude == 30.0
    assert photo().media[0].mime_type == "image/jpeg"
    assert choice("1", "Villa", "5 million").details == {"description": "5 million"}


def test_a_turn_stands_in_the_midst_of_what_went_before():
    one = turn(
        "and", tap("b", "cheap"), history=["hello", "Where?", "Maadi"], known={"budget": 5, "pets": "cats"},
        language="ar", member=Member(user_id="7", name="Alia", role="member"), kind="properties",
    )  # fmt: skip

    assert one.text == "and\ncheap"
    assert [(said.role, said.content) for said in one.history] == [
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
