"""Asking for a person, complaining, and going back to the assistant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.assistants.understanding.handoff import wants_back, wants_human
from worker.assistants.understanding.message import understand

ASKING = """
call me|can someone call me tomorrow|please ring me|i'd rather talk to a person|get your manager|put me through to sales
is anybody there?|hello? anyone?|I don't understand, get me a manager|no bots please|let me speak to whoever is in charge
who can I talk to about this|I don't want to talk to a machine|put your supervisor on|give me a call when you're free|where is your supervisor|give me a call on my number|can i talk to somebody real
انا عايز المدير بتاعكم|زهقت من الرد الالي|هاتولي المدير|كلموني|حد يكلمني لو سمحت|فيه حد هنا؟|عايز موظف|مش عايز بوت عايز بني ادم|فين المسؤول|ممكن مكالمة|حولني لزميلك
kalemny|kalemoony law sama7t|hatoly el modir|fe 7ad hena?|3ayez akallem 7ad mas2ool|7ad yerod 3alaya|mesh 3ayez robot
"""
COMPLAINING = """
I have a complaint|you are scammers|this is the worst service ever|nobody answers me|I have been waiting for two days|you guys are a joke|I've been waiting since morning for a reply
عندي شكوى|انتو نصابين|محدش بيرد عليا|خدمة زفت|مستني من الصبح|انتو مش محترمين
3andy shakwa|ento nasabeen|ma7adesh by rod|mestany men embare7|5edma zeft
"""
NOT_ASKING = """
I work as an agent|agents fees|human resources|are you an agent?|an apartment for one person|I don't want to talk to an agent
no agents fees please|do you have insurance agents in Mumbai|Who is the treasurer of our association?|anyone who is a lawyer in Pune
call me when a new villa comes|the area is not bad|I am waiting for your offers in Maadi|a room for staff
my boss wants a villa in zayed|is there a support column in the living room|nobody has lived in it before?|how many people can live there
I'm a sales manager looking for an office|call me when the price drops|I don't care about the price|anyone in real estate at Noida
انا موظف حكومي|مش عايز اكلم موظف|كلمني عربي|لما ينزل السعر كلمني|شقة مش وحشة في المعادي
ana mowazaf fe bank|mesh 3ayez akallem 7ad|3ayez sha2a le 7ad wa7ed
"""


def each(sentences):
    return [sentence for line in sentences.strip().splitlines() for sentence in line.split("|")]


@given(text=st.text(max_size=100))
def test_asking_for_a_person_never_raises(text):
    assert wants_human(text) in {True, False}


@pytest.mark.parametrize("text", [*each(ASKING), *each(COMPLAINING)])
def test_a_person_is_asked_for(text):
    assert wants_human(text)


@pytest.mark.parametrize("text", each(NOT_ASKING))
def test_no_person_is_asked_for(text):
    assert not wants_human(text)


@pytest.mark.parametrize("text", each(COMPLAINING))
def test_a_complaint_is_told_from_a_wish(text):
    assert "complaint" in understand(text).acts


@pytest.mark.parametrize(
    "text", [*each(ASKING), *each(COMPLAINING), *each(NOT_ASKING), "back", "رجعني للمساعد"]
)
@pytest.mark.parametrize("domain", ["property", "member", "any"])
def test_all_who_ask_agree(text, domain):
    done = understand(text, domain=domain)

    assert (done.intent == "handoff") == bool({"handoff", "complaint"} & {*done.acts}) == wants_human(text)
    assert ("back" in done.acts) == wants_back(text)


@pytest.mark.parametrize("text", ["nobody answers, let's continue with the bot", "محدش رد، خلينا نكمل هنا"])
def test_whoever_goes_back_complains_no_longer(text):
    assert wants_back(text)
    assert not wants_human(text)
