"""`inturn new`: an assistant to begin with, whose test passes, and nothing that was there is lost."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import session  # noqa: F401  (found as long as its place is on the path)
import webhook  # noqa: F401
import worker
from worker.cli import main


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    # A command puts its folder on the path. What somebody has written beside the system, as README says, is not found.
    here = Path(worker.__file__).parents[1]
    monkeypatch.setattr(sys, "path", [place for place in sys.path if Path(place).resolve() != here])
    monkeypatch.delitem(sys.modules, "mybot", raising=False)
    return tmp_path


def inturn(*arguments: str):
    return CliRunner().invoke(main, arguments)


def written(folder):
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def test_the_test_that_it_writes_passes_with_the_command_that_it_prints(folder):
    told = inturn("new", "mybot")

    assert told.exit_code == 0
    assert told.output.startswith("Written: mybot.py, test_mybot.py, .env.\n")
    command = re.search(r"^  (.*?) +# run its test$", told.output, re.MULTILINE)[1]
    done = subprocess.run(command.split(), capture_output=True, text=True, timeout=60, check=False)
    assert "Ran 3 tests" in done.stderr
    assert done.stderr.rstrip().endswith("OK")


def test_the_settings_name_the_assistant_and_are_readable_by_the_owner_only(folder):
    inturn("new", "mybot")

    assert "ASSISTANT=mybot:assistant\n" in (folder / ".env").read_text()
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600


@pytest.mark.processes
def test_the_doctor_can_load_it(folder):
    inturn("new", "mybot")

    told = inturn("doctor").output

    assert "mybot:assistant" in told
    assert "ASSISTANT=mybot" not in told


@pytest.mark.parametrize("there", ["mybot.py", "test_mybot.py"])
def test_nothing_is_overwritten(folder, there):
    (folder / there).write_text("# mine\n")

    told = inturn("new", "mybot")

    assert told.exit_code == 1
    assert f"{there} already exists; nothing was written" in told.output
    assert written(folder) == {there: "# mine\n"}


@pytest.mark.parametrize(
    ("before", "asked"),
    [("META_APP_SECRET=x\n", True), ("ASSISTANT=other:bot\n", True), ("ASSISTANT=mybot:assistant\n", False)],
)
def test_existing_settings_are_not_changed(folder, before, asked):
    (folder / ".env").write_text(before)

    told = inturn("new", "mybot")

    assert (folder / ".env").read_text() == before
    assert "Written: mybot.py, test_mybot.py.\n" in told.output
    assert ("Add this line to it: ASSISTANT=mybot:assistant" in told.output) is asked


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("my-bot", "for example my_bot"),
        ("2bots", "for example my_bot"),
        ("../mybot", "for example my_bot"),
        ("my.bot", "for example my_bot"),
        ("class", "for example my_bot"),
        ("_bot", "for example my_bot"),
        ("بوت", "for example my_bot"),
        ("", "for example my_bot"),
        ("worker", "a module of Inturn"),
        ("session", "a module of Inturn"),
        ("json", "a module of Python"),
        ("flask", "there is already a module flask"),
    ],
)
def test_an_unusable_name_is_refused(folder, name, words):
    told = inturn("new", name)

    assert told.exit_code == 2
    assert words in told.output.replace("\n", " ")
    assert written(folder) == {}


@pytest.mark.parametrize("name", ["new", "mybot", "my_bot2"])
def test_any_other_name_is_accepted(folder, name):
    assert inturn("new", name).exit_code == 0
    assert set(written(folder)) == {f"{name}.py", f"test_{name}.py", ".env"}
