"""Places and times that words state."""

from datetime import UTC, datetime

import pytest

from worker.assistants.understanding.message import understand


def test_all_places_are_mentioned_and_the_city_is_searched():
    understood = understand("villa in mivida new cairo", domain="property")

    assert understood.entities["location"] == "New Cairo"
    assert understood.places == ("New Cairo", "Mivida")


def test_a_month_without_a_year_is_the_next_one():
    assert understand("by March", domain="property").entities == {}
    assert understand("by March", domain="property", now=datetime(2026, 9, 1, tzinfo=UTC)).entities == {
        "urgency": "2027-03"
    }


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("penthouse or duplex", ("penthouse", "duplex")),
        ("studio apartment", ("studio",)),
        ("an apartment, sorry, a villa", ("villa",)),
        ("not an apartment, a duplex", ("duplex",)),
        ("show me the villas", ("villa",)),
        ("is the apartment still there", ()),
        ("الشقة فيها اسانسير", ()),
        ("المكتب بتاعكم فين", ()),
    ],
)
def test_all_wanted_types_are_known_and_the_one_that_was_shown_is_not_sought(text, types):
    assert understand(text, domain="property").types == types


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("we sold our villa, now we need a flat", {"propertyType": "apartment"}),
        ("we have a 300m villa in Katameya, want an apartment", {"propertyType": "apartment"}),
        (
            "we have a villa in Katameya, want an apartment in the same area",
            {"propertyType": "apartment", "location": "Katameya"},
        ),
        ("3andy sha2a f faisal w 3ayez villa f zayed", {"propertyType": "villa", "location": "Sheikh Zayed"}),
        ("عندي شقة في الدقي وعايز ابيعها", {"propertyType": "apartment", "location": "Dokki"}),
        ("do you have villas? I want 3 rooms", {"propertyType": "villa", "bedrooms": 3}),
        ("من شقة لفيلا", {"propertyType": "villa"}),
        (
            "currently paying 12k rent in Faisal, want to move to Haram for 9k",
            {"purpose": "rent", "location": "Haram", "budget": 9_000},
        ),
    ],
)
def test_what_was_sold_or_is_left_is_no_wish(text, found):
    assert understand(text, domain="property").entities == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ready to buy", {"purpose": "sale"}),
        ("el felous gahza", {}),
        ("دلوقتي عايز شقة", {"propertyType": "apartment"}),
        ("شقة جاهزة", {"propertyType": "apartment", "urgency": "now"}),
        ("flat asap cash", {"propertyType": "apartment", "urgency": "now", "paymentMethod": "cash"}),
        ("zehe2t mn el egar w 3ayez ashtery", {"purpose": "sale"}),
        ("moving in 1st of March 2027", {"urgency": "2027-03"}),
    ],
)
def test_ready_money_and_a_turn_of_events_are_no_hurry(text, found):
    assert understand(text, domain="property").entities == found


def test_a_month_may_be_a_number():
    assert understand("استلام شهر ٩ ٢٠٢٧", domain="property").entities == {"urgency": "2027-09"}
    assert understand("خلال شهر ٣ غرف", domain="property").entities == {"urgency": "P1M", "bedrooms": 3}


def test_half_in_cash_is_paid_in_instalments():
    for text in ("half cash, half over 3 years", "نص كاش والنص تقسيط"):
        assert understand(text, domain="property").entities == {"paymentMethod": "installments"}


@pytest.mark.parametrize(
    "text",
    [
        "chalet for two weeks",
        "how much is a chalet per night",
        "شاليه لمدة شهر",
        "shaleh fel esbo3",
        "chalet 4 rent",
        "chalet for August",
        "شاليه لشهر ٨",
    ],
)
def test_who_stays_for_some_time_rents(text):
    assert understand(text, domain="property").entities == {"propertyType": "chalet", "purpose": "rent"}


def test_who_refuses_one_of_two_values_wants_the_other():
    assert understand("no installments", domain="property").entities == {"paymentMethod": "cash"}
    assert understand("مش ايجار", domain="property").entities == {"purpose": "sale"}


@pytest.mark.parametrize(
    "text",
    [
        "I can pay 5 million now",
        "we can go up to 4m now",
        "دلوقتي ممكن ادفع ٣ مليون",
        "ميزانيتي بقت ٥ مليون دلوقتي",
        "a2dar adfa3 4 melyon delwa2ty",
        "make it zayed now",
    ],
)
def test_now_after_what_was_changed_is_no_hurry(text):
    assert "urgency" not in understand(text, domain="property").entities


@pytest.mark.parametrize("text", ["need a flat in maadi now", "I want to move in now"])
def test_now_in_a_wish_is_a_hurry(text):
    assert understand(text, domain="property").entities["urgency"] == "now"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("duplexat", "duplex"),
        ("studiohat fe maadi", "studio"),
        ("warriny penthousat", "penthouse"),
        ("fe townhousat?", "townhouse"),
        ("twinhousat zayed", "twinhouse"),
        ("chalehat fel sahel", "chalet"),
    ],
)
def test_an_english_type_may_have_an_arabic_plural(text, kind):
    assert understand(text, domain="property").entities["propertyType"] == kind


@pytest.mark.parametrize(
    ("text", "slot", "wanted", "refused"),
    [
        ("5leha egar bdl tamleek", "purpose", "rent", "sale"),
        ("tamleek bedal egar", "purpose", "sale", "rent"),
        ("buy instead of rent", "purpose", "sale", "rent"),
        ("bdl el sha2a warriny duplexat", "propertyType", "duplex", "apartment"),
        ("studio bdl duplex", "propertyType", "studio", "duplex"),
        ("a villa in place of a flat", "propertyType", "villa", "apartment"),
    ],
)
def test_what_stands_after_instead_of_is_refused(text, slot, wanted, refused):
    understood = understand(text, domain="property")

    assert understood.entities == {slot: wanted}
    assert understood.excluded == {slot: (refused,)}
