"""Questions about what was shown are answered from the records, and what they do not say is offered to be passed on."""

from contextlib import closing

import pytest

from session.testing import Conversation, ask, quote, turn
from worker.assistants.catalogue import load, open_catalogue
from worker.assistants.concierge import assistant

from .conftest import NOW


@pytest.fixture
def page(customer):
    """The ids on a page of apartments in Madinaty."""
    (shown,) = customer.says("3-bedroom apartment in Madinaty up to 4 million")
    return [row.id.removeprefix("show:") for row in shown.menu.rows if row.id.startswith("show:")]


@pytest.fixture
def home(customer, page):
    """One record of the page, in detail."""
    customer.says("1")
    return customer.catalogue.get("properties", page[0])


def only(customer, text):
    """Say something that must not search or hand over; returns the text of all replies."""
    said = "\n".join(reply.text for reply in customer.says(text))
    assert (customer.asked.searched, customer.asked.escalated) == ((), None)
    return said


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("how many bathrooms?", "bathrooms"),
        ("what floor is it on", "floor"),
        ("is it ready to move in?", "delivery"),
        ("what is the finishing?", "finishing"),
        ("مساحتها كام", "area"),
        ("feha kam oda", "bedrooms"),
    ],
)
def test_a_question_about_one_is_answered_from_its_record(customer, home, text, field):
    said = getattr(home, field)
    told = only(customer, text)
    assert home.id in told
    assert f": {said:,.0f}" in told if isinstance(said, int | float) else f": {said}" in told


def test_the_price_of_one_is_told_without_a_search(customer, home):
    assert f"{home.price:,}" in only(customer, "bkam di?")


def test_several_questions_are_answered_in_one_reply(customer, home):
    told = customer.hears("which floor, how many bathrooms and how much is it?")
    for part in (f"Floor: {home.floor}", f"Bathrooms: {home.bathrooms}", f"{home.price:,}"):
        assert part in told


def test_an_ordinal_means_that_record_and_the_next_question_goes_on_about_it(customer, page):
    second = customer.catalogue.get("properties", page[1])
    assert f"Bathrooms: {second.bathrooms}" in only(customer, "2nd one how many baths")
    assert second.id in only(customer, "how much is it?")


def test_without_one_in_detail_each_of_the_page_is_told_with_its_number(customer, page):
    lines = only(customer, "how many bathrooms?").splitlines()
    homes = [customer.catalogue.get("properties", one) for one in page]
    assert [line.split(".")[0] for line in lines[1:]] == [str(n + 1) for n in range(len(homes))]
    assert all(line.endswith(f": {home.bathrooms}") for line, home in zip(lines[1:], homes, strict=True))


def test_all_of_them_are_meant_although_one_is_in_detail(customer, page, home):
    assert len(only(customer, "price per metre of each of them").splitlines()) == len(page) + 1


def test_what_the_record_does_not_say_is_offered_to_be_passed_on_with_the_question(customer, home):
    (reply,) = customer.says("is there natural gas?")
    assert "do not say: gas" in reply.text
    assert [button.id for button in reply.buttons] == ["human"]

    customer.says("yes please")
    assert home.id in customer.asked.escalated
    assert "natural gas" in customer.asked.escalated


def test_a_feature_in_the_title_is_known(customer):
    customer.says("apartment with parking in Nasr City")
    customer.says("1")
    assert "Parking: yes" in only(customer, "does it have parking?")


@pytest.mark.parametrize(
    "text", ["is the price negotiable?", "فيه خصم؟", "a5er kalam kam", "is it still available?"]
)
def test_nothing_is_promised_for_the_seller(customer, home, text):
    (reply,) = customer.says(text)
    assert home.id in reply.text
    assert [button.id for button in reply.buttons] == ["human"]
    assert customer.asked.escalated is None


def test_the_picture_is_sent(customer, home):
    (reply,) = customer.says("any photos?")
    assert reply.media is not None


def test_of_several_the_picture_is_asked_for(customer, page):
    (reply,) = customer.says("صور لو سمحت")
    assert reply.media is None
    assert "؟" in reply.text


def test_the_place_comes_on_the_map_if_the_record_knows_it(customer):
    one = next(
        home
        for offset in (0, 100, 200)
        for home in customer.catalogue.find("properties", offset=offset, limit=100)
        if home.coordinates
    )
    customer.says(one.id)
    (reply,) = customer.says("where exactly is it?")
    assert one.location in reply.text
    assert f"{reply.location.latitude:.4f},{reply.location.longitude:.4f}" == one.coordinates


