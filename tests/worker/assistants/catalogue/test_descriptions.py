"""What the texts of records say besides what has a field."""

import pytest

from worker.assistants.catalogue.descriptions import RecordDescriptions
from worker.assistants.catalogue.kinds import KINDS


def described(kind: str = "properties", **fields: str) -> tuple[str, ...]:
    row = {column.name: None for column in KINDS[kind].columns}
    return RecordDescriptions(KINDS[kind]).of({**row, **fields})


IN_MAADI = {
    "location": "Maadi",
    "location_aliases": "المعادي|el maadi",
    "city": "Cairo",
    "city_aliases": "القاهرة",
}


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("4-bedroom apartment in Maadi, with a large balcony", ("a place with a large balcony",)),
        ("Studio for rent in Maadi", ()),
        ("Flat in Maadi, Cairo, in a new building", ("a place in a new building",)),
        ("شقة ٣ غرف نوم للإيجار في المعادي ببلكونة كبيرة", ("مكان ببلكونة كبيرة",)),
        (
            "Sunny villa - own pool; near the club",
            ("a place Sunny villa", "a place own pool", "a place near the club"),
        ),
        ("", ()),
    ],
)
def test_a_title_without_type_rooms_and_place(title, said):
    assert described(title=title, **IN_MAADI) == said


def test_what_several_fields_say_is_told_once():
    found = described(title="Flat in Maadi, sea view", view="sea", **IN_MAADI)

    assert found == ("a place sea view",)


def test_a_member_is_described_by_the_work():
    found = described(
        "members", name="Ravi", profession="doctor", specialty_aliases="heart doctor|طبيب قلب", city="Delhi"
    )

    assert found == ("someone for doctor", "someone for heart doctor", "حد طبيب قلب")
