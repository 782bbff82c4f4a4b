"""Fixtures: those that are included, and those of a user."""

import pytest

from tests.worker.cli.replay.make_fixtures import ALL, lines_of
from worker.cli.replay.fixture import (
    FixtureError,
    read_fixture,
    shipped,
    write_fixture,
)


@pytest.mark.parametrize("name", ALL)
def test_a_shipped_fixture_is_what_the_generator_writes(name):
    assert read_fixture(name) == lines_of(name)


def test_all_fixtures_are_shipped():
    assert shipped() == sorted(ALL)


@pytest.mark.parametrize("line", ["{}", "nothing", '{"at":-1,"customer":"c","ref":"1"}'])
def test_an_invalid_line_is_reported_with_its_number(tmp_path, line):
    path = tmp_path / "mine.jsonl"
    path.write_text('{"at":0,"customer":"c","ref":"0"}\n' + line + "\n")

    with pytest.raises(FixtureError, match="line 2"):
        read_fixture(str(path))


def test_a_fixture_that_cannot_be_written_is_reported(tmp_path):
    with pytest.raises(FixtureError, match="cannot be written: No such file"):
        write_fixture([], tmp_path / "nowhere" / "mine.jsonl")
