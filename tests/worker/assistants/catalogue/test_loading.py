"""An operator's table becomes records, whatever program wrote it."""

import json
import os
from pathlib import Path

import pytest

from tests.worker.assistants.catalogue.conftest import Load
from worker.assistants.catalogue import LoadedCatalogue, Member, Property

TABLE = """\
Ref,Title,Type,District,Price (EGP),Beds,Area m2
A1,Garden flat,Flat,Maadi,"2,500,000",2,110
A2,Lake villa,Villa,Sheikh Zayed,12m,4,400
"""


def test_columns_are_found_by_their_names(put: Load, catalogue: LoadedCatalogue) -> None:
    loaded = put(TABLE)
    assert (loaded.records, loaded.left_out, loaded.ignored) == (2, (), ())
    assert catalogue.get("properties", "A1") == Property(
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
    assert isinstance(found, Property)
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
    assert catalogue.member_by_phone("+919840830854") == Member(
        id="7", name="Asha Rao", profession="doctor", phone="+919840830854"
    )


def test_a_row_without_id_and_title_gets_both_and_keeps_them(put: Load, catalogue: LoadedCatalogue) -> None:
    table = "type,location,price,bedrooms\nvilla,Maadi,9m,4\nvilla,Maadi,8m,\n"
    put(table)
    first = catalogue.find("properties", order="-price")[0]
    put("type,location,price,bedrooms\nflat,Dokki,2m,2\nvilla,Maadi,9m,4\n")
    assert isinstance(first, Property)
    assert first.title == "4-bedroom villa in Maadi"
    assert catalogue.get("properties", first.id) == first


def test_a_row_over_several_lines_is_counted_from_its_first(put: Load) -> None:
    loaded = put('title,type,location,price\n"two\nlines",villa,Maadi,9m\n\nx,villa,Maadi,cheap\n')
    assert [(row.where, row.reason) for row in loaded.left_out] == [
        ("line 5", "price: 'cheap' is no price in EGP")
    ]


def test_progress_is_told(put: Load) -> None:
    heard: list[int] = []
    put(
        "type,location,price\n" + "".join(f"villa,Maadi,{n + 1000}\n" for n in range(1200)),
        progress=heard.append,
    )
    assert heard == [500, 1000]


def test_the_load_is_remembered(put: Load, catalogue: LoadedCatalogue) -> None:
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
def test_people_are_read_by_nobody_else(
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


def test_nothing_but_the_catalogue_is_left_in_the_directory(put: Load, directory: Path) -> None:
    abandoned = directory / ".loading-killed"
    abandoned.mkdir(parents=True)
    os.utime(abandoned, (0, 0))
    put(TABLE)
    assert [path.name for path in directory.iterdir()] == ["properties.db"]
