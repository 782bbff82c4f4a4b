"""A row becomes a record, or it is skipped and reported with its place and the reason."""

from tests.worker.assistants.catalogue.conftest import Load
from worker.assistants.catalogue import LoadedCatalogue, PropertyRecord


def test_bad_rows_are_skipped_with_line_and_reason(put: Load) -> None:
    loaded = put(
        "id,type,location,price,beds,payment,currency\n"
        "A1,villa,Maadi,9m,4,cash,EGP\n"
        "A2,villa,,9m,4,cash,EGP\n"
        "A3,villa,Maadi,,4,cash,EGP\n"
        "A4,villa,Maadi,9m,many,cash,EGP\n"
        "A1,flat,Dokki,2m,2,cash,EGP\n"
        "A6,villa,Maadi,9m,4,gold,EGP\n"
        "A7,villa,Maadi,9m,4,cash,USD\n"
        "A8,villa,Maadi,9m,4,cash,EGP,surplus\n"
        "A9,flat,Dokki\n"
    )
    assert loaded.records == 1
    assert [(row.where, row.reason) for row in loaded.left_out] == [
        ("line 3", "location is empty"),
        ("line 4", "price is empty"),
        ("line 5", "beds: 'many' is not a number"),
        ("line 6", "an earlier row has the same id, A1"),
        ("line 7", "payment: 'gold' is not one of cash, installments, both"),
        ("line 8", "currency: 'USD': only prices in EGP are accepted"),
        ("line 9", "8 cells under 7 headings"),
        ("line 10", "price is empty"),
    ]


def test_bad_items_of_json_are_skipped(put: Load) -> None:
    loaded = put(
        '[{"name": "Asha Rao"}, 7, {"name": "Ravi", "phone": "12"}, {"name": null}, {"name": "Rao", "phone": "98408 30854"}]',
        name="m.json",
        kind="members",
    )
    assert [(row.where, row.reason) for row in loaded.left_out] == [
        ("item 2", "not an object with named fields"),
        ("item 3", "phone: '12' is not a phone number"),
        ("item 4", "name is empty"),
        (
            "item 5",
            "phone: '98408 30854' has no country code: write it with + and the country code, or set DEFAULT_COUNTRY",
        ),
    ]


def test_a_row_without_id_and_title_gets_both_and_the_same_at_the_next_load(
    put: Load, catalogue: LoadedCatalogue
) -> None:
    table = "type,location,price,bedrooms\nvilla,Maadi,9m,4\nvilla,Maadi,8m,\n"
    put(table)
    first = catalogue.find("properties", order="-price")[0]
    put("type,location,price,bedrooms\nflat,Dokki,2m,2\nvilla,Maadi,9m,4\n")
    assert isinstance(first, PropertyRecord)
    assert first.title == "4-bedroom villa in Maadi"
    assert catalogue.get("properties", first.id) == first


def test_a_row_over_several_lines_is_counted_from_its_first(put: Load) -> None:
    loaded = put('title,type,location,price\n"two\nlines",villa,Maadi,9m\n\nx,villa,Maadi,cheap\n')
    assert [(row.where, row.reason) for row in loaded.left_out] == [
        ("line 5", "price: 'cheap' is not a price in EGP")
    ]


def test_a_row_keeps_its_id_when_later_columns_are_filled(put: Load, catalogue: LoadedCatalogue) -> None:
    put("type,location,price\nflat,Dokki,2m\n")
    (before,) = catalogue.find("properties")
    put("type,location,price,floor,view\nflat,Dokki,2m,3rd,river\n")
    (after,) = catalogue.find("properties")
    assert isinstance(after, PropertyRecord)
    assert (after.id, after.floor, after.view) == (before.id, 3, "river")
