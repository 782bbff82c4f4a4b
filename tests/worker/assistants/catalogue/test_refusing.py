"""What is wrong in a table is said with its place; a file that cannot be used changes nothing."""

import os
from pathlib import Path

import pytest

from session.errors import NoCatalogue
from tests.clocks import START
from tests.worker.assistants.catalogue.conftest import Load
from worker.assistants.catalogue import LoadedCatalogue, LoadRefused, NoSuchKind, Unreadable, load

GOOD = "id,type,location,price\nA1,villa,Maadi,9m\n"


def test_bad_rows_are_left_out_with_line_and_reason(put: Load) -> None:
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
        ("line 5", "beds: 'many' is no number"),
        ("line 6", "the id A1 was used before"),
        ("line 7", "payment: 'gold' is none of cash, installments, both"),
        ("line 8", "currency: 'USD': only prices in EGP are kept"),
        ("line 9", "8 cells under 7 headings"),
        ("line 10", "price is empty"),
    ]


def test_bad_items_of_json_are_left_out(put: Load) -> None:
    loaded = put(
        '[{"name": "Asha Rao"}, 7, {"name": "Ravi", "phone": "12"}, {"name": null}, {"name": "Rao", "phone": "98408 30854"}]',
        name="m.json",
        kind="members",
    )
    assert [(row.where, row.reason) for row in loaded.left_out] == [
        ("item 2", "no record with named fields"),
        ("item 3", "phone: '12' is not a phone number"),
        ("item 4", "name is empty"),
        (
            "item 5",
            "phone: '98408 30854' has no country code: write it with + and the country code, or set DEFAULT_COUNTRY",
        ),
    ]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", "", "is empty"),
        ("a.csv", "\ufeff \n\n", "is empty"),
        ("a.csv", "colour,shape\nred,round\n", "no column for property_type, location, price"),
        ("a.csv", "type,location,price\n", "no row"),
        ("a.csv", "type,location,price\nvilla,Maadi,?\n", "line 2: price: '\\?' is no price"),
        (
            "a.csv",
            "type,location,price\nشقة,المعادي,1000000\n".encode("cp1256"),
            r"not written in UTF-8 \(line 2\)",
        ),
        ("a.csv", '"' + "x" * 200_000, "no readable headings"),
        ("a.json", "{not json", "is no JSON"),
        ("a.json", "3", "no list of records"),
        ("a.json", "[" * 100_000, "nested too deeply|is no JSON"),
        ("a.jsonl", "x\ny\n", "no column for"),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing(  # noqa: PLR0917
    put: Load, catalogue: LoadedCatalogue, directory: Path, name: str, content: str | bytes, words: str
) -> None:
    put(GOOD)
    with pytest.raises(LoadRefused, match=words):
        put(content, name=name)
    assert catalogue.find("properties").total == 1
    assert [path.name for path in directory.iterdir()] == ["properties.db"]


def test_an_unknown_kind_is_named_with_those_that_there_are(put: Load, catalogue: LoadedCatalogue) -> None:
    with pytest.raises(NoSuchKind, match="there are properties, members"):
        put(GOOD, kind="cars")
    with pytest.raises(NoSuchKind, match="cars"):
        catalogue.find("cars")


def test_a_file_that_is_not_there_is_refused(directory: Path) -> None:
    with pytest.raises(LoadRefused, match="No such file"):
        load(directory / "none.csv", "members", directory, now=START)


def test_a_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "table.csv"
    source.write_text(GOOD)
    with pytest.raises(LoadRefused, match=r"cannot be written"):
        load(source, "properties", source / "below-a-file", now=START)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may do anything")
def test_what_the_user_may_not_do_is_said(put: Load, catalogue: LoadedCatalogue, directory: Path) -> None:
    put(GOOD)
    (directory / "properties.db").chmod(0)
    with pytest.raises(Unreadable, match="may not be read"):
        catalogue.find("properties")
    directory.chmod(0o500)
    with pytest.raises(LoadRefused, match="Permission denied"):
        put(GOOD)
    directory.chmod(0o700)


def test_searching_before_anything_is_loaded_says_what_to_do(catalogue: LoadedCatalogue) -> None:
    with pytest.raises(NoCatalogue, match="inturn catalogue load"):
        catalogue.find("members")


@pytest.mark.parametrize(
    "content", [b"", b"no database at all" * 100, b"SQLite format 3\x00" + b"\x00" * 5000]
)
def test_a_damaged_catalogue_is_an_error_of_the_house(
    catalogue: LoadedCatalogue, directory: Path, content: bytes
) -> None:
    directory.mkdir()
    (directory / "properties.db").write_bytes(content)
    with pytest.raises(Unreadable, match="load it again"):
        catalogue.find("properties", "villa")


def test_a_directory_in_the_place_of_the_file_is_an_error_of_the_house(
    put: Load, catalogue: LoadedCatalogue, directory: Path
) -> None:
    (directory / "properties.db").mkdir(parents=True)
    with pytest.raises(Unreadable):
        catalogue.find("properties")
    with pytest.raises(LoadRefused, match="cannot be written"):
        put(GOOD)
