"""Fixtures of the tests of the catalogue: a directory to load into, and the samples, loaded once."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clocks import START
from worker.assistants.catalogue import LoadedCatalogue, LoadReport, load, load_samples, open_catalogue

Load = Callable[..., LoadReport]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "catalogue"


@pytest.fixture
def catalogue(directory: Path) -> Iterator[LoadedCatalogue]:
    """The catalogue of the test's own directory."""
    opened = open_catalogue(directory)
    yield opened
    opened.close()


@pytest.fixture
def put(tmp_path: Path, directory: Path) -> Load:
    """Write a text or bytes into a file and load it."""

    def put(
        content: str | bytes, *, name: str = "table.csv", kind: str = "properties", **options: Any
    ) -> LoadReport:
        source = tmp_path / name
        source.write_bytes(content.encode() if isinstance(content, str) else content)
        return load(source, kind, directory, now=START, **options)

    return put


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoadedCatalogue]:
    """The catalogue of the sample records."""
    directory = tmp_path_factory.mktemp("samples")
    load_samples(directory, now=START)
    opened = open_catalogue(directory)
    yield opened
    opened.close()
