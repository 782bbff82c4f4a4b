"""The concierge in whole conversations: how many answers help, how many are wrong, and that nobody is left in silence."""

from datetime import UTC, datetime

import pytest

from session.replies import Button, Reply
from session.testing import Answer
from tests.conversations.expectations import Verdict, judge
from tests.conversations.playing import Seen, conversations
from tests.conversations.table import judged, share, table, worst
from worker.assistants.catalogue import PropertyRecord, load_samples, open_catalogue

#: What holds today, with people who were known when the rules were written and with strangers: never lower it.
KNOWN, STRANGERS = (0.97, 0.01, 0.002), (0.81, 0.05, 0.0)

VILLA = PropertyRecord(
    id="EG9001", title="Villa", property_type="villa", location="Sheikh Zayed", price=20_000_000, bathrooms=3
)
FLAT = PropertyRecord(id="EG9002", title="Flat", property_type="apartment", location="Maadi", price=2_000_000)


@pytest.fixture(scope="module")
def turns(tmp_path_factory):
    directory = tmp_path_factory.mktemp("catalogue")
    load_samples(directory, now=datetime(2026, 3, 1, tzinfo=UTC))
    catalogue = open_catalogue(directory)
    yield judged(catalogue)
    catalogue.close()


@pytest.mark.parametrize(("are_strangers", "limits"), [(False, KNOWN), (True, STRANGERS)])
def test_most_answers_help_few_are_wrong_and_nobody_is_left_in_silence(turns, are_strangers, limits):
    of = [turn for turn in turns if turn.conversation.startswith("strangers_") is are_strangers]
    useful, wrong, silent = limits
    said = f"\n{table(of)}\n\n{worst(of, 5)}"

    assert share(of, Verdict.USEFUL) >= useful, said
    assert share(of, Verdict.WRONG) <= wrong, said
    assert share(of, Verdict.SILENT) <= silent, said


def test_many_kinds_of_people_write_in_three_languages_and_stay_for_a_while():
    all_of_them = list(conversations())

    assert len(all_of_them) >= 120
    assert len({one["person"] for one in all_of_them}) >= 12
    assert {one["language"] for one in all_of_them} == {"en", "ar", "franco"}
    assert all(4 <= len(one["turn"]) <= 8 for one in all_of_them)


# -- the judge


def seen(text="", *, escalated=None, buttons=(), **more):
    replies = (Reply(text=text, buttons=tuple(Button(id=one, title=one) for one in buttons)),) if text else ()
    return Seen(answer=Answer(replies=replies, escalated=escalated), **more)


def verdict(useful, answer, *, language="en", **turn):
    return judge({"useful": useful} | turn, answer, language)[0]


def test_an_answer_with_the_figure_of_the_record_is_useful_in_any_way_of_writing_it():
    wish = {"tells": "{2.price}"}

    for text in ("20,000,000 EGP", "20 million", "٢٠٬٠٠٠٬٠٠٠"):
        assert verdict(wish, seen(f"It costs {text}.", listed=[FLAT, VILLA])) is Verdict.USEFUL
    assert verdict(wish, seen("It costs 120,000,000 EGP.", listed=[FLAT, VILLA])) is Verdict.USELESS
    assert verdict(wish, seen("It costs 20,000,000 EGP.", listed=[FLAT])) is Verdict.USELESS


def test_a_number_of_baths_may_be_a_word_and_is_not_a_part_of_another_number():
    assert (
        verdict({"tells": "{one.bathrooms}"}, seen("There are three of them.", one=VILLA)) is Verdict.USEFUL
    )
    assert verdict({"tells": "{one.bathrooms}"}, seen("Ready in 2030.", one=VILLA)) is Verdict.USELESS


def test_a_record_that_does_not_obey_the_wish_is_a_wrong_answer():
    wish = {"shows": {"propertyType": "villa", "budget": 25_000_000, "location": "Sheikh Zayed"}}

    assert verdict(wish, seen("EG9001", shown=[VILLA])) is Verdict.USEFUL
    assert verdict(wish, seen("EG9001, EG9002", shown=[VILLA, FLAT])) is Verdict.WRONG
    assert verdict(wish, seen("Which area?")) is Verdict.USELESS


def test_an_alternative_that_holds_outweighs_one_that_is_disobeyed():
    wish = [{"shows": {"propertyType": "villa"}}, {"asks": "location"}]

    assert verdict(wish, seen("This is EG9002. Which area do you like?", shown=[FLAT])) is Verdict.USEFUL


def test_what_must_not_be_is_wrong_even_if_it_helps_besides():
    answer = seen("A colleague will answer you.", escalated="asked")

    assert verdict({"means": "person"}, answer, wrong={"hands_over": True}) is Verdict.WRONG


def test_one_record_that_must_not_be_shown_is_enough():
    cheap = {"shows": {"budget": 5_000_000}}

    answer = seen("EG9001, EG9002", shown=[VILLA, FLAT])
    assert verdict({"shows": {}}, answer, wrong=cheap) is Verdict.WRONG
    assert verdict({"shows": {}}, seen("EG9001", shown=[VILLA]), wrong=cheap) is Verdict.USEFUL


def test_the_reason_for_the_desk_names_what_is_wanted():
    wish = {"hands_over": ["EG9001", "16:00"]}

    assert verdict(wish, seen("Fine.", escalated="visit: EG9001, Fri 16:00")) is Verdict.USEFUL
    assert verdict(wish, seen("Fine.", escalated="asked for a person")) is Verdict.USELESS


def test_no_answer_is_silence_unless_a_person_is_awaited_who_was_rightly_called_for():
    assert verdict({"courteous": True}, seen()) is Verdict.SILENT
    assert verdict({"waits": True}, seen(waits=True)) is Verdict.SILENT
    assert verdict({"waits": True}, seen(waits=True, told_to_wait=True)) is Verdict.USEFUL
    now = seen("A colleague comes.", escalated="asked", waits=True, told_to_wait=True)
    assert verdict({"waits": True}, now) is Verdict.USELESS


def test_a_person_is_offered_by_a_button_or_by_the_word_to_write_but_not_by_a_mere_miss():
    assert verdict({"offers_person": True}, seen("That I do not know.", buttons=["human"])) is Verdict.USEFUL
    assert verdict({"offers_person": True}, seen('I do not know it. Write "agent".')) is Verdict.USEFUL
    assert verdict({"offers_person": True}, seen('I did not get that. Write "agent".')) is Verdict.USELESS
    assert verdict({"offers_person": True}, seen('Villa 7. To visit it write "agent".')) is Verdict.USELESS


def test_what_was_not_understood_is_useless_even_if_it_speaks_of_the_subject_unless_a_person_helps():
    missed = seen("I did not get that. What is your budget?")

    assert verdict({"asks": "budget"}, missed) is Verdict.USELESS
    assert (
        verdict({"hands_over": True}, seen("I still do not understand.", escalated="missed"))
        is Verdict.USELESS
    )
    assert verdict({"offers_person": True}, seen("I did not get that.", buttons=["human"])) is Verdict.USEFUL


def test_an_answer_in_another_language_is_useless():
    assert verdict({"means": "greeting"}, seen("Hello!"), language="ar") is Verdict.USELESS
    assert verdict({"means": "greeting"}, seen("أهلا بيك"), language="ar") is Verdict.USEFUL


def test_a_word_without_a_meaning_is_refused():
    with pytest.raises(ValueError, match="delights"):
        verdict({"delights": True}, seen("Hello!"))
