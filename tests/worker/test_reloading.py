"""A saved file of the assistant is taken up at once; one that is broken changes nothing."""

import asyncio
import sys
from itertools import count
from types import FunctionType

import pytest

from session.errors import SettingsError
from session.facts import facts_of
from worker.loading import load_assistant, load_named
from worker.reloading import Reloader
from worker.senders import Sender, Senders

NUMBERS = count(1)


class Author:
    """Writes an assistant and saves its files."""

    def __init__(self, folder):
        self.folder = folder
        self.name = f"authored_{next(NUMBERS)}"
        self.reloader = Reloader(folder)
        self.load = self.reloader.loads(load_assistant)

    def saves(self, text, part=""):
        (self.folder / f"{self.name}{part}.py").write_text(text)

    def says(self, what):
        self.saves(f"def assistant(turn):\n    return {what!r}\n")

    def begins(self):
        return self.load(f"{self.name}:assistant", "ASSISTANT")

    def looks(self):
        """Two looks see the same: a file that was saved is whole."""
        self.reloader.look()
        self.reloader.look()


@pytest.fixture
def author(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    return Author(tmp_path)


def test_a_saved_file_is_taken_up(author, log):
    author.says("one")
    assistant = author.begins()
    assert assistant(None) == "one"

    # Of the same size, within the same second.
    author.says("two")
    author.looks()

    assert assistant(None) == "two"
    assert log == [f"INFO {author.name}.py was saved; the assistant is reloaded {{}}\n"]


def test_the_declared_facts_are_those_of_the_loaded_assistant(author):
    head = "from session import KnownFacts, with_facts\nclass Facts(KnownFacts):\n    "
    tail = ": int | None = None\n@with_facts(Facts)\ndef assistant(turn): ...\n"
    author.saves(f"{head}size{tail}")
    assistant = author.begins()
    assert "size" in facts_of(assistant, "").model_fields

    author.saves(f"{head}count{tail}")
    author.looks()

    assert "count" in facts_of(assistant, "").model_fields


def test_unsaved_files_are_not_reloaded(author, log):
    author.saves("import itertools\nn = itertools.count()\nassistant = lambda turn: next(n)\n")
    assistant = author.begins()

    assert assistant(None) == 0
    author.looks()
    assert assistant(None) == 1
    assert log == []


def test_a_file_is_not_read_while_it_is_written(author):
    author.says("one")
    assistant = author.begins()

    author.saves("def assist")
    author.reloader.look()
    author.says("three")
    author.looks()

    assert assistant(None) == "three"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def assistant(turn:\n", "line 1: def assistant(turn:"),
        ("import json\njson.nonsense\n", "line 2: json.nonsense"),
        ("def assistant(turn):\n    yield 1\n", "a yield"),
        ("x = 1\n", "has no assistant"),
    ],
)
def test_a_broken_file_keeps_the_one_before_and_shows_its_error(author, log, text, words):
    author.says("one")
    assistant = author.begins()

    author.saves(text)
    author.looks()
    author.looks()

    assert assistant(None) == "one"
    (line,) = log
    assert line.startswith(f"ERROR {author.name}.py was saved but cannot be loaded")
    assert words in line

    author.says("two")
    author.looks()
    assert assistant(None) == "two"


def test_what_it_imports_is_watched_too(author):
    author.saves("words = 'one'\n", part="_words")
    author.saves(f"from {author.name}_words import words\nassistant = lambda turn: words\n")
    assistant = author.begins()

    author.saves("words = 'two'\n", part="_words")
    author.looks()

    assert assistant(None) == "two"


def test_what_was_imported_in_the_midst_of_a_turn_is_watched_too(author):
    author.saves("words = 'one'\n", part="_late")
    author.saves(f"def assistant(turn):\n    import {author.name}_late as late\n    return late.words\n")
    assistant = author.begins()
    assert assistant(None) == "one"
    author.looks()

    author.saves("words = 'two'\n", part="_late")
    author.looks()

    assert assistant(None) == "two"


def test_a_new_part_that_is_broken_can_be_mended(author):
    author.says("one")
    assistant = author.begins()
    author.saves("words = \n", part="_new")
    author.saves(f"from {author.name}_new import words\nassistant = lambda turn: words\n")
    author.looks()
    assert assistant(None) == "one"
    author.reloader.look()

    author.saves("words = 'two'\n", part="_new")
    author.looks()

    assert assistant(None) == "two"


def test_after_a_failure_the_modules_are_those_from_before(author):
    author.says("one")
    author.begins()
    before = sys.modules[author.name]

    author.saves("1 / 0\n")
    author.looks()

    assert sys.modules[author.name] is before


def test_a_deleted_file_changes_nothing(author):
    author.says("one")
    assistant = author.begins()

    (author.folder / f"{author.name}.py").unlink()
    author.looks()

    assert assistant(None) == "one"


def test_several_lines_of_a_business_are_loaded_together(author):
    author.saves("a = lambda turn: 'a1'\nb = lambda turn: 'b1'\n")
    a, b = (author.load(f"{author.name}:{name}", "SENDERS_FILE") for name in "ab")

    author.saves("a = lambda turn: 'a2'\nb = lambda turn: 'b2'\n")
    author.looks()

    assert (a(None), b(None)) == ("a2", "b2")


def test_a_catalogue_follows_if_it_is_a_function_and_an_object_stays_what_it_is(author):
    author.saves("def search(kind, query): return ['one']\nrecords = dict\n")
    load = author.reloader.loads(load_named, only=FunctionType)
    search, records = (load(f"{author.name}:{name}", "CATALOGUE") for name in ("search", "records"))

    author.saves("def search(kind, query): return ['two']\nrecords = list\n")
    author.looks()

    assert search("properties", "villa") == ["two"]
    assert records is dict


def test_assistants_of_inturn_are_not_reloaded(author):
    from worker.assistants.echo import assistant as echo  # noqa: PLC0415

    assert author.load("worker.assistants.echo:assistant", "ASSISTANT") is echo


def test_the_first_error_is_not_swallowed(author):
    author.saves("1 / 0\n")
    with pytest.raises(SettingsError, match="ZeroDivisionError"):
        author.begins()


def test_what_the_loaded_assistant_has_opened_is_closed(author):
    author.saves(
        "class Opened:\n"
        "    closed = 0\n"
        "    async def __call__(self, turn):\n"
        "        return None\n"
        "    async def close(self):\n"
        "        self.closed += 1\n"
        "assistant = Opened()\n"
    )
    opened = author.begins()
    plain = Author(author.folder)
    plain.says("x")

    asyncio.run(Senders(usual=Sender(assistant=opened), named={}).close())
    asyncio.run(Senders(usual=Sender(assistant=plain.begins()), named={}).close())

    assert opened.found.closed == 1
