"""An operator's file is loaded; a file that cannot be used changes nothing."""

from pathlib import Path

import pytest

from tests.clocks import START
from tests.worker.assistants.catalogue.conftest import Load
from worker.assistants.catalogue import (
    LoadedCatalogue,
    LoadRefused,
    PropertyRecord,
    load,
)

TABLE = """\
Ref,Title,Type,District,Price (EGP),Beds,Area m2
A1,Garden flat,Flat,Maadi,"2,500,000",2,110
A2,Lake villa,Villa,Sheikh Zayed,12m,4,400
"""


def test_columns_are_found_by_their_names(put: Load, catalogue: LoadedCatalogue) -> None:
    loaded = put(TABLE)
    assert (loaded.records, loaded.left_out, loaded.ignored) == (2, (), ())
    assert catalogue.get("properties", "A1") == PropertyRecord(
        id="A1",
        title="Garden flat",
        property_type="apartment",
        location="Maadi",
        price=2_500_000,
        bedrooms=2,
        area=110,
    )


def test_progress_is_reported(put: Load) -> None:
    heard: list[str] = []
    put(
        "type,location,price\n" + "".join(f"villa,Maadi,{n + 1000}\n" for n in range(1200)),
        progress=heard.append,
    )
    assert heard == ["500 rows", "1,000 rows"]


def test_facts_about_the_load_are_kept(put: Load, catalogue: LoadedCatalogue) -> None:
    put(TABLE + "A3,x,Villa,Maadi,?,1,1\n")
    about = catalogue.about("properties")
    assert (about["source"], about["records"], about["left_out"]) == ("table.csv", "2", "1")
    assert about["loaded_at"] == "2100-01-01T12:00:00+00:00"


GOOD = "id,type,location,price\nA1,villa,Maadi,9m\n"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", "", "is empty"),
        ("a.csv", "\ufeff \n\n", "is empty"),
        ("a.csv", "colour,shape\nred,round\n", "no column for property_type, location, price"),
        ("a.csv", "type,location,price\n", "no row"),
        ("a.csv", "type,location,price\nvilla,Maadi,?\n", "line 2: price: '\\?' is not a price"),
        (
            "a.csv",
            "type,location,price\nشقة,المعادي,1000000\n".encode("cp1256"),
            r"not encoded in UTF-8 \(line 2\)",
        ),
        ("a.csv", '"' + "x" * 200_000, "no readable headings"),
        ("a.json", "{not json", "is not valid JSON"),
        ("a.json", "3", "no list of records"),
        ("a.json", "[" * 100_000, "nested too deeply|is not valid JSON"),
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


def test_a_missing_file_is_refused(directory: Path) -> None:
    with pytest.raises(LoadRefused, match="No such file"):
        load(directory / "none.csv", "members", directory, now=START)


def test_a_directory_that_cannot_be_created_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "table.csv"
    source.write_text(GOOD)
    with pytest.raises(LoadRefused, match=r"cannot be written"):
        load(source, "properties", source / "below-a-file", now=START)
