"""The file of questions and answers, as an operator writes it."""

import os
from pathlib import Path

import pytest

from session.errors import SettingsError
from worker.assistants.faq.file import SAMPLE, FaqFile, read_faq

ENTRY = """
[[entry]]
id = "hours"
questions.en = ["When are you open?"]
answer.en = "{answer}"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "faq.toml"
    path.write_text(text, encoding="utf-8")
    # Two files of one size may be written within a tick of the clock.
    os.utime(path, ns=(len(text) * 10**9, hash(text) % 10**9 * 10**9))
    return path


def test_the_samples_have_answers_in_three_languages():
    for entry in read_faq(SAMPLE):
        assert {*entry.questions} == {*entry.answers} == {"en", "ar", "franco"}, entry.id


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it has 0 entries"),
        ("[entry]\nid = 1", r"write each entry as \[\[entry\]\]"),
        ('[[entry]]\nid = "a"\nanswer.en = "b"', "entry a: questions: Field required"),
        ('[[entry]]\nid = "a"\nquestions.en = ["q"]\nanswer.en = " "', "entry a: answer.en: "),
        ('[[entry]]\nid = "a"\nquestions.de = ["q"]\nanswer.en = "b"', "entry a: questions.de"),
        (ENTRY * 2, "two entries have the id hours"),
        ("[[entry", "faq.toml: "),
        ("a = " + "[" * 5000, "faq.toml: maximum recursion"),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path, text, problem):
    with pytest.raises(SettingsError, match=f"FAQ_FILE=.*{problem}"):
        FaqFile(written(tmp_path, text))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(SettingsError, match="FAQ_FILE="):
        FaqFile(tmp_path / "none.toml")


def answer(faq: FaqFile) -> str:
    found = faq.find("when are you open?")
    return found.answer("en") if found else ""


def test_a_changed_file_is_read_again(tmp_path):
    faq = FaqFile(written(tmp_path, ENTRY.format(answer="At nine.")))
    written(tmp_path, ENTRY.format(answer="At ten o'clock."))
    assert answer(faq) == "At ten o'clock."
    assert faq.near("open?")[0].id == "hours"


def test_a_file_that_cannot_be_read_any_more_changes_nothing(tmp_path):
    path = written(tmp_path, ENTRY.format(answer="At nine."))
    faq = FaqFile(path)
    written(tmp_path, "[[entry")
    assert answer(faq) == "At nine."
    path.unlink()
    assert answer(faq) == "At nine."
