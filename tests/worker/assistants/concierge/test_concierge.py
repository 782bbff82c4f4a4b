"""What the concierge makes of single messages, in the state that the messages before left."""

import pytest

from session.messages import Kind
from session.models import ExtractedInfo
from worker.assistants.catalogue import load, open_catalogue
from worker.assistants.concierge.dialogue import Dialogue

# -- what is asked before a search makes sense


def test_too_little_is_asked_for_once(customer):
    assert customer.hears("villa").startswith("Villa. Where should it be? For example ")
    assert customer.asked.searched == ()

    customer.says("whatever you have")
    assert len(customer.asked.searched) == 1


@pytest.mark.parametrize(("purpose", "budget"), [("to buy", 5_000_000), ("for rent", 5_000)])
def test_a_bare_number_answers_how_much(customer, purpose, budget):
    customer.says("a place in Maadi")
    customer.session = customer.session.change_context(
        extracted_info=customer.session.context.extracted_info.updated(
            {"purpose": "rent" if purpose == "for rent" else "sale"}
        )
    )
    customer.says("5")
    assert customer.slots["budget"] == budget


# -- slots


def test_a_new_value_replaces_and_a_withdrawn_one_goes(customer):
    customer.says("3-bedroom apartment in New Cairo up to 5 million")
    customer.says("in Maadi instead")
    assert customer.slots["location"] == "Maadi"

    customer.says("any budget")
    assert customer.slots == {"propertyType": "apartment", "bedrooms": 3, "location": "Maadi"}

    customer.says("start over")
    assert customer.slots == {}


def test_what_is_refused_is_kept_out_until_it_is_wanted(customer):
    customer.says("apartment up to 5 million, not in Maadi")
    customer.says("2 bedrooms")
    assert customer.slots["notLocation"] == ["Maadi"]
    (reply,) = customer.says("show me 3 bedrooms")
    assert all("Maadi" not in row.title for row in reply.menu.rows)

    customer.says("ok, Maadi then")
    assert "notLocation" not in customer.slots


def test_what_one_pays_a_month_is_no_price(customer):
    customer.says("apartment in Maadi up to 3 million")
    customer.says("for rent")
    assert "budget" not in customer.slots


def test_a_budget_tells_whether_it_is_to_buy_or_to_rent(customer):
    (reply,) = customer.says("apartment in New Cairo 20,000")
    assert "for rent" in reply.text
    assert all("a month" in row.description for row in reply.menu.rows if row.id != "more")


def test_another_search_of_members_forgets_the_name(seeker):
    seeker.says("Dr. Deshpande")
    seeker.says("lawyers in Delhi")
    assert seeker.slots == {"profession": "lawyer", "location": "Delhi"}

    seeker.says("Ravi Chowdary")
    assert seeker.slots == {"name": "Ravi Chowdary"}


# -- pointing


def test_a_number_is_what_the_phone_shows(customer):
    (page,) = customer.says("apartment in New Cairo up to 3 million")
    customer.says("more")
    (page,) = customer.says("more")
    assert page.text.split(": ")[-1].startswith("11-15 of 21")
    second = page.menu.rows[1].id.removeprefix("show:")

    assert second in customer.hears("2")
    assert second in customer.hears("12")
    assert second in customer.hears("the second one")
    assert "16-20 of 21" in customer.hears("6")


def test_a_tapped_row_works_long_after(customer):
    (page,) = customer.says("apartment in New Cairo up to 3 million")
    row = page.menu.rows[0]
    customer.says("villa in Maadi")

    shown = customer.hears(row.title, kind=Kind.CHOICE, payload=row.id)
    assert row.id.removeprefix("show:") in shown


def test_a_row_of_a_record_that_is_gone(customer):
    assert "not available" in customer.hears("Villa", kind=Kind.CHOICE, payload="show:EG9999")


def test_a_tap_of_another_program_is_read_as_its_text(customer):
    customer.says("villa in Maadi", kind=Kind.BUTTON, payload="TEMPLATE-7")
    assert customer.slots == {"propertyType": "villa", "location": "Maadi"}


def test_contacts_are_those_of_the_records(seeker):
    (page,) = seeker.says("dentists in Bangalore")
    ids = [row.id.removeprefix("show:") for row in page.menu.rows]

    text = seeker.hears("contact of the second one")
    assert seeker.catalogue.get("members", ids[1]).phone in text
    assert seeker.catalogue.get("members", ids[0]).phone not in text


def test_whose_contact_is_asked_if_nobody_was_shown(seeker):
    assert "Whose contact" in seeker.hears("show me their contact info")
    assert seeker.asked.searched == ()


def test_the_contact_for_a_property_is_a_person(customer):
    customer.says("apartment in Maadi up to 3 million")
    customer.says("1")
    customer.says("what is the contact number")
    assert customer.asked.escalated.startswith("asks for a contact: EG")


# -- searching


