"""Answers of a model that works."""

import threading
from datetime import timedelta

import pytest

from session.content_parts import Kind, OrderItem
from session.contents import Tap
from session.reachable import Reachable
from session.testing import order, timer
from tests.worker.assistants.llm.model_server import answers, answers_with_first, calls, refuses, searches


def test_the_model_searches_and_our_code_prints_the_records(bench, server, turn_of, records):
    server.script = [
        searches(location="Madinaty", propertyType="apartment", bedrooms=4),
        answers_with_first(
            learned={"location": "Madinaty", "propertyType": "apartment", "bedrooms": 4}, count=2
        ),
    ]
    turn = turn_of("4 bedroom apartment in Madinaty please")

    assert bench().assistant(turn) is None

    found = records.find(
        "properties", "", {"location": "Madinaty", "propertyType": "apartment", "bedrooms": 4}
    )
    [reply] = turn.effects.replies
    assert reply.text.startswith("Here you are.\n\n1. ")
    assert f"EGP {found[0].price:,}" in reply.text
    assert turn.effects.remembered["location"] == "Madinaty"
    assert turn.known.property_type == "apartment"
    assert turn.known.bedrooms == 4
    assert turn.effects.intent == "find_property"
    assert turn.effects.language == "en"
    [entry] = turn.effects.searches
    assert entry.entities == {"location": "Madinaty", "propertyType": "apartment", "bedrooms": 4}
    assert entry.result_count == found.total


def test_a_new_value_replaces_a_range_and_a_withdrawn_one_is_removed(bench, server, turn_of):
    server.script = [answers("Noted.", learned={"budget": 5e6}, withdrawn=["location"])]
    turn = turn_of("5 million, anywhere", known={"budget": 3e6, "budgetMin": 2e6, "location": "Maadi"})

    bench().assistant(turn)

    assert turn.known.budget == 5e6
    assert turn.known.location is None
    assert "budgetMin" not in (turn.known.model_extra or {})


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("I want a villa", ("en", "English")),
        ("عايز فيلا في التجمع", ("ar", "Egyptian Arabic")),
        ("3ayez villa fel tagamo3", ("franco", "Franco")),
    ],
)
def test_the_answer_is_in_the_language_of_the_customer(bench, server, turn_of, text, called):
    language, name = called
    turn = turn_of(text)
    bench().assistant(turn)
    assert turn.effects.language == language
    assert f"Write in {name}" in server.requests[0]["messages"][0]["content"]


def test_contact_details_of_members_are_sent_on_request(bench, server, turn_of, records):
    server.script = [
        searches(profession="dermatologist", location="Mumbai"),
        answers_with_first("Here are the details.", intent="show_contact", contacts=True),
    ]
    turn = turn_of("contact of a dermatologist in Mumbai", kind="members")

    bench().assistant(turn)

    member = records.find("members", "", {"profession": "dermatologist", "city": "Mumbai"})[0]
    assert member.phone in turn.effects.replies[0].text
    assert member.email in turn.effects.replies[0].text
    assert member.phone not in server.said
    assert member.email not in server.said


def test_messages_that_the_model_cannot_read_are_left_to_the_fallback(bench, server, turn_of):
    here = bench()
    for unread in (turn_of(""), turn_of("tapped"), turn_of("hello", kind="boats")):
        if unread.text == "tapped":
            tapped = Tap(kind=Kind.BUTTON, text="tapped", payload="show:1")
            unread.messages = (unread.messages[0].model_copy(update={"content": tapped}),)
        assert here.assistant(unread) == "the concierge answers"
    assert server.requests == []


def test_the_limit_parameter_and_the_tool_choice_can_be_configured(bench, server, turn_of):
    bench().assistant(turn_of("hello"))
    bench(
        llm_output_limit="max_completion_tokens", llm_tool_choice="required", llm_max_output_tokens=200
    ).assistant(turn_of("hello"))
    old, new = server.requests
    assert (old["max_tokens"], old["tool_choice"]) == (300, "auto")
    assert "max_completion_tokens" not in old
    assert (new["max_completion_tokens"], new["tool_choice"]) == (200, "required")
    assert "max_tokens" not in new
    assert server.keys == ["Bearer sk-secret"] * 2


