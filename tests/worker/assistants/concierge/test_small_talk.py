"""Courtesies, messages without words, and handing over."""

import pytest

from session.content_parts import Kind, OrderItem
from session.hours import Hours
from session.testing import Conversation, card, document, order, photo, place, tap, timer, voice
from tests.worker.assistants.concierge.conftest import Customer
from worker.assistants.concierge import assistant


@pytest.mark.parametrize(
    ("text", "answer"),
    [("thanks", "Any time!"), ("bye", "Goodbye"), ("help", "I find homes")],
)
def test_courtesies_are_answered_without_a_search(customer, text, answer):
    customer.says("hello")
    assert answer in customer.hears(text)
    assert customer.asked.searched == ()
    assert customer.asked.escalated is None


@pytest.mark.parametrize("text", ["get me a manager", "اتكلم مع موظف", "akallem 7ad"])
def test_a_customer_can_ask_for_a_person(customer, text):
    customer.says(text)
    assert customer.asked.escalated == "customer asked"


def test_a_first_message_without_words_is_answered_in_two_languages(customer):
    said = customer.hears(kind=Kind.VOICE)
    assert "write to me" in said
    assert "تكتبلي" in said


def test_an_order_is_handed_over_to_a_person_who_reads_what_is_ordered(customer):
    flat = OrderItem(product="UNIT-B204", price=4_500_000, currency="EGP")

    said = customer.hears(order(flat, OrderItem(product="KEY", quantity=2), note="this month"))

    assert "your order" in said
    assert customer.asked.escalated == "sent an order: this month; 1 × UNIT-B204, 4,500,000 EGP; 2 × KEY"


def test_an_order_is_no_text_even_if_a_number_or_a_tap_comes_with_it(customer):
    customer.asked = Conversation.says(customer, order("KEY"), tap("sale", "Buy"))
    assert customer.asked.escalated == "sent an order: 1 × KEY"


def test_the_words_of_a_voice_note_are_its_text(customer):
    assert customer.hears(voice(words="villa in Maadi")).startswith("Villa for sale in Maadi")
    assert customer.slots == {"propertyType": "villa", "location": "Maadi"}


def test_what_a_person_can_look_at_reaches_one_after_the_second_time(customer):
    customer.says("hello")
    assert "shall a colleague look at it?" in customer.hears(document("lease.pdf"))
    assert customer.asked.escalated is None

    assert customer.hears(photo()) == "Thank you. A colleague will look at it and answer you here shortly."
    assert customer.asked.escalated == "sent what cannot be read: media"


def test_what_can_be_done_is_said_with_the_first_message_only(customer):
    assert "I find homes" in customer.hears(voice())

    customer.says("hello")
    assert "I find homes" not in customer.hears(voice())


def test_a_caption_that_says_nothing_belongs_to_its_picture(customer):
    assert "pictures" in customer.hears(photo("qwertz uiop"))
    assert customer.hears(photo("villa in Maadi")).startswith("Villa for sale in Maadi")


def test_the_address_of_a_place_is_its_area_and_no_price(customer):
    customer.says("villa")
    customer.says(place(29.96, 31.25, "12345 Road 9, Maadi, Cairo 11728"))
    assert customer.slots == {"propertyType": "villa", "location": "Maadi"}


@pytest.mark.parametrize("name", [None, "Our house"])
def test_a_place_of_no_known_area_is_asked_for_its_name(customer, name):
    assert "what is the area called" in customer.hears(place(29.96, 31.25, name))


def test_a_place_is_asked_for_its_name_in_the_directory_too(seeker):
    assert "what is the area called" in seeker.hears(place(29.96, 31.25))


def test_a_card_is_for_a_colleague(customer):
    assert "pass it on to a colleague" in customer.hears(card("Mona", "+201001234567"))
    assert customer.slots == {}

    customer.says("yes please")
    assert customer.asked.escalated == "customer asked: sent what cannot be read: card"


def test_what_was_planned_is_said_as_it_stands_and_understood_as_nothing():
    reminded = Conversation(assistant).says(timer("visit", "A villa in Maadi under 3 million?"))
    silent = Conversation(assistant).says(timer("visit"))

    assert reminded.effects == {"replies": ["A villa in Maadi under 3 million?"]}
    assert silent.effects == {}


NONSENSE = ("qwertz uiop", "asdfg hjkl", "yxcvb nmqwe", "lorem ipsum")