def test_cheaper_is_below_the_cheapest_that_was_shown(customer):
    (page,) = customer.says("apartment in New Cairo up to 5 million")
    (cheaper,) = customer.says("cheaper")

    shown = [customer.catalogue.get("properties", row.id.removeprefix("show:")) for row in page.menu.rows[:5]]
    new = [
        customer.catalogue.get("properties", row.id.removeprefix("show:")) for row in cheaper.menu.rows[:5]
    ]
    assert max(record.price for record in new) < min(record.price for record in shown)


def test_nothing_cheaper_leaves_everything_as_it_was(customer):
    customer.says("4-bedroom apartment in New Cairo up to 5 million")
    before = customer.slots

    assert "Nothing cheaper" in customer.hears("cheaper")
    assert customer.slots == before


def test_words_of_the_records_are_searched(seeker):
    assert "GST" in seeker.says("anyone who does GST in Chennai")[0].menu.rows[0].description
    assert "diabetic diet" in seeker.hears("someone for diabetic diet")


def test_the_limit_goes_through_and_the_page_before_it_stays(seeker):
    seeker.searches_left = 1
    seeker.says("doctors in Bangalore")
    assert seeker.hears("dentists in Bangalore").startswith("You have used all your searches for now.")
    assert "Doctors in Bangalore: 6-10 of 23" in seeker.hears("more")


def test_the_finishing_is_understood_in_three_languages(catalogue, customer):
    for text in ("furnished flat in Maadi", "شقة مفروشة في المعادي", "sha2a mafrosha fel maadi"):
        customer.says(text)
        assert customer.slots["finishing"] == "furnished"


def test_the_operators_own_places_are_known_at_once(tmp_path, customer):
    file = tmp_path / "mine.csv"
    head = "id,title,type,location,locationAliases,price"
    file.write_text(f"{head}\nX1,Nice villa,villa,Moon Valley,وادي القمر,9000000\n", encoding="utf-8")
    load(file, "properties", tmp_path, now=customer.session.created_at)
    customer.catalogue = open_catalogue(tmp_path)

    assert "X1" in customer.hears("villa in moon vally")
    assert "وادي القمر" in customer.hears("عايز فيلا في وادي القمر")
    assert customer.slots["location"] == "Moon Valley"

    file.write_text(f"{head}\nX2,Nicer villa,villa,Star Hill,,9000000\n", encoding="utf-8")
    load(file, "properties", tmp_path, now=customer.session.created_at)
    assert "X2" in customer.hears("show me villas in Star Hill please")
    customer.catalogue.close()


# -- courtesies and persons


@pytest.mark.parametrize(
    ("text", "answer"),
    [("thanks", "Any time!"), ("bye", "Goodbye"), ("who are you?", "I find homes"), ("help", "I find homes")],
)
def test_courtesies(customer, text, answer):
    customer.says("hello")
    assert answer in customer.hears(text)
    assert customer.asked.searched == ()
    assert customer.asked.escalated is None


@pytest.mark.parametrize("text", ["get me a manager", "اتكلم مع موظف", "akallem 7ad"])
def test_a_person_is_called(customer, text):
    customer.says(text)
    assert customer.asked.escalated == "customer asked"


def test_who_has_said_nothing_yet_hears_two_languages(customer):
    said = customer.hears(kind=Kind.VOICE)
    assert "write to me" in said
    assert "تكتبلي" in said


def test_an_order_is_for_a_person(customer):
    customer.says(kind=Kind.ORDER)
    assert customer.asked.escalated == "sent an order"


def test_what_another_version_has_kept_is_no_obstacle():
    assert Dialogue.of(ExtractedInfo.model_validate({"dialogue": {"ids": 7}}), "members").ids == ()
    assert Dialogue.of(ExtractedInfo.model_validate({"dialogue": "?"}), "members").ids == ()


def test_one_of_several_places(customer):
    (reply,) = customer.says("apartment in Maadi or Zamalek up to 6 million")
    assert reply.text.startswith("Apartment in Maadi or Zamalek up to 6,000,000 EGP: 1-5 of ")
    assert {row.title.split(", ")[1] for row in reply.menu.rows if row.id != "more"} == {"Maadi", "Zamalek"}
    assert "in Maadi or Zamalek" in customer.hears("more")

    assert customer.hears("in Heliopolis").startswith("Apartment in Heliopolis")


def test_the_same_page_in_another_language(customer):
    customer.says("apartment in Maadi up to 3 million")

    assert customer.hears("reply in Arabic please").startswith("شقة في المعادي لحد 3,000,000 جنيه: ")
    assert customer.asked.searched == ()
    assert customer.hears("in English please").startswith("Apartment in Maadi up to 3,000,000 EGP: ")


def test_who_has_seen_some_is_not_asked_again(customer):
    customer.says("land")
    customer.says("any location")
    assert customer.hears("10 million").startswith("Land up to 10,000,000 EGP: 1-3 of 3.")
