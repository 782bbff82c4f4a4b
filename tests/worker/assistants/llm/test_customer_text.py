"""What a model reads of messages that are more than texts."""

import pytest

from session.content_parts import Kind, OrderItem, Product, Quoted, Role
from session.contents import Text, Unsupported, Welcome
from session.testing import card, document, form, from_ad, message, order, photo, place, tap, voice
from tests.worker.assistants.llm.model_server import answers, refuses
from worker.assistants.customer_input import read_input
from worker.assistants.llm.customer_text import about, ad_of, text_of
from worker.assistants.llm.guard import without_contacts

FLAT = OrderItem(product="UNIT-B204", price=4_500_000, currency="EGP")


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (message("a flat"), "a flat"),
        (voice(words="a flat in Maadi"), "[the words of a voice note:]\na flat in Maadi"),
        (photo("our roof"), "[under a picture that you cannot see:] our roof"),
        (form(area="Maadi", beds=2), "[the answers of a form:]\nSent\narea: Maadi\nbeds: 2"),
        (order(FLAT), "[an order:]\n1 × UNIT-B204, 4,500,000 EGP"),
        (place(29.96, 31.25, "Maadi"), "[a place:] Maadi\n(29.96, 31.25)"),
        (card("Mona", "+201001234567"), "[the card of a contact:] Mona\nMona, +201001234567"),
        (
            message(content=Text(text="still there?", product=Product(id="B204"))),
            "[about the product B204] still there?",
        ),
    ],
)
def test_contents_are_given_as_texts(sent, text):
    assert text_of([sent]) == text
    assert text_of([message("hello"), sent]) == f"hello\n{text}"


@pytest.mark.parametrize(
    "sent",
    [
        message(""),
        voice(),
        photo(),
        document("lease.pdf"),
        tap("sale", "Buy"),
        form(),
        message(kind=Kind.CONTACTS),
        message(content=Welcome()),
        message(content=Unsupported(type="poll")),
    ],
    ids=lambda one: one.kind,
)
def test_what_says_nothing_in_words_is_left_to_the_fallback(sent):
    assert text_of([sent]) is text_of([message("hello"), sent]) is None


def test_a_text_says_what_it_is_about():
    wrote = Quoted(id="1", role=Role.ASSISTANT, text="A villa,\ncall +201001234567")
    asked = message("how much?").model_copy(update={"quoted": wrote})

    assert text_of([asked]) == f"{about(wrote)}how much?"
    assert about(wrote).startswith("[about this, which you wrote: ")
    assert "+201001234567" not in about(wrote)
    assert (
        about(Quoted(id="1", role=Role.AGENT, text="x"))
        == "[about this, which a colleague of yours, a person, wrote: x]\n"
    )
    assert about(Quoted(id="1")) == ""


def test_an_ad_is_told_without_its_links():
    said = ad_of(from_ad("Villas! see example.com/x", body="b" * 999).referral)

    assert said == {"headline": without_contacts("Villas! see example.com/x"), "text": "b" * 300}
    assert "example.com" not in said["headline"]
    assert ad_of(None) == {}


def test_an_order_needs_a_person():
    def why(*messages):
        return read_input(messages, lambda _: "", members=False).order

    assert why(message("hi"), order(FLAT, "KEY")) == "sent an order: 1 × UNIT-B204, 4,500,000 EGP; 1 × KEY"
    assert why(message("hi")) == ""


def test_the_model_is_told_the_ad_and_what_is_quoted(bench, server, turn_of):
    first = from_ad("3 rooms in Maadi", "is it near the metro?")
    quoted = Quoted(id="w", role=Role.ASSISTANT, text="Which area?")
    turn = turn_of("x", said=(("user", "hello"), ("assistant", "Which area?")))
    turn.session = turn.session.change(referral=first.referral)
    turn.messages = (first.model_copy(update={"quoted": quoted}),)

    assert bench().assistant(turn) is None

    asked = server.requests[0]["messages"][-1]["content"]
    assert 'the ad from which the customer came: {"headline": "3 rooms in Maadi"}' in asked
    assert asked.endswith("[about this, which you wrote: Which area?]\nis it near the metro?")


def test_a_form_is_read_by_the_grammar_too_and_keeps_the_language(bench, server, turn_of):
    turn = turn_of(form(location="Maadi", bedrooms="2"))
    turn.session = turn.session.change_context(language="ar")

    assert bench().assistant(turn) is None

    assert turn.effects.language == "ar"
    assert '"bedrooms": 2' in server.requests[0]["messages"][-1]["content"]


def test_an_order_is_answered_by_the_model_and_reaches_a_person(bench, server, turn_of):
    server.script = [answers("A colleague has your order of EGP 4,500,000.", intent="other")]
    turn = turn_of(order(FLAT))

    assert bench().assistant(turn) is None

    assert turn.effects.escalation == "sent an order: 1 × UNIT-B204, 4,500,000 EGP"
    assert [reply.text for reply in turn.effects.replies] == ["A colleague has your order of EGP 4,500,000."]
    assert "already done" in server.requests[0]["messages"][-1]["content"]


def test_an_order_that_the_model_cannot_answer_is_the_fallbacks(falls_back, bench, server, turn_of):
    server.then = refuses(500)
    here = falls_back(bench(), turn_of(order(FLAT)))
    assert here.asked_fallback[-1].effects.escalation is None


@pytest.mark.parametrize("text", ["can I talk to an agent", "عايز اكلم موظف"])
def test_a_wish_for_a_person_is_not_for_a_model(falls_back, bench, server, turn_of, text):
    falls_back(bench(), turn_of(text))
    assert server.requests == []
