"""What is new since a load, and what has become cheaper."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from worker.assistants.catalogue import load, open_catalogue

START = datetime(2026, 1, 1, tzinfo=UTC)
PROPERTIES = "id,type,location,price\n"
MEMBERS = "id,name,profession,city\n"
V1, V2 = "V1,villa,Maadi,{}\n", "V2,villa,Zamalek,{}\n"


class Shop:
    def __init__(self, folder):
        self.folder, self.count = folder, 0

    def load(self, *rows, kind="properties", head=PROPERTIES):
        self.count += 1
        table = self.folder / "table.csv"
        table.write_text(head + "".join(rows), encoding="utf-8")
        load(table, kind, self.folder, now=START + timedelta(minutes=self.count))
        return self.at()

    def at(self):
        return (START + timedelta(minutes=self.count)).isoformat(timespec="seconds")

    def news(self, since, filters=None, kind="properties"):
        catalogue = open_catalogue(self.folder)
        found = catalogue.news(kind, "", filters or {}, since=since)
        catalogue.close()
        return [record.id for record in found]


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


def test_a_first_load_is_not_news_for_whoever_has_seen_it(shop):
    assert shop.news(shop.load(V1.format(9_000_000))) == []


def test_a_record_that_no_load_had_is_new_and_so_is_a_lower_price(shop):
    since = shop.load(V1.format(9_000_000))
    shop.load(V1.format(8_000_000), V2.format(7_000_000))
    assert sorted(shop.news(since)) == ["V1", "V2"]
    assert shop.news(since, {"location": "Zamalek"}) == ["V2"]
    assert shop.news(shop.at()) == []


def test_it_stays_new_over_later_loads_for_whoever_was_told_before(shop):
    since = shop.load(V1.format(9_000_000))
    for _ in range(3):
        shop.load(V1.format(9_000_000), V2.format(7_000_000))
    assert shop.news(since) == ["V2"]


def test_a_higher_price_is_no_news(shop):
    since = shop.load(V1.format(9_000_000))
    shop.load(V1.format(9_500_000))
    assert shop.news(since) == []


def test_a_price_that_there_was_before_is_no_news_nor_is_a_record_that_comes_back(shop):
    shop.load(V1.format(9_000_000))
    since = shop.load(V1.format(9_500_000), V2.format(7_000_000))
    shop.load(V1.format(9_000_000))
    shop.load(V1.format(9_000_000), V2.format(7_000_000))
    assert shop.news(since) == []


def test_the_price_before_a_gap_counts(shop):
    since = shop.load(V1.format(9_000_000), V2.format(7_000_000))
    shop.load(V2.format(7_000_000))
    shop.load(V1.format(8_000_000), V2.format(7_000_000))
    assert shop.news(since) == ["V1"]


def test_members_are_new_too(shop):
    since = shop.load("M1,Alia,doctor,Cairo\n", kind="members", head=MEMBERS)
    shop.load("M1,Alia,dentist,Cairo\n", "M2,Omar,lawyer,Cairo\n", kind="members", head=MEMBERS)
    assert shop.news(since, kind="members") == ["M2"]


def test_nothing_is_new_in_a_file_of_an_earlier_release_and_a_load_goes_on_from_it(shop):
    since = shop.load(V1.format(9_000_000))
    with sqlite3.connect(shop.folder / "properties.db") as old:
        old.execute("DROP TABLE seen")
    old.close()
    assert shop.news("") == []
    shop.load(V1.format(9_000_000), V2.format(7_000_000))
    assert shop.news(since) == ["V2"]


def test_a_damaged_file_does_not_stop_a_load(shop):
    shop.load(V1.format(9_000_000))
    (shop.folder / "properties.db").write_bytes(b"nonsense" * 1000)
    since = shop.load(V1.format(9_000_000))
    assert shop.news(since) == []
