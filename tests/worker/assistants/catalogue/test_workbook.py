"""A workbook of Excel or LibreOffice is loaded like CSV; problems are reported with their row."""

import shutil
from pathlib import Path

import pytest

from tests.worker.assistants.catalogue.conftest import Load
from tests.worker.assistants.catalogue.workbooks import packed, xlsx
from worker.assistants.catalogue import LoadedCatalogue, LoadRefused, PropertyRecord
from worker.assistants.catalogue.sheets import SheetRow, open_sheet

pytestmark = pytest.mark.processes

FILES = Path(__file__).parent / "files"
#: Written by the programs themselves: a title, merged over the table; headings in row 3; a date; figures that are texts
#: and texts that are figures; a merged place over three rows; a row without a price; a blank one.
BOOKS = ["flats.xlsx", "flats.xls", "flats.ods"]


@pytest.mark.parametrize("book", BOOKS)
def test_a_workbook_is_read_as_it_is_displayed(book: str) -> None:
    sheet = open_sheet(FILES / book)
    first, *_, last = sheet.rows

    assert sheet.unit == "row"
    assert sheet.headers == (
        "id",
        "title",
        "type",
        "location",
        "price",
        "bedrooms",
        "area",
        "phone",
        "delivery",
    )
    assert list(first.cells.values()) == [
        "A1", "Garden flat", "flat", "Maadi", "2500000", "2", "110.5", "01001234567", "2027-06-30"
    ]  # fmt: skip
    assert (first.number, last.number) == (4, 8)
    assert (last.cells["price"], last.cells["bedrooms"], last.cells["delivery"]) == (
        "12000000",
        "4",
        "Q3 2027",
    )


@pytest.mark.parametrize("book", BOOKS)
def test_it_is_loaded_and_bad_rows_are_reported_by_number(
    put: Load, catalogue: LoadedCatalogue, book: str
) -> None:
    loaded = put((FILES / book).read_bytes(), name=book)

    # LibreOffice's own files do not tell which cells are merged.
    merged = 0 if book == "flats.ods" else 1
    assert loaded.records == 2 + merged
    assert loaded.left_out[-1].where == "row 6"
    found = catalogue.get("properties", "A4")
    assert isinstance(found, PropertyRecord)
    assert (found.price, found.bedrooms, found.location) == (12_000_000, 4, "Sheikh Zayed")


@pytest.mark.parametrize("book", ["flats.xlsx", "flats.xls"])
def test_every_cell_of_a_merged_range_has_its_value(book: str) -> None:
    assert [line.cells["location"] for line in open_sheet(FILES / book).rows][:3] == ["Maadi"] * 3


def test_a_hidden_sheet_is_ignored() -> None:
    # The file's first sheet is hidden, and says "secret".
    assert "secret" not in open_sheet(FILES / "flats.xlsx").headers


@pytest.mark.parametrize(("book", "name"), [("flats.ods", "flats.xlsx"), ("flats.xls", "flats.csv")])
def test_the_extension_of_a_file_does_not_matter(tmp_path: Path, book: str, name: str) -> None:
    shutil.copy(FILES / book, tmp_path / name)
    assert next(open_sheet(tmp_path / name).rows).cells["id"] == "A1"


def test_a_table_can_begin_anywhere_in_its_sheet(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(xlsx({"C5": "id", "D5": "type", "C7": "A1", "D7": "villa"}))
    assert list(open_sheet(path).rows) == [SheetRow(number=7, cells={"id": "A1", "type": "villa"})]


def test_a_workbook_with_a_password_is_refused(put: Load) -> None:
    with pytest.raises(LoadRefused, match="protected by a password"):
        put((FILES / "locked.xlsx").read_bytes(), name="locked.xlsx")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (xlsx({}), "no sheet with a table"),
        (xlsx({"A1": "only a title"}), "no sheet with a table"),
        (xlsx({"A1": "colour", "B1": "shape", "A2": "red", "B2": "round"}), "no column for property_type"),
        (xlsx({"A1": "id"})[:300], "cannot be read as a workbook"),
        (packed(["<worksheet><sheetData><row"]), "cannot be read as a workbook"),
        (b"PK\x03\x04" + b"\0" * 100, "cannot be read as a workbook"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "cannot be read as a workbook"),
    ],
)
def test_what_is_not_a_table_is_refused(put: Load, content: bytes, words: str) -> None:
    with pytest.raises(LoadRefused, match=words):
        put(content, name="t.xlsx")
