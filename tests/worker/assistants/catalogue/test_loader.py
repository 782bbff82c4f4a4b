"""An operator's file is loaded; a file that cannot be used changes nothing."""

import json
import os
from pathlib import Path

import pytest

from tests.clocks import START
from tests.worker.assistants.catalogue.conftest import Load
from worker.assistants.catalogue import (
    LoadedCatalogue,
    LoadRefused,
    MemberRecord,
    NoSuchKind,
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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_any_usual_csv_is_read(put: Load, catalogue: LoadedCatalogue, encoding: str, separator: str) -> None:
    rows = [
        ["الكود", "العنوان", "نوع العقار", "المنطقة", "السعر", "عدد الغرف"],
        ["ق١", "شقة بحري", "شقة", "المعادي", "٢٫٥ مليون", "٣"],
    ]
    put("\r\n".join(separator.join(row) for row in rows).encode(encoding))
    found = catalogue.get("properties", "ق١")
    assert isinstance(found, PropertyRecord)
    assert (found.property_type, found.location, found.price, found.bedrooms) == (
        "apartment",
        "المعادي",
        2_500_000,
        3,
    )


RECORDS = [
    {"userId": 7, "Full Name": "Asha Rao", "profession": "doctor", "mobile": 9840830854, "tags": None},
    {
        "userId": 8,
        "Full Name": "Ravi Rao",
        "profession": "lawyer",
        "mobile": "+91 98765 43210",
        "tags": ["a"],
    },
]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.json", json.dumps(RECORDS)),
        ("object.json", json.dumps({"members": RECORDS, "count": 2})),
        ("lines.json", "\n".join(map(json.dumps, RECORDS))),
        ("lines.jsonl", "\n\n".join(map(json.dumps, RECORDS)) + "\n"),
    ],
)
def test_json_is_read_as_a_list_or_as_lines(
    put: Load, catalogue: LoadedCatalogue, name: str, content: str
) -> None:
    loaded = put(content, name=name, kind="members", country="IN")
    assert (loaded.records, loaded.ignored) == (2, ("tags",))
    assert catalogue.member_by_phone("+919840830854") == MemberRecord(
        id="7", name="Asha Rao", profession="doctor", phone="+919840830854"
    )


def test_progress_is_reported(put: Load) -> None:
    heard: list[int] = []
    put(
        "type,location,price\n" + "".join(f"villa,Maadi,{n + 1000}\n" for n in range(1200)),
        progress=heard.append,
    )
    assert heard == [500, 1000]


def test_facts_about_the_load_are_kept(put: Load, catalogue: LoadedCatalogue) -> None:
    put(TABLE + "A3,x,Villa,Maadi,?,1,1\n")
    about = catalogue.about("properties")
    assert (about["source"], about["records"], about["left_out"]) == ("table.csv", "2", "1")
    assert about["loaded_at"] == "2100-01-01T12:00:00+00:00"


def test_a_new_file_obeys_the_umask_and_later_ones_keep_its_mode(put: Load, directory: Path) -> None:
    before = os.umask(0o027)
    try:
        put(TABLE)
        path = directory / "properties.db"
        assert path.stat().st_mode & 0o777 == 0o640
        path.chmod(0o600)
        put(TABLE)
        assert path.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)


MEMBERS = "name,profession,phone\nAsha Rao,doctor,+919840830854\n"


@pytest.mark.parametrize(("was", "becomes"), [(None, 0o600), (0o644, 0o600), (0o666, 0o600), (0o640, 0o640)])
def test_only_this_user_can_read_a_file_with_people(
    put: Load, directory: Path, catalogue: LoadedCatalogue, was: int | None, becomes: int
) -> None:
    before = os.umask(0o000)
    path = directory / "members.db"
    try:
        put(MEMBERS, kind="members")
        if was is not None:
            path.chmod(was)
            put(MEMBERS, kind="members")
    finally:
        os.umask(before)

    assert path.stat().st_mode & 0o777 == becomes
    assert directory.stat().st_mode & 0o777 == 0o700
    assert catalogue.member_by_phone("+919840830854") is not None


def test_leftovers_of_killed_loads_are_removed(put: Load, directory: Path) -> None:
    abandoned = directory / ".loading-killed"
    abandoned.mkdir(parents=True)
    os.utime(abandoned, (0, 0))
    put(TABLE)
    assert [path.name for path in directory.iterdir()] == ["properties.db"]


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


def test_an_unknown_kind_is_refused_with_the_known_ones(put: Load, catalogue: LoadedCatalogue) -> None:
    with pytest.raises(NoSuchKind, match="use one of properties, members"):
        put(GOOD, kind="cars")
    with pytest.raises(NoSuchKind, match="cars"):
        catalogue.find("cars")


def test_a_missing_file_is_refused(directory: Path) -> None:
    with pytest.raises(LoadRefused, match="No such file"):
        load(directory / "none.csv", "members", directory, now=START)


def test_a_directory_that_cannot_be_created_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "table.csv"
    source.write_text(GOOD)
    with pytest.raises(LoadRefused, match=r"cannot be written"):
        load(source, "properties", source / "below-a-file", now=START)
