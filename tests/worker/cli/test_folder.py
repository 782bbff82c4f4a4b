"""The operator's folder: found, and never in the place of the system's own modules."""

import subprocess
import sys

import pytest

from worker.cli.examining.assistants import examine_programs
from worker.cli.examining.configuration import examine_repeated
from worker.cli.examining.finding import Severity
from worker.cli.folder import PYTHON, append_folder, namesakes, repeated_settings, written_settings
from worker.cli.running.settings import RunSettings


def test_the_folder_is_the_last_place_in_which_modules_are_searched(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", "/lib", str(tmp_path), "/more"])

    append_folder()
    append_folder()

    assert sys.path == ["/lib", "/more", str(tmp_path)]


def test_a_setting_that_stands_more_than_once_is_told_without_its_values(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert repeated_settings() == []
    lines = ["A=first", "# A=1", "B='two", "C=1'", "export a=second", "C=1", "TOKEN=x"]
    (tmp_path / ".env").write_text("\n".join(lines))

    assert repeated_settings() == ["A"]
    assert written_settings()["a"] == "second"
    (finding,) = examine_repeated(repeated_settings())
    assert (finding.verdict, finding.words) == (
        Severity.WARN,
        "A stands more than once in .env, and the last one counts",
    )
    (tmp_path / ".env").write_bytes(b"\xff=1")
    assert repeated_settings() == []


def test_modules_with_the_names_of_our_packages_are_found(tmp_path):
    (tmp_path / "worker.py").touch()
    (tmp_path / "session").mkdir()
    (tmp_path / "session" / "__init__.py").touch()
    (tmp_path / "webhook").mkdir()
    (tmp_path / "webhook" / "__init__.py").touch()
    (tmp_path / "webhook" / "py.typed").touch()

    assert list(namesakes(tmp_path)) == ["session/__init__.py", "worker.py"]


def test_the_doctor_reports_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = dict.fromkeys(("assistant", "catalogue", "hook"), lambda *_: None)
    assert {finding.name for finding in examine_programs(RunSettings(), **told)} == {"assistant"}
    (tmp_path / "session.py").touch()

    *_, finding = examine_programs(RunSettings(), **told)

    assert (finding.name, finding.verdict) == ("folder", Severity.WARN)
    assert finding.words.startswith("session.py in this folder")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["worker", "--help"], "WORKER_CONVERSATIONS"),
        (["beat", "--help"], "--schedule"),
        (["webhook", "--help"], "--workers"),
        (["celery", "--help"], "inspect"),
        (["worker", "--no-such-option"], "no-such-option"),
        (["celery", "report"], "software -> celery"),
    ],
)
def test_the_parts_start_beside_modules_of_the_same_names(tmp_path, command, words):
    for name in ("worker", "session", "webhook"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError\n")
    run = subprocess.run(
        [*PYTHON, "worker.cli", *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert words in run.stdout + run.stderr
    assert "Traceback" not in run.stderr


def test_a_part_that_cannot_load_the_assistant_says_why_and_ends(tmp_path):
    (tmp_path / "bot_of_the_test.py").write_text("import json\njson.nonsense\n")
    for part in ("worker", "beat"):
        run = subprocess.run(
            [*PYTHON, "worker.cli", part], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
            env={"ASSISTANT": "bot_of_the_test:assistant", "PYTHONPATH": ":".join(sys.path)},
        )  # fmt: skip
        assert run.returncode == 1
        assert "bot_of_the_test.py, line 2: json.nonsense" in run.stderr
        assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    "command", [["sessions", "list"], ["doctor"], ["run"], ["webhook"], ["worker"], ["beat"]]
)
def test_an_unreadable_env_file_is_reported_in_one_line(tmp_path, command):
    (tmp_path / ".env").write_text("DESK_PASSWORD=correct horse battery", encoding="utf-16")

    ended = subprocess.run(
        [*PYTHON, "worker.cli", *command],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert ended.returncode != 0
    assert ".env is not a UTF-8 text file" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


def test_a_new_assistant_does_not_change_an_unreadable_env_file(tmp_path):
    (tmp_path / ".env").write_text("LOG_JSON=true", encoding="utf-16")

    told = subprocess.run(
        [*PYTHON, "worker.cli", "new", "mine"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert "Add this line to it: ASSISTANT=mine:assistant" in told.stdout
