"""Which of several places is wanted."""

import pytest

from worker.assistants.understanding.message import understand


def places(text):
    """Return the wanted places of a message, and the refused ones."""
    understood = understand(text, domain="property")
    return understood.places, understood.excluded.get("location", ())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("maadi or zamalek", ("Maadi", "Zamalek")),
        ("maadi or zamalek, but zamalek is better", ("Zamalek",)),
        ("i'd prefer zayed", ("Sheikh Zayed",)),
        ("المعادي او زايد بس زايد احسن", ("Sheikh Zayed",)),
        ("rehab is too expensive, anything in shorouk", ("Shorouk",)),
        ("ba7eb el rehab bs ghalya, fe eh fel shorouk", ("Shorouk",)),
        ("rehab is expensive", ("Rehab",)),
        ("which is better, zayed or october", ()),
        ("التجمع ولا زايد احسن", ()),
        ("near AUC", ("New Cairo",)),
        ("degla no problem", ("Degla",)),
        ("قريب من الجامعة الامريكية", ("New Cairo",)),
    ],
)
def test_judgements_decide_between_places(text, wanted):
    assert places(text) == (wanted, ())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("I grew up in Heliopolis, now I want a flat in Rehab", ("Rehab",)),
        ("my parents live in Dokki and we need something in Mohandessin", ("Mohandessin",)),
        ("كنت ساكن في الزمالك وعايز في مصر الجديدة", ("Heliopolis",)),
        ("be3t sha2ty fe faisal w 3ayez ashtery fe zayed", ("Sheikh Zayed",)),
        ("something near my parents' house in Dokki", ("Dokki",)),
        ("I work in Smart Village and want a flat in Zamalek", ("Zamalek",)),
        ("I work in Maadi", ("Maadi",)),
        ("my brother lives in Madinaty and I want a flat near him", ("Madinaty",)),
        ("born and raised in Alex, now working in Smart Village, need a studio in Zayed", ("Sheikh Zayed",)),
    ],
)
def test_where_somebody_lived_is_not_sought_and_where_somebody_works_only_if_no_other_place_is_named(
    text, wanted
):
    assert places(text) == (wanted, ())


def test_a_place_is_refused_by_the_no_after_it():
    assert places("maadi yes, degla no") == (("Maadi",), ("Degla",))


@pytest.mark.parametrize("month", ["october", "oktober", "oktobar"])
def test_the_month_after_which_a_city_is_named_is_that_city(month):
    for text in (f"sha2a fe {month}", f"sha2a fe 6 {month}"):
        assert understand(text, domain="property").entities == {
            "propertyType": "apartment",
            "location": "6th of October",
        }


def test_a_refusal_covers_places_that_are_joined():
    assert places("anything except october and zayed") == ((), ("6th of October", "Sheikh Zayed"))


def test_a_refusal_does_not_cover_what_is_no_place():
    assert understand("not october and 3 rooms", domain="property").entities == {"bedrooms": 3}


@pytest.mark.parametrize(
    "text",
    [
        "ana mn el mansora w 3ayz sha2a",
        "انا ساكن في شبرا",
        "I'm from Tanta",
        "is maadi cheaper than zamalek?",
    ],
)
def test_where_somebody_lives_or_what_is_compared_is_not_wanted(text):
    assert places(text) == ((), ())


def test_an_alternative_is_no_detail_of_the_place_before_it():
    assert places("north coast or new alamein") == (("North Coast", "New Alamein"), ())
    assert places("new alamein, north coast") == (("New Alamein", "North Coast"), ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sha2a fel tagamo3 3 owad", {"propertyType": "apartment", "location": "New Cairo", "bedrooms": 3}),
        (
            "شقة التجمع 5 مليون",
            {"propertyType": "apartment", "location": "New Cairo", "budget": 5_000_000},
        ),
        (
            "sha2a fel tagamo3 5 3 owad",
            {"propertyType": "apartment", "location": "Fifth Settlement", "bedrooms": 3},
        ),
        ("tagamo3 5, rooms: 3", {"location": "Fifth Settlement", "bedrooms": 3}),
    ],
)
def test_a_number_that_counts_what_follows_belongs_to_no_place(text, expected):
    assert understand(text, domain="property").entities == expected


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("ai makan 3ada october", "6th of October"),
        ("ay mante2a m3ada zamalek", "Zamalek"),
        ("kolo 3da el haram", "Haram"),
        ("fe ay 7eta ma 3ada faisal", "Faisal"),
        ("كل المناطق معدا الهرم", "Haram"),
    ],
)
def test_a_place_after_except_is_refused(text, refused):
    assert places(text) == ((), (refused,))
