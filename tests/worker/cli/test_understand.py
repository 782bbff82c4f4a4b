"""`inturn understand`: for people, for programs, and for a whole file of cases."""

import json
import re

import pytest
from click.testing import CliRunner

from worker.cli import main
from worker.cli.understand import understand


def test_json_has_language_intent_and_entities():
    result = CliRunner().invoke(understand, ["شقة غرفتين في المعادي", "--json", "--domain", "property"])

    assert json.loads(result.output) == {
        "language": "ar",
        "intent": "find_property",
        "entities": {"bedrooms": 2, "propertyType": "apartment", "location": "Maadi"},
    }


def test_json_has_what_a_message_does_and_money_that_is_no_budget():
    result = CliRunner().invoke(understand, ["can I see it? I have 500-700 dollars", "--json"])

    told = json.loads(result.output)
    assert told["acts"] == ["visit"]
    assert told["foreign"] == "500-700 USD"


def test_money_in_another_currency_is_told_to_people():
    result = CliRunner().invoke(understand, ["villa for 700 dollars"])

    assert re.search(r'^foreign +"USD" +foreign: currency', result.output, re.MULTILINE)


def test_people_are_told_which_rule_found_what():
    result = CliRunner().invoke(understand, ["villa under 5m"])

    assert 'budget         5000000                budget: at most  in "under 5 m"' in result.output


def test_misses_of_a_file_are_shown_and_fail(tmp_path):
    file = tmp_path / "cases.jsonl"
    file.write_text(
        '{"text": "villa", "lang": "en", "domain": "property", "expected": {"propertyType": "villa"}}\n'
        '{"text": "2 beds", "lang": "en", "domain": "property", "expected": {"bedrooms": 3}}\n',
        encoding="utf-8",
    )

    result = CliRunner().invoke(understand, ["--cases", str(file)])

    assert "bedrooms: expected 3, got 2" in result.output
    assert "1 of 2 cases exact" in result.output
    assert re.search(r"^whole messages +1/2 50.0 % +1/2 50.0 %$", result.output, re.MULTILINE)
    assert result.exit_code == 1


def test_programs_get_the_figures_of_a_file_and_its_misses(tmp_path):
    file = tmp_path / "cases.jsonl"
    file.write_text('{"text": "2 beds", "lang": "en", "domain": "property", "expected": {"bedrooms": 3}}\n')

    result = CliRunner().invoke(understand, ["--cases", str(file), "--json"])

    report = json.loads(result.output)
    assert report["fields"]["bedrooms"] == {"all": {"hits": 0, "of": 1}, "en": {"hits": 0, "of": 1}}
    assert report["misses"] == [
        {"text": "2 beds", "fields": [{"field": "bedrooms", "expected": 3, "got": 2}]}
    ]
    assert result.exit_code == 1


def test_something_must_be_given():
    assert CliRunner().invoke(understand, []).exit_code == 2


@pytest.mark.parametrize(
    "text",
    [
        "# Inturn",
        "3",
        "[]",
        "{}",
        '{"text": "villa"}',
        '{"text": 1, "domain": "any", "expected": {}}',
        "",
        "\xff",
    ],
)
def test_a_file_of_something_else_is_said_with_its_line(tmp_path, text):
    file = tmp_path / "cases.jsonl"
    file.write_bytes(text.encode("latin-1"))

    result = CliRunner().invoke(main, ["understand", "--cases", str(file)])

    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert result.output.startswith(f"Error: {file}")
    assert len(result.output.splitlines()) == 1
