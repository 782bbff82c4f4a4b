"""A catalogue that is searched by meaning, with a model of a few concepts."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.clocks import START
from tests.worker.assistants.semantic.concepts import Concepts
from worker.assistants.catalogue import LoadedCatalogue, load, open_catalogue
from worker.assistants.semantic.meaning import Meaning

FLATS = [
    {"id": "POOL", "title": "3-bedroom villa in Maadi, with a pool", "type": "villa", "location": "Maadi", "price": 9_000_000},
    {"id": "GREEN", "title": "2-bedroom flat in Maadi, with a garden", "type": "apartment", "location": "Maadi", "price": 2_000_000},
    {"id": "RENT", "title": "Flat for rent in Dokki, pool on the roof", "type": "apartment", "location": "Dokki", "price": 9_000, "purpose": "rent"},
    {"id": "CARS", "title": "2-bedroom flat in Dokki, with parking", "type": "apartment", "location": "Dokki", "price": 3_000_000},
    {"id": "METRO", "title": "Flat in Dokki, near the metro", "type": "apartment", "location": "Dokki", "price": 2_500_000},
]  # fmt: skip
Put = Callable[..., LoadedCatalogue]


@pytest.fixture
def model() -> Concepts:
    return Concepts()


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Load records with a model, and return the catalogue as a program with `searched_with` sees it."""

    def put(
        records: list[dict[str, Any]], loaded_with: Concepts | None, searched_with: Concepts | None = None,
        *, kind: str = "properties", now: datetime = START,
    ) -> LoadedCatalogue:  # fmt: skip
        source = tmp_path / "records.json"
        source.write_text(json.dumps(records))
        load(source, kind, tmp_path / "loaded", now=now, meaning=loaded_with and Meaning(loaded_with))
        reading = searched_with or loaded_with
        return open_catalogue(tmp_path / "loaded", reading and Meaning(reading, reading.warned.append))

    return put


@pytest.fixture
def flats(put: Put, model: Concepts) -> LoadedCatalogue:
    return put(FLATS, model)
