"""A property may have a picture: a web address, or a file beside the table."""

import sqlite3
from pathlib import Path

import pytest

from tests.clocks import START
from worker.assistants.catalogue import open_catalogue
from worker.assistants.catalogue.loader import load

TABLE = "id,propertyType,location,price,image\n{rows}"


def loaded(tmp_path: Path, *images: str):
    rows = "".join(
        f'P{number},villa,Zamalek,{5 + number}000000,"{image}"\n' for number, image in enumerate(images)
    )
    (tmp_path / "pictures").mkdir(exist_ok=True)
    (tmp_path / "pictures" / "a.png").write_bytes(b"x")
    table = tmp_path / "table.csv"
    table.write_text(TABLE.format(rows=rows), encoding="utf-8")
    report = load(table, "properties", tmp_path / "db", now=START)
    return report, open_catalogue(tmp_path / "db")


def test_an_address_and_a_file_beside_the_table(tmp_path):
    report, catalogue = loaded(tmp_path, "https://a.example/a.jpg", "pictures/a.png", "")

    assert report.left_out == ()
    assert [catalogue.get("properties", f"P{n}").image for n in range(3)] == [
        "https://a.example/a.jpg",
        str(tmp_path / "pictures" / "a.png"),
        None,
    ]


@pytest.mark.parametrize(
    "image",
    ["/etc/passwd", "../secret.png", "pictures/../../x.png", "a.gif", "pictures/b.png", "ftp://a/b.png"],
)
def test_nothing_else_is_a_picture(tmp_path, image):
    (tmp_path.parent / "secret.png").write_bytes(b"x")
    report, _ = loaded(tmp_path, "pictures/a.png", image)

    (left_out,) = report.left_out
    assert "image" in left_out.reason


def test_a_file_outside_the_folder_is_none_also_by_a_link(tmp_path):
    (tmp_path.parent / "outside.png").write_bytes(b"x")
    (tmp_path / "link.png").symlink_to(tmp_path.parent / "outside.png")
    report, _ = loaded(tmp_path, "pictures/a.png", "link.png")

    assert len(report.left_out) == 1


def test_records_that_an_earlier_release_loaded_are_read(tmp_path):
    _, catalogue = loaded(tmp_path, "pictures/a.png")
    catalogue.close()
    file = tmp_path / "db" / "properties.db"
    file.chmod(0o600)
    with sqlite3.connect(file) as older:
        for column in ("image", "floor", "coordinates"):
            older.execute(f"ALTER TABLE records DROP COLUMN {column}")
    older.close()
    earlier = open_catalogue(tmp_path / "db")

    assert earlier.get("properties", "P0").image is None
    assert [one.id for one in earlier("properties", "villa in zamalek")] == ["P0"]
