"""The file of the lines, as an operator writes it."""

import pytest

from session.errors import SettingsError
from session.messages import Route
from worker.lines import Line, read_lines

USUAL = Line(assistant=lambda _: None)


def scope_of(tmp_path, written, *, channel="twilio", line="+14155238886", country=""):
    """The scope of the line on which a message came, if the file has a line that is written like this."""
    path = tmp_path / "lines.toml"
    path.write_text(f'[[line]]\nline = "{written}"\nscope = "directory"\n', encoding="utf-8")
    lines = read_lines(path, USUAL, lambda _: None, country=country)
    return lines.of(Route(channel=channel, line=line, address="x")).scope


@pytest.mark.parametrize(
    "written",
    [
        "twilio:+14155238886",
        "twilio:+1 415-523-8886",
        "twilio:whatsapp:+14155238886",
        "twilio: 001 (415) 523 8886",
    ],
)
def test_a_number_of_twilio_may_be_written_in_any_way(tmp_path, written):
    assert scope_of(tmp_path, written) == "directory"


def test_one_without_a_country_is_of_the_operator_s(tmp_path):
    assert scope_of(tmp_path, "twilio:(415) 523-8886", country="US") == "directory"
    with pytest.raises(SettingsError, match="DEFAULT_COUNTRY"):
        scope_of(tmp_path, "twilio:(415) 523-8886")


@pytest.mark.parametrize(
    ("written", "channel", "line"),
    [("meta:106540352242922", "meta", "106540352242922"), ("twilio:MG1234", "twilio", "MG1234")],
)
def test_what_is_no_number_stays_as_it_is(tmp_path, written, channel, line):
    assert scope_of(tmp_path, written, channel=channel, line=line) == "directory"
