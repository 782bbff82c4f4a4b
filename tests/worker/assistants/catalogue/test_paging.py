"""A result is shown in pages; the total stays the same on all of them."""

from typing import Any

import pytest

from tests.worker.assistants.catalogue.conftest import Load
from worker.assistants.catalogue import LoadedCatalogue


@pytest.fixture(autouse=True)
def _table(put: Load) -> None:
    put(
        "id,title,type,location,price\n"
        + "".join(f"P{n:02},villa number {n},villa,Maadi,{n}000000\n" for n in range(1, 24))
        + "Q,flat,apartment,Dokki,1m\n"
    )


@pytest.mark.parametrize(
    ("query", "filters"), [("", {"type": "villa"}), ("villa", {}), ("villa jacuzzi", {})]
)
def test_twenty_three_are_shown_on_five_pages(
    catalogue: LoadedCatalogue, query: str, filters: dict[str, Any]
) -> None:
    pages = [
        catalogue.find("properties", query, filters, offset=offset, limit=5) for offset in range(0, 25, 5)
    ]
    assert [(len(page), page.total, page.more) for page in pages] == [(5, 23, True)] * 4 + [(3, 23, False)]
    assert len({page.relaxed for page in pages}) == 1
    assert sorted(record.id for page in pages for record in page) == [f"P{n:02}" for n in range(1, 24)]


def test_beyond_the_last_page_nothing_is_loosened(catalogue: LoadedCatalogue) -> None:
    found = catalogue.find("properties", filters={"type": "villa"}, offset=25, limit=5)
    assert (list(found), found.total, found.relaxed, found.more) == ([], 23, (), False)


def test_no_page_is_endless_or_empty(catalogue: LoadedCatalogue) -> None:
    assert len(catalogue.find("properties", limit=0)) == 1
    assert len(catalogue.find("properties", limit=10**9, offset=-3)) == 24
