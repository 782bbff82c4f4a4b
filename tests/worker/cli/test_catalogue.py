"""`inturn catalogue`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from session.errors import InturnError, NoCatalogue
from worker.assistants.catalogue import LoadRefused
from worker.cli.catalogue import catalogue as command


def run(*words: object) -> Result:
    result = CliRunner().invoke(command, [str(word) for word in words])
    if isinstance(result.exception, InturnError):
        raise result.exception
    return result


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "catalogue"


@pytest.fixture
def loaded(directory: Path) -> Path:
    assert run("load", "--samples", "--dir", directory).exit_code == 0
    return directory


def test_a_file_is_loaded_and_skipped_rows_are_reported(tmp_path: Path, directory: Path) -> None:
    table = tmp_path / "homes.csv"
    table.write_text("type,location,price,colour\nvilla,Maadi,9m,red\n" + "villa,Maadi,?,red\n" * 25)
    result = run("load", table, "--kind", "properties", "--dir", directory)
    assert result.exit_code == 0
    assert f"1 properties are loaded into {directory / 'properties.db'}" in result.stdout
    assert "columns that were not used: colour" in result.stderr
    assert "25 rows were skipped:\n  line 3: price: '?' is not a price in EGP\n" in result.stderr
    assert "and 5 more" in result.stderr


def test_a_file_that_is_not_a_table_is_refused(tmp_path: Path, directory: Path) -> None:
    table = tmp_path / "homes.csv"
    table.write_text("colour\nred\n")
    with pytest.raises(LoadRefused, match="its columns: colour"):
        run("load", table, "--kind", "properties", "--dir", directory)


@pytest.mark.parametrize(
    "words", [(), ("--missing",), (__file__,), (__file__, "--samples"), ("/no/such/file",)]
)
def test_wrong_arguments_are_refused(words: tuple[str, ...], directory: Path) -> None:
    result = run("load", *words, "--dir", directory)
    assert result.exit_code == 2
    assert "Error" in result.stderr


def test_samples_do_not_replace_what_an_operator_loaded(tmp_path: Path, directory: Path) -> None:
    table = tmp_path / "homes.csv"
    table.write_text("type,location,price\nvilla,Maadi,9m\n")
    run("load", table, "--kind", "properties", "--dir", directory)
    run("load", "--samples", "--missing", "--dir", directory)
    told = json.loads(run("info", "--json", "--dir", directory).stdout)
    assert (told["properties"]["source"], told["members"]["source"]) == ("homes.csv", "members.csv")


def test_a_search_prints_its_results(loaded: Path) -> None:
    result = run("search", "Find doctors in Bangalore", "--kind", "members", "--dir", loaded)
    assert "1-5 of 23 members" in result.stdout
    result = run(
        "search",
        "--where",
        "location=Maadi",
        "--where",
        "propertyType=townhouse",
        "--dir",
        loaded,
        "--limit",
        1,
    )
    assert "no record matches everything; relaxed: propertyType\n1-1 of " in result.stdout
    result = run("search", "helicopter", "--dir", loaded)
    assert result.stdout == "no properties found\n"


def test_a_search_prints_json(loaded: Path) -> None:
    words = ("search", "villa", "--where", "location=maadi", "--json", "--limit", 1, "--order", "-price")
    told = json.loads(run(*words, "--dir", loaded).stdout)
    assert told["total"] >= 1
    assert (told["relaxed"], told["offset"], len(told["records"])) == ([], 0, 1)
    assert (told["records"][0]["propertyType"], told["records"][0]["currency"]) == ("villa", "EGP")


def test_a_search_that_is_impossible_says_why(loaded: Path, tmp_path: Path) -> None:
    assert "NAME=VALUE" in run("search", "--where", "villa", "--dir", loaded).stderr
    assert "1-1 of" not in run("search", "villa", "--offset", 99_999, "--dir", loaded).stdout
    with pytest.raises(NoCatalogue):
        run("search", "villa", "--dir", tmp_path / "empty")


def test_info_shows_what_is_loaded(loaded: Path, tmp_path: Path) -> None:
    assert "members.csv" in run("info", "--dir", loaded).stdout
    assert run("info", "--dir", tmp_path / "empty").stdout.count("nothing is loaded") == 2