def test_nobody_is_muted_who_is_not_understood(customer):
    customer.says("hello")
    said = [customer.says(words) for words in NONSENSE]

    assert [reply.buttons[0].id for (reply,) in said] == ["human"] * len(NONSENSE)
    assert customer.asked.escalated is None
    assert len({reply.text for (reply,) in said[:3]}) == 3


def test_a_person_who_is_offered_gets_the_words_that_were_not_understood(customer):
    customer.says("hello")
    customer.says(NONSENSE[0])
    customer.says(tap("human", "Talk to a person"))

    assert customer.asked.escalated == "customer asked: qwertz uiop"


def test_a_yes_accepts_a_person_only_where_one_was_asked_for(customer):
    customer.says("hello")
    customer.says(NONSENSE[0])
    customer.says("ok")
    assert customer.asked.escalated is None

    for words in NONSENSE[:2]:
        customer.says(words)
    customer.says("yes")
    assert customer.asked.escalated == "customer asked: asdfg hjkl"


@pytest.mark.parametrize("text", ["👍", "🙏", "ok", "great, thanks", "تمام", "tamam ya basha", "bye", "شكرا"])
def test_a_courtesy_is_neither_a_miss_nor_a_search_nor_a_call_for_a_person(customer, text):
    customer.says("apartment in Maadi")
    customer.says(NONSENSE[0])
    customer.says(text)

    assert customer.asked.searched == ()
    assert customer.asked.escalated is None
    assert customer.session.context.extracted_info.dialogue.get("misses", 0) == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [("are you a bot?", "program"), ("انت روبوت؟", "برنامج"), ("enta bot wala bani adam", "bernameg")],
)
def test_asked_who_answers_a_program_says_so_and_offers_a_person(customer, text, words):
    (reply,) = customer.says(text)

    assert words in reply.text
    assert [button.id for button in reply.buttons] == ["human"]
    assert customer.asked.escalated is None


def test_a_complaint_reaches_a_person_with_its_words_after_an_apology(customer):
    assert "sorry" in customer.hears("you are scammers,\nnobody answers me")
    assert customer.asked.escalated == "complaint: you are scammers, nobody answers me"


def test_a_hand_over_says_when_a_person_is_back(catalogue):
    hours = Hours.of("Africa/Cairo", business={"mon-sun": "09:00-13:00"})  # it is 14:00 in Cairo
    away = Customer(catalogue, hours=hours)

    assert away.hears("agent").endswith("tomorrow at 9:00.")


def test_whoever_comes_back_hears_where_the_search_was(customer):
    customer.says("villa in Maadi up to 20 million")
    assert "villa in Maadi" in customer.hears("back to the assistant")
    assert customer.asked.searched == ()


def test_what_is_looked_for_is_kept_for_the_person_who_is_called(customer):
    customer.says("wanted flat for rent 6th of October, maximum fifteen thousand, call me after eight")

    assert customer.asked.escalated == "customer asked"
    assert customer.slots["location"] == "6th of October"
    assert customer.slots["budget"] == 15_000


@pytest.mark.parametrize(
    "text",
    [
        "tamam hanfakar",
        "هنتناقش مع اهلنا ونرجعلكم",
        "خلاص هكلمكم لما انزل",
        "I will discuss it with my wife",
        "5alas msh 3ayez tany",
    ],
)
def test_whoever_thinks_it_over_or_has_seen_enough_is_let_go_kindly(customer, text):
    customer.says("apartment in Madinaty up to 4 million")
    customer.says("1")
    (said,) = customer.says(text)
    assert (customer.asked.searched, customer.asked.escalated, said.buttons) == ((), None, ())


@pytest.mark.parametrize("text", ["hello, is anybody there?", "allo allo, 7ad hena?", "فيه حد هنا؟"])
def test_who_asks_first_of_all_whether_anybody_is_there_is_greeted_and_not_made_to_wait(customer, text):
    customer.says(text)
    assert customer.asked.escalated is None
    assert "human" in [button.id for button in customer.asked.replies[0].buttons]

    customer.says(text)
    assert customer.asked.escalated


@pytest.mark.parametrize("text", ["not interested", "مش مهتم", "mesh mohtam"])
def test_who_is_not_interested_in_what_was_shown_is_let_go(customer, text):
    customer.says("apartment in Maadi")
    customer.says(text)
    assert customer.asked.escalated is None
    assert customer.asked.searched == ()
    assert customer.session.context.extracted_info.dialogue.get("misses", 0) == 0


def test_a_number_word_in_a_call_for_a_person_is_no_budget(customer):
    customer.says("momken akallem wa7ed mn el team?")
    assert customer.asked.escalated
    assert "budget" not in customer.slots
