"""What `ASSISTANT` names: it is loaded, or the start says what is wrong with it and where."""

from itertools import count

import pytest

from session.consulting import is_async
from session.errors import SettingsError
from worker.assistants.catalogue import open_catalogue
from worker.assistants.understanding.message import understand
from worker.loading import load_assistant, load_hook, load_named

NUMBERS = count(1)


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write a module into the operator's folder; returns its name."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(text, name=None):
        name = name or f"operators_{next(NUMBERS)}"
        (tmp_path / f"{name}.py").write_text(text)
        return name

    return write


def why_not(dotted, load=load_assistant):
    with pytest.raises(SettingsError) as refusal:
        load(dotted, "ASSISTANT")
    return str(refusal.value)


def test_what_reads_media_takes_a_medium_and_no_turn(module):
    wrong = module("def transcribe(): ...\n")
    assert "must take one argument, the medium" in why_not(f"{wrong}:transcribe", load_hook)


def test_a_function_an_object_and_a_lambda_are_assistants(module):
    bot = module(
        "def plain(turn, more=1): return 'x'\n"
        "class Bot:\n    def __call__(self, turn): return 'y'\n"
        "bot = Bot()\n"
        "short = lambda turn: 'z'\n"
    )
    assert [load_assistant(f"{bot}:{name}")(None) for name in ("plain", "bot", "short")] == ["x", "y", "z"]


def test_a_module_that_fails_shows_its_own_error_with_file_and_line(module):
    bot = module("import json\n\njson.nonsense\n")
    words = why_not(f"{bot}:assistant")
    assert f"ASSISTANT={bot}:assistant: importing {bot} failed" in words
    assert f"{bot}.py, line 3: json.nonsense" in words
    assert "AttributeError: module 'json' has no attribute 'nonsense'" in words


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("import json\njson.loads('x')\n", "line 2: json.loads('x')", "JSONDecodeError"),
        ("def assistant(turn:\n", "line 1: def assistant(turn:", "SyntaxError: '(' was never closed"),
        ("x = 1\nraise SystemExit('no')\n", "line 2: raise SystemExit('no')", "SystemExit: no"),
        ("import not_installed_at_all\n", "line 1: import not_installed_at_all", "No module named"),
        ("1 / 0\n", "line 1: 1 / 0", "ZeroDivisionError"),
    ],
)
def test_an_error_of_the_import_is_reported_with_its_place(module, text, line, words):
    told = why_not(f"{module(text)}:assistant")
    assert line in told
    assert words in told


def test_the_place_may_lie_in_another_module_of_the_operator(module):
    part = module("def f():\n    return {}['key']\n")
    bot = module(f"import {part}\n{part}.f()\n")
    assert f"{part}.py, line 2: return {{}}['key']" in why_not(f"{bot}:assistant")


def test_a_module_or_a_name_that_is_not_there(module):
    bot = module("x = 1\n")
    assert "there is no module nowhere" in why_not("nowhere:assistant")
    assert "there is no module nowhere.at.all" in why_not("nowhere.at.all:assistant")
    assert why_not(f"{bot}:assistant") == f"ASSISTANT={bot}:assistant: {bot} has no assistant"


ASYNC = [
    "async def assistant(turn): return 'x'",
    "class Bot:\n    async def __call__(self, turn): ...\nassistant = Bot()",
    "from functools import partial\nasync def f(a, turn): ...\nassistant = partial(f, 1)",
]


@pytest.mark.parametrize("text", ASYNC)
def test_an_assistant_may_be_an_async_def_and_a_catalogue_may_not(module, text):
    bot = f"{module(text)}:assistant"
    assert is_async(load_assistant(bot))
    assert "an async def" in why_not(bot, load_named)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("async def assistant(turn):\n    yield 'x'", "a yield"),
        ("def assistant(turn):\n    yield 'x'", "a yield"),
        ("assistant = 'text'", "cannot be called"),
    ],
)
def test_a_generator_is_refused(module, text, words):
    bot = f"{module(text)}:assistant"
    assert words in why_not(bot)
    assert words in why_not(bot, load_named)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("class assistant:\n    def __init__(self, turn): ...", "it is a class"),
        ("def assistant(): ...", "must take one argument, the turn"),
        ("def assistant(turn, catalogue): ...", "missing a required argument: 'catalogue'"),
    ],
)
def test_what_cannot_be_called_with_a_turn_is_refused(module, text, words):
    assert words in why_not(f"{module(text)}:assistant")


def test_an_error_in_an_installed_assistant_is_reported_with_its_place_too(tmp_path, monkeypatch):
    (tmp_path / "site-packages").mkdir()
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    (tmp_path / "site-packages" / "operators_package.py").write_text("x = 1\n1 / 0\n")
    assert "operators_package.py, line 2: 1 / 0" in why_not("operators_package:assistant")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("worker.catalogue:open_catalogue", open_catalogue),
        ("worker.understanding.message:understand", understand),
    ],
)
def test_a_setting_may_name_a_package_by_the_place_that_it_had_before(old, new):
    assert load_named(old, "CATALOGUE") is new


def test_only_a_whole_package_name_is_taken_for_one_that_has_moved():
    assert "there is no module worker.catalogues" in why_not("worker.catalogues:search", load_named)
