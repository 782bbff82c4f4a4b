"""A customer looks for a home: whole conversations with the concierge, from hello to an agent."""

import pytest

from session.models import State
from tests.stories.telling import ALIA

CONCIERGE = "worker.assistants.concierge:assistant"


@pytest.fixture
def story(tell, samples):
    return tell(CONCIERGE, catalogue_dir=samples)


def known(story):
    return story.session().context.extracted_info.model_dump(by_alias=True, exclude_none=True)


def slots(story):
    return {name: value for name, value in known(story).items() if name != "dialogue"}


def say(story, text, **more):
    """Write a message; return the only reply, as the phone shows it."""
    story.says(text, **more)
    (reply,) = story.receives()
    return reply


def titles(reply):
    return [choice["title"] for choice in [*reply.get("buttons", []), *reply.get("rows", [])]]


def prices(reply):
    return [
        int(row["description"].split()[0].replace(",", "")) for row in reply["rows"] if row["id"] != "more"
    ]


def test_in_english_from_hello_to_an_agent(story):
    hello = say(story, "Hello")
    assert "I find homes" in hello["text"]
    assert titles(hello) == ["Buy", "Rent", "Talk to a person"]

    asked = say(story, "I want to buy an apartment")
    assert asked["text"].startswith("Apartment for sale. ")
    assert "?" in asked["text"] or "area" in asked["text"]
    assert story.session().search_count == 0

    page = say(story, "3 bedrooms in New Cairo, up to 5 million")
    assert page["text"].startswith(
        "3-bedroom apartment for sale in New Cairo up to 5,000,000 EGP: 1-5 of 17."
    )
    assert len(page["rows"]) == 6
    assert page["rows"][5] == {"id": "more", "title": "More", "description": "12 more"}
    assert prices(page) == sorted(prices(page), reverse=True)

    second = say(story, "the second one")
    assert "4,700,000 EGP" in second["text"]
    assert "Code: EG" in second["text"]

    cheaper = say(story, "cheaper")
    assert max(prices(cheaper)) < 4_700_000

    wider = say(story, "actually 4 bedrooms and 5m")
    assert wider["text"].startswith(
        "4-bedroom apartment for sale in New Cairo up to 5,000,000 EGP: 1-4 of 4."
    )
    assert slots(story) == {
        "purpose": "sale",
        "propertyType": "apartment",
        "location": "New Cairo",
        "bedrooms": 4,
        "budget": 5_000_000,
    }

    end = say(story, "can I talk to an agent please")
    assert "colleague" in end["text"]
    session = story.session()
    assert session.state is State.WAITING_AGENT
    assert session.escalation == "customer asked"
    assert (session.context.language, session.context.intent) == ("en", "handoff")
    assert session.search_count == 3

    story.says("are you there?")
    (told,) = story.hears()
    assert told.startswith("Your message is with our team")


def test_in_arabic_from_hello_to_an_agent(story):
    assert "بساعدك تلاقي بيت" in say(story, "السلام عليكم")["text"]

    page = say(story, "عايز شقة ٣ غرف في التجمع الخامس ميزانيتي ٦ مليون")
    assert page["text"].startswith("شقة 3 غرف في التجمع الخامس لحد 6,000,000 جنيه: 1-5 من 7.")
    assert titles(page)[0] == "شقة، التجمع الخامس"
    assert page["rows"][0]["description"].startswith("5,675,000 جنيه · 3 غرف · 130 م²")

    assert "6-7 من 7" in say(story, "كمان")["text"]
    first = say(story, "الأول")
    assert "التجمع الخامس" in first["text"]
    assert "الكود: EG" in first["text"]

    assert "2,375,000 جنيه" in say(story, "أرخص")["text"]
    assert say(story, "شكرا")["text"] in ("العفو!", "تحت أمرك!", "على الرحب والسعة!")

    assert "زميل" in say(story, "عايز اكلم موظف")["text"]
    session = story.session()
    assert session.state is State.WAITING_AGENT
    assert session.context.language == "ar"


def test_in_franco_arabic_from_hello_to_an_agent(story):
    assert "2olly el makan" in say(story, "salam 3aleko")["text"]

    page = say(story, "3ayez sha2a 3 owad fel tagamo3 b 5 million")
    assert page["text"].startswith("Sha2a 3 owad fe New Cairo le7ad 5,000,000 EGP: 1-5 men 17.")
    assert "6-10 men 17" in say(story, "kaman")["text"]
    assert "EGP" in say(story, "tany wa7da")["text"]
    assert "le7ad" in say(story, "ar5as")["text"]

    assert "zemeel" in say(story, "momken akallem 7ad")["text"]
    session = story.session()
    assert session.state is State.WAITING_AGENT
    assert session.context.language == "franco"


