"""What was loosened is named with what is there instead."""

from worker.assistants.catalogue import MemberRecord, PropertyRecord
from worker.assistants.catalogue.deviations import Deviation, deviations


def home(**fields):
    return PropertyRecord(
        **{"id": "A", "title": "", "property_type": "villa", "location": "Maadi", "price": 20} | fields
    )


def test_of_a_bound_the_value_counts_that_is_furthest_away():
    records = [home(price=21, area=90), home(price=22), home(price=19, area=80)]
    found = deviations(["budget", "area"], {"budget": 20, "area": 100}, records)
    assert list(found) == [
        Deviation(filter="budget", asked=(20,), there=(22,), bound="max"),
        Deviation(filter="area", asked=(100,), there=(80,), bound="min"),
    ]


def test_of_a_choice_the_other_values_are_named_unless_they_are_many():
    homes = [home(location=place) for place in ("Dokki", "Maadi", "Zamalek", "Dokki")]
    (found,) = deviations(["location"], {"location": ["Maadi", "Helwan"]}, homes)
    assert (found.asked, found.there) == (("Maadi", "Helwan"), ("Dokki", "Zamalek"))

    (found,) = deviations(["location"], {"location": "Maadi"}, [home(location=name) for name in "ABCD"])
    assert found.there == ()


def test_of_words_and_of_dropped_conditions_only_the_name_is_told():
    found = deviations(["finishing", "query"], {"finishing": "furnished"}, [home(finishing="bare")])
    assert [(one.filter, one.there) for one in found] == [("finishing", ()), ("query", ())]


def test_members_of_another_city_are_named_with_it():
    (found,) = deviations(
        ["city"], {"location": "Koramangala"}, [MemberRecord(id="1", name="A", city="Pune")]
    )
    assert (found.asked, found.there) == (("Koramangala",), ("Pune",))