def test_two_are_compared_by_what_matters(customer, page):
    told = only(customer, "compare 1 and 3")
    for home in (customer.catalogue.get("properties", page[at]) for at in (0, 2)):
        assert all(part in told for part in (f"{home.price:,}", f"{home.area:,.0f} m²"))
    assert "less." in told
    assert "2. " not in told


def test_a_record_in_detail_is_compared_with_another(customer, page, home):
    told = only(customer, "compare it with the second")
    assert all(f"{customer.catalogue.get('properties', one).price:,}" in told for one in page[:2])


def test_the_cheapest_of_the_page_and_of_all_that_was_found_is_named(customer):
    (shown,) = customer.says("apartment in New Cairo up to 5 million")
    ids = [row.id.removeprefix("show:") for row in shown.menu.rows if row.id.startswith("show:")]
    cheapest = min((customer.catalogue.get("properties", one) for one in ids), key=lambda home: home.price)
    of_all = customer.catalogue.find(
        "properties", "", customer.session.context.extracted_info.dialogue["filters"], order="price", limit=1
    )[0]

    told = only(customer, "which one is the cheapest?")

    assert f"number {ids.index(cheapest.id) + 1} is the cheapest" in told
    assert of_all.id in told


def test_the_biggest_of_the_page(customer, page):
    biggest = max((customer.catalogue.get("properties", one) for one in page), key=lambda home: home.area)
    assert biggest.id in only(customer, "انهي اكبر")


@pytest.mark.parametrize(
    "text",
    [
        "is there one with 3 bathrooms?",
        "how much is a villa in Zayed?",
        "furnished apartment in Maadi",
        "up to 3 million",
    ],
)
def test_a_question_that_names_a_condition_is_a_search(customer, page, text):
    customer.says(text)
    assert customer.asked.searched


def test_before_anything_was_shown_a_question_about_a_price_is_a_search(customer):
    customer.says("how much is a villa in Sheikh Zayed?")
    assert customer.slots["propertyType"] == "villa"
    assert customer.asked.searched


def test_the_kind_of_property_tells_which_record_is_meant(customer):
    (shown,) = customer.says("villa or townhouse in New Cairo")
    ids = [row.id.removeprefix("show:") for row in shown.menu.rows if row.id.startswith("show:")]
    homes = [customer.catalogue.get("properties", one) for one in ids]
    kind = homes[-1].property_type
    meant = [home for home in homes if home.property_type == kind]
    told = only(customer, f"how much is the {kind}?")
    assert all(f"{home.price:,}" in told for home in meant)


def test_a_code_in_the_text_means_that_record(customer):
    home = customer.catalogue.get("properties", "EG0009")
    assert f"Floor: {home.floor}" in only(customer, "which floor is eg0009 on?")


def test_a_question_about_a_quoted_record_is_about_that_one(customer):
    Conversation.says(customer, "apartment in Maadi up to 5 million")
    customer.says("1")
    (detail,) = customer.asked.ids
    code = customer.session.context.extracted_info.dialogue["one"]
    customer.says("villa in Sheikh Zayed")
    assert code in customer.hears(quote(detail, "which floor?"))


def test_more_details_show_the_one_or_ask_which(customer, page):
    assert "1 to 4" in only(customer, "more details please")
    assert "Code: " in only(customer, "tell me more about the second one")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("what does the first one do?", "profession"),
        ("where does she work?", "organisation"),
        ("which city is he in", "city"),
    ],
)
def test_a_member_is_asked_about(seeker, text, field):
    (shown,) = seeker.says("doctors in Bangalore")
    first = seeker.catalogue.get("members", shown.menu.rows[0].id.removeprefix("show:"))
    seeker.says("1")
    assert getattr(first, field) in only(seeker, text)


WAITING = {"dialogue": {"kind": "properties", "ids": ["EG0009", "EG0001"], "total": 2, "one": "EG0009"}}


def while_waiting(catalogue, text):
    return ask(assistant, turn(text, catalogue=catalogue, waiting=True, known=WAITING))


def test_while_a_person_is_awaited_the_records_still_answer(catalogue):
    (reply,) = while_waiting(catalogue, "how much is it, and is it negotiable?").replies
    assert "3,100,000" in reply.text
    assert reply.buttons == ()


@pytest.mark.parametrize("text", ["is there natural gas?", "is it still available?"])
def test_while_a_person_is_awaited_what_no_record_says_is_left_to_the_person(catalogue, text):
    assert while_waiting(catalogue, text).replies == ()


def test_a_question_about_a_distance_is_no_question_about_the_metro(customer, home):
    (reply,) = [said for said in customer.says("how far is it from the metro?") if said.text]
    assert "do not say: distance." in reply.text