def test_a_plain_text_is_requested_once_more_as_a_tool_call(bench, server, turn_of):
    server.script = [lambda _: calls(text="Hello there!"), answers("Hello!", intent="greeting")]
    turn = turn_of("hello")
    bench().assistant(turn)
    assert turn.effects.replies[0].text == "Hello!"


def test_a_fallback_may_be_a_coroutine_or_take_steps_in_its_thread(bench, server, turn_of):
    server.then = refuses(500)
    here = bench()

    async def waits(turn):
        return f"waited for {turn.text}"

    def steps(turn):
        return f"step {turn.step('count', lambda: 7)} in {threading.current_thread().name[:7]}"

    said = []
    for fallback in (waits, steps):
        here.called._fallback = fallback
        said.append(here.assistant(turn_of("hello")))

    assert said == ["waited for hello", "step 7 in asyncio"]


def test_the_model_hands_over_and_the_customer_is_told_when_somebody_answers(bench, server, turn_of):
    server.then = answers(
        "That is for a colleague to say.", intent="other", handOver="plumbing before\nsigning\u200b?"
    )
    turn = turn_of("will the plumbing be redone before I sign?")
    turn.reachable = Reachable(wait=timedelta(minutes=9))

    assert bench().assistant(turn) is None

    assert turn.effects.escalation == "the language model: plumbing before signing?"
    assert [reply.text for reply in turn.effects.replies] == [
        "That is for a colleague to say.\n\nA colleague will answer you here in about 10 minutes."
    ]
    assert turn.effects.tells_when


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("عايز فيلا في التجمع", "زميل من فريقنا هيرد عليك هنا قريب."),
        ("3ayez villa fel tagamo3", "Zemeel men el team hayrod 3alek hena 2orayeb."),
    ],
)
def test_a_hand_over_whose_text_may_not_be_sent_is_told_all_the_same(bench, server, turn_of, text, said):
    server.then = answers("Write to @omar or wa.me/2010", intent="other", handOver="x" * 500)
    turn = turn_of(text)

    assert bench().assistant(turn) is None

    assert [reply.text for reply in turn.effects.replies] == [said]
    assert turn.effects.escalation == f"the language model: {'x' * 200}"


def test_who_hands_over_after_an_order_keeps_the_order_in_the_reason(bench, server, turn_of):
    server.then = answers("A colleague has your order.", intent="other", handOver="wants it today")
    turn = turn_of(order(OrderItem(product="B204", price=4_500_000, currency="EGP")))

    bench().assistant(turn)

    assert turn.effects.escalation == (
        "sent an order: 1 × B204, 4,500,000 EGP; the language model: wants it today"
    )


@pytest.mark.parametrize("reason", ["", "  \u200b\n "])
def test_without_a_reason_nothing_is_handed_over(bench, server, turn_of, reason):
    server.then = answers("Buy or rent?", intent="other", handOver=reason)
    turn = turn_of("a flat")

    bench().assistant(turn)

    assert turn.effects.escalation is None
    assert not turn.effects.tells_when
    assert turn.effects.replies[0].text == "Buy or rent?"


def test_a_timer_hands_nothing_over(bench, server, turn_of):
    server.then = answers("Your viewing is today.", intent="other", handOver="the viewing is due")
    turn = turn_of(timer("viewing", "Your viewing is today."), said=(("user", "hello"),))

    bench().assistant(turn)

    assert turn.effects.escalation is None
    assert [reply.text for reply in turn.effects.replies] == ["Your viewing is today."]


def test_the_model_says_nothing_to_who_waits_for_a_person(bench):
    """What a colleague has promised meanwhile is not in the conversation: the model would answer against it."""
    assert not getattr(bench().called, "while_waiting", False)
