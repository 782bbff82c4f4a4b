"""What a message does: asking for a person, complaining, going back, being courteous, preferring."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.assistants.understanding.acts import acts
from worker.assistants.understanding.concepts import FILLER
from worker.assistants.understanding.message import understand
from worker.assistants.understanding.vocabulary import read

CONCEPTS = read("acts.toml")["concept"]
WORDS = sorted({phrase for table in CONCEPTS.values() for phrases in table.values() for phrase in phrases})
SOUP = st.lists(st.one_of(st.sampled_from(WORDS), st.sampled_from([",", "maadi", "2", "?"])), max_size=20)


def acts_of(text, domain="any"):
    return understand(text, domain=domain).acts


@given(text=st.one_of(st.text(max_size=200), SOUP.map(" ".join)))
def test_nothing_raises_and_each_act_is_named_with_the_words_that_show_it(text):
    understood = understand(text)

    shown = [entry for entry in understood.trace if entry.slot == "act"]
    assert [entry.value for entry in shown] == [*understood.acts]
    assert all(entry.words and entry.rule.startswith("act: ") for entry in shown)


def test_every_pattern_is_made_of_concepts_that_there_are():
    things = ("time", "place", "number", "profession", "record", "refused", "the", "question")
    known = {*CONCEPTS, *(f"@{thing}" for thing in things)}
    known |= {f"business.{concept}" for concept in read("business.toml")["concept"]}
    known |= {f"@{courtesy}" for courtesy in read("talk.toml")["courtesy"]}
    named = {
        concept
        for act in acts()
        for concepts in (*act.patterns, act.unless, act.not_after, act.not_before)
        for concept in concepts
    }

    assert named <= known
    assert FILLER in CONCEPTS


@pytest.mark.parametrize(
    "text", ["ok", "👍", "🙏🏽", "تمام شكرا", "great, thank you!", "tamam ya basha", "حلو اوي", "ok good"]
)
def test_a_courtesy_acknowledges(text):
    assert "acknowledge" in acts_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "ok show me villas",
        "a good villa",
        "good morning",
        "hello 😊",
        "تمام بس الميزانية 3 مليون",
        "👍 in Maadi",
    ],
)
def test_a_courtesy_before_something_else_does_not(text):
    assert "acknowledge" not in acts_of(text)


@pytest.mark.parametrize(
    "text", ["bye", "مع السلامة", "ok thanks, talk later", "خلاص مش عايز حاجه سلام", "salam"]
)
def test_a_goodbye(text):
    assert "goodbye" in acts_of(text)


@pytest.mark.parametrize("text", ["سلام عليكم", "salam 3aleko", "I will see you in Maadi"])
def test_a_greeting_is_no_goodbye(text):
    assert "goodbye" not in acts_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "are you a robot?",
        "are you a real person?",
        "Excuse me, am I speaking with a real person?",
        "who am I talking to",
        "انت بوت؟",
        "انت بني ادم ولا روبوت",
        "enta robot wala bani adam",
    ],
)
def test_asking_who_answers_asks_for_no_person(text):
    done = acts_of(text)

    assert "bot" in done
    assert "handoff" not in done


@pytest.mark.parametrize(
    "text",
    ["back", "go back to the assistant", "رجوع", "ارجع للمساعد", "cancel the transfer", "nerga3 lel bot"],
)
def test_going_back_asks_for_no_person(text):
    assert acts_of(text) == ("back",)


@pytest.mark.parametrize(
    "text", ["call me back", "the flat at the back of the mall", "I want a garden at the back"]
)
def test_back_may_mean_something_else(text):
    assert "back" not in acts_of(text)


@pytest.mark.parametrize(
    "text", ["zayed is better", "I prefer the second one", "التجمع احسن", "a7san 3 owad"]
)
def test_a_preference(text):
    assert "preference" in acts_of(text, "property")


@pytest.mark.parametrize(
    "text", ["rabena ybarek feek", "على بركة الله", "May God bless you, my dear", "ربنا يخليك", "حلوة دي"]
)
def test_a_blessing_and_praise_acknowledge(text):
    assert "acknowledge" in acts_of(text)


@pytest.mark.parametrize(
    "text", ["yes", "ايوه", "aywa keda tamam", "yes please", "mazboot keda", "yes, that would be wonderful"]
)
def test_an_answer_that_agrees(text):
    assert "agree" in acts_of(text)


@pytest.mark.parametrize("text", ["yes but cheaper", "ايوه عايز فيلا", "ok how many bathrooms"])
def test_a_yes_before_something_else_is_no_answer(text):
    assert "agree" not in acts_of(text)


@pytest.mark.parametrize("text", ["no", "لا شكرا", "la2", "no need"])
def test_an_answer_that_declines(text):
    assert "decline" in acts_of(text)


@pytest.mark.parametrize(
    "text", ["show me the list again", "back to the list", "وريني القائمة تاني", "nerga3 lel list"]
)
def test_the_list_is_asked_for_again(text):
    assert "list_again" in acts_of(text)


@pytest.mark.parametrize(
    "text", ["do you speak english?", "كلمني عربي", "english please", "I'm more comfortable in English"]
)
def test_another_language_is_asked_for(text):
    assert "language" in acts_of(text)


@pytest.mark.parametrize("text", ["a lawyer who speaks English", "english school in Maadi"])
def test_a_language_may_describe_somebody_else(text):
    assert "language" not in acts_of(text)


def test_a_misspelt_long_word_is_understood_and_a_word_of_its_own_is_not_changed():
    assert "complaint" in acts_of("i have a complant")
    assert acts_of("3ayz ashtery chalet") == ()  # one letter beside "ashteky", I complain


def test_a_franco_arabic_word_may_have_other_vowels_and_an_english_word_with_its_consonants_is_not_changed():
    assert "complaint" in acts_of("3ayz ashtiki")
    assert "cancel" in acts_of("elghi el me3ad")
    assert "cancel" in acts_of("msh gay bokra")  # "mesh" has too few consonants to be known by them
    assert acts_of("female gynecologist near Dokki") == ()  # the consonants of "3omoletko", your commission


def test_words_of_a_place_do_nothing():
    assert "acknowledge" in acts_of("perfect")
    assert acts_of("villa in Perfect Town", "property") == ()


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("I am really upset", "complaint"),
        ("انا زعلان جدا منكم", "complaint"),
        ("ana za3lan menko", "complaint"),
        ("are you still there?", "bot"),
        ("انتو لسه موجودين؟", "bot"),
        ("لغي المعاينة", "cancel"),
    ],
)
def test_anger_presence_and_calling_off_are_heard(text, act):
    assert act in understand(text, domain="property").acts


@pytest.mark.parametrize("text", ["is the villa still there?", "الشقق لسه موجودين؟"])
def test_whether_a_property_is_there_asks_for_no_program(text):
    assert "bot" not in understand(text, domain="property").acts
