"""Asking to see a property: what is a visit, and what only sounds like one."""

import pytest

from worker.assistants.understanding.message import understand


def acts_of(text):
    return understand(text, domain="property").acts


@pytest.mark.parametrize(
    "text",
    [
        "can i come and see the villa on friday?",
        "when can we view the apartment",
        "is it possible to see it tomorrow afternoon",
        "book a viewing please",
        "can i have a look at it in person",
        "id like to view the cheaper one",
        "come tomorrow at 5",
        "can you arrange a tour of the last one",
        "show it to me in person",
        "book me a slot",
        "عايز معاد",
        "اخويا هييجي يشوفها السبت",
        "momken 7ad men el 3eila y3ady yetfarag 3aleha",
        "we want to inspect it before paying anything",
        "ممكن اشوفها بكرة",
        "عايزة ازور الشقة",
        "امتى اقدر اجي اتفرج",
        "عايز احجز ميعاد معاينة",
        "ينفع اشوف التانية يوم السبت الساعة ٤",
        "3ayez a3ayen el villa",
        "momken agy ashof el sha2a bokra",
        "emta nshofha",
        "3ayza a7gez mo3ayna",
        "tab ana gay ashofo bokra",
    ],
)
def test_seeing_with_a_time_a_way_or_by_its_name_is_a_visit(text):
    assert "visit" in acts_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "apartment with a sea view",
        "garden view villa",
        "شقة بفيو على النيل",
        "villa view 3al bahr",
        "I want to see apartments in zamalek",
        "عايز اشوف شقق في المعادي",
        "3ayez ashof sho2a2 fel zamalek",
        "can I see the second one?",
        "can I see photos of it",
        "I'd like to view more options",
        "see you tomorrow",
        "can I visit your office",
        "house within visiting distance of my parents",
        "do you charge for the viewing",
        "I don't want to visit it",
        "I saw your ad",
        "we visited Zayed last week",
        "let me know when something new comes up",
        "villa for 3 families by friday",
        "معاد التسليم امتى",
        "a flat where the owner lives abroad",
    ],
)
def test_a_view_a_search_and_a_goodbye_are_no_visit(text):
    assert "visit" not in acts_of(text)


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("i am interested in the second one", "likes"),
        ("عجبتني", "likes"),
        ("3agabetny el oula", "likes"),
        ("reserve it for me", "reserve"),
        ("عايز احجزها", "reserve"),
        ("I can't come", "cancel"),
        ("مش هقدر اجي", "cancel"),
        ("la2 el8eeha, mesh ha2dar", "cancel"),
    ],
)
def test_what_is_said_of_one_property(text, act):
    assert act in acts_of(text)


@pytest.mark.parametrize("text", ["I'm interested in villas in Zayed", "cancel the transfer"])
def test_what_is_said_of_something_else(text):
    assert not {"likes", "reserve", "cancel"} & set(acts_of(text))


@pytest.mark.parametrize(
    "text",
    [
        "dont cancel anything, I'm still coming at 5",
        "please do not cancel my appointment",
        "can I cancel the contract later if the developer delivers late?",
        "لو اتاخرو ف التسليم ينفع الغي العقد؟",
        "ينفع ارجع في العقد والغيه؟",
    ],
)
def test_a_contract_that_may_be_cancelled_and_what_is_not_cancelled_is_no_visit_called_off(text):
    assert not {"cancel", "postpone"} & {*acts_of(text)}


@pytest.mark.parametrize("text", ["no, cancel it", "cancel the visit", "الغي المعاينه"])
def test_a_visit_is_called_off(text):
    assert "cancel" in acts_of(text)


@pytest.mark.parametrize(
    "text", ["the first one, monday 11am", "the second one friday at 4", "التانية، بكرة الساعة ٥"]
)
def test_a_record_and_a_time_and_nothing_else_is_a_visit(text):
    assert "visit" in acts_of(text)