def test_the_session_keeps_the_search_history(story):
    say(story, "villa in Sheikh Zayed under 20m")

    (entry,) = story.session().context.search_history
    assert entry.query == "villa in Sheikh Zayed under 20m"
    assert entry.intent == "find_property"
    assert entry.entities == {"propertyType": "villa", "location": "Sheikh Zayed", "budget": 20_000_000}
    assert entry.result_count == 1


def test_a_row_is_tapped_and_the_visit_is_arranged(story):
    page = say(story, "apartment in Maadi up to 5 million")
    row = page["rows"][2]

    shown = say(story, "", kind="choice", row=row)
    assert row["id"].removeprefix("show:") in shown["text"]

    said = say(story, "I would like to visit it")
    assert row["id"].removeprefix("show:") in said["text"]
    assert titles(say(story, "on sunday at 4")) == ["Yes, correct", "Another time"]
    say(story, "yes")
    assert story.session().escalation.startswith(f"visit: {row['id'].removeprefix('show:')}, ")


def test_paging_is_not_counted_as_a_search_and_the_last_page_says_so(story):
    say(story, "apartment in New Cairo up to 3 million")
    seen = ["1-5", "6-10", "11-15", "16-20", "21-21"]
    for part in seen[1:]:
        assert f"{part} of 21" in say(story, "more")["text"]
    assert "That was all: 21" in say(story, "more")["text"]

    assert story.session().search_count == 1


def test_without_lists_a_number_selects_a_row_and_the_row_after_the_last_is_more(story):
    text = say(story, "apartment in New Cairo up to 3 million", channel="twilio")["text"]
    assert "1-5 of 21" in text
    assert "6. More - 16 more" in text

    assert "6-10 of 21" in say(story, "6", channel="twilio")["text"]
    second = say(story, "2", channel="twilio")["text"]
    assert "Code: EG" in second
    assert "There are 5 in the list" in say(story, "17", channel="twilio")["text"]


def test_without_buttons_a_number_selects_a_button(story):
    assert "2. Rent" in say(story, "hi", channel="twilio")["text"]

    assert say(story, "2", channel="twilio")["text"].startswith("Home for rent. ")
    assert slots(story) == {"purpose": "rent"}


def test_a_person_is_offered_for_what_is_not_understood_as_often_as_it_takes(story):
    for words in ("asdf qwer", "blah blah blah", "zzz zzz"):
        offered = say(story, words)
        assert "Talk to a person" in str(offered)
        assert story.session().state is State.ACTIVE

    say(story, "yes please")
    assert story.session().state is State.WAITING_AGENT
    assert story.session().escalation == "customer asked: zzz zzz"


@pytest.mark.parametrize("kind", ["voice", "image", "document"])
def test_unreadable_content_is_answered_with_the_options(story, kind):
    assert "write to me" in say(story, "", kind=kind)["text"]
    assert story.session().state is State.ACTIVE

    say(story, "", kind=kind)
    assert story.session().state is State.WAITING_AGENT


def test_a_location_pin_is_answered_by_asking_for_its_name(story):
    say(story, "villa")
    assert "area" in say(story, "", kind="location", location={"latitude": 30.0, "longitude": 31.2})["text"]

    assert "Maadi" in say(story, "Maadi")["text"]
    assert slots(story)["location"] == "Maadi"


def test_relaxed_criteria_are_named(story):
    page = say(story, "townhouse in Maadi")

    assert "Nothing fits exactly (townhouse for sale in Maadi)." in page["text"]
    assert "the type" in page["text"]


def test_without_records_an_agent_is_called(tell, tmp_path):
    story = tell(CONCIERGE, catalogue_dir=tmp_path / "empty")

    assert "I find homes" in say(story, "hello")["text"]
    assert "colleague" in say(story, "villa in Maadi")["text"]
    assert story.session().state is State.WAITING_AGENT
    assert story.dead_letters() == []


def test_several_messages_are_one_query(story):
    for text in ("Hi", "3 bed apartment", "in New Cairo up to 5m"):
        story.posts(text, ALIA)
    story.work()

    (reply,) = story.receives()
    assert reply["text"].startswith("3-bedroom apartment in New Cairo up to 5,000,000 EGP: 1-5 of 17.")