def test_one_is_not_compared_with_itself(customer):
    customer.says("EG0009")
    assert "only one" in only(customer, "compare it with 1")


def test_members_have_no_code(seeker):
    seeker.says("doctors in Bangalore")
    assert "M00" not in only(seeker, "where is the second one?")


@pytest.mark.parametrize(
    ("text", "field", "choose"),
    [("the most expensive?", "price", max), ("which is the smallest", "area", min)],
)
def test_the_other_extremes_are_named_too(customer, page, text, field, choose):
    homes = [customer.catalogue.get("properties", one) for one in page]
    assert choose(homes, key=lambda home: getattr(home, field)).id in only(customer, text)


def test_the_first_two_are_compared(customer, page):
    told = only(customer, "compare the first two")
    assert "2. " in told
    assert "3. " not in told


def test_a_number_of_millions_is_no_record(customer, page, home):
    assert home.id in "".join(reply.text for reply in customer.says("would the owner take 3?"))


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("is it ready?", {"ready"}, {"2026", "2027", "2028", "2029", "2030"}),
        ("is it furnished?", {"furnished"}, {"fully finished", "semi finished", "core and shell"}),
    ],
)
def test_a_question_whether_it_is_so_is_answered_with_yes_or_no(customer, page, text, yes, no):
    for code in page:
        customer.says(code)
        record = customer.catalogue.get("properties", code)
        has = record.delivery if "ready" in text else record.finishing
        said = only(customer, text)
        assert ("\nYes. " in said) is (has in yes)
        assert ("\nNo. " in said) is (has in no)


@pytest.mark.parametrize("text", ["when will it be ready?", "cash or installments?"])
def test_an_open_question_is_answered_without_a_yes_or_a_no(customer, home, text):
    said = only(customer, text)
    assert not {"Yes.", "No."} & {*said.split()}
    assert ": " in said


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("هل فيه مفروش؟", "finishing"),
        ("do you have any furnished?", "finishing"),
        ("fe motashateb?", "finishing"),
        ("any ready ones?", "urgency"),
    ],
)
def test_whether_there_is_such_a_one_is_a_search_and_no_question_about_the_page(customer, page, text, slot):
    customer.says(text)
    assert slot in customer.slots
    assert len(customer.asked.searched) == 1


def test_the_lowest_price_of_a_metre_is_named_of_the_page(customer, page):
    records = [customer.catalogue.get("properties", code) for code in page]
    best = min(records, key=lambda record: record.price / record.area)
    said = only(customer, "which of these has the lowest price per meter?")
    assert f"number {page.index(best.id) + 1} " in said
    assert f"{round(best.price / best.area):,}" in said


def test_two_things_are_asked_at_once(customer, home):
    said = only(customer, "mesa7etha kam w bekam")
    assert f"{home.area:,.0f}" in said
    assert f"{home.price:,}" in said


def test_records_are_still_asked_about_after_another_currency(customer):
    customer.says("villa for rent in Maadi or New Cairo")
    customer.says("we pay up to $1,600")
    assert customer.slots.get("budget") is None
    assert only(customer, "first one: what compound is that?")


def test_a_question_with_two_answers_refuses_none_of_them(customer, page):
    home = customer.catalogue.get("properties", page[1])
    said = only(customer, "التانية مفروشة ولا فاضية؟")
    assert home.id in said
    assert "التشطيب" in said


def test_without_any_area_none_is_called_the_biggest(tmp_path):
    head = "id,type,location,price,purpose\n"
    (tmp_path / "p.csv").write_text(head + "A1,villa,Maadi,4000000,sale\nA2,villa,Maadi,5000000,sale\n")
    load(tmp_path / "p.csv", "properties", tmp_path / "loaded", now=NOW)
    with closing(open_catalogue(tmp_path / "loaded")) as catalogue:
        customer = Conversation(assistant, catalogue=catalogue, kind="properties")
        customer.says("villa in Maadi")
        assert "is the biggest" not in customer.says("which one is the biggest?").text


def test_the_one_of_a_price_is_asked_about_and_not_searched_for(customer):
    customer.says("apartment in Maadi up to 3 million")
    shown = [
        customer.catalogue.get("properties", row.id.removeprefix("show:"))
        for row in customer.asked.replies[0].menu.rows[:5]
    ]
    prices = [record.price for record in shown]
    one = next(record for record in shown if prices.count(record.price) == 1)
    assert one.id in customer.hears(f"the {one.price / 1_000_000:g} million one, is it furnished or empty")
    assert customer.asked.searched == ()
