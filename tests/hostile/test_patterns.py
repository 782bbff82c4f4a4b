"""Every pattern of the system is pumped with what it is made of: none takes time that grows faster than a text.

The patterns are found in the source, with the methods that are called on them; what a pattern may repeat is taken from
the pattern itself. So a new one is tried without anybody thinking of it.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from itertools import islice, product
from pathlib import Path
from re import _constants as kinds
from re import _parser as parser

import pytest

from session.bounds import LONGEST_TEXT
from tests.hostile.costs import cost

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
#: What looks for a pattern at every place of a text, and what only at its beginning.
SCANNING = {"search": "search", "sub": "search", "subn": "search", "split": "search", "findall": "findall"}
METHODS = SCANNING | {"finditer": "findall", "match": "match", "fullmatch": "fullmatch"}
#: Seconds of one look at a text as long as texts may be. A linear one takes a tenth of it, a quadratic one ten times it.
BUDGET = 0.008
#: Characters; at the shorter length what is worse than quadratic is found before it takes minutes.
LENGTHS = (LONGEST_TEXT // 8, LONGEST_TEXT)
#: Characters of each category of a pattern, and one that no pattern names.
CATEGORIES = {
    kinds.CATEGORY_DIGIT: "1",
    kinds.CATEGORY_NOT_DIGIT: "a ",
    kinds.CATEGORY_SPACE: " \n",
    kinds.CATEGORY_NOT_SPACE: "a-",
    kinds.CATEGORY_WORD: "a1_",
    kinds.CATEGORY_NOT_WORD: "- ",
}
STRANGE = "\u2603"


def sources() -> Iterator[tuple[str, ast.Module]]:
    for package in ("session", "worker", "webhook"):
        for file in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield name, ast.parse(file.read_text(encoding="utf-8"))


def called(tree: ast.Module) -> Iterator[tuple[ast.expr, str, ast.Call]]:
    """Yield what a method of a pattern's is called on, with the method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            yield node.func.value, METHODS[node.func.attr], node


@cache
def found() -> dict[str, tuple[re.Pattern[str], frozenset[str]]]:
    """Return all patterns by where they stand, each with how it is used."""
    everything = list(sources())
    used = defaultdict(set)
    inline = {}
    for module, tree in everything:
        for on, method, call in called(tree):
            if isinstance(on, ast.Name) and on.id == "re" and isinstance(call.args[0], ast.Constant):
                pattern = re.compile(call.args[0].value)
                inline[f"{module}, line {call.lineno}"] = (pattern, frozenset({method}))
            elif isinstance(on, ast.Name):
                used[on.id].add(method)
    named = {}
    for module, tree in everything:
        if not any(isinstance(node, ast.Attribute) and node.attr == "compile" for node in ast.walk(tree)):
            continue
        for name, value in vars(import_module(module)).items():
            for number, pattern in enumerate(patterns_in(value)):
                # Those in a tuple are looked at by a loop, under another name: only as a whole or at the beginning.
                methods = used[name] or {"match", "fullmatch"}
                named[f"{module}.{name}" + (f"[{number}]" if number else "")] = (pattern, frozenset(methods))
    return inline | named


def patterns_in(value: object) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from patterns_in(one)


def atoms(parsed: object) -> Iterator[str]:
    """Yield characters, and words of characters, that a parsed pattern speaks of."""
    word = ""
    for kind, value in parsed:
        if kind is kinds.LITERAL:
            word += chr(value)
            continue
        if word:
            yield word
            word = ""
        if kind is kinds.NOT_LITERAL:
            yield "a" if value != ord("a") else "b"
        elif kind is kinds.ANY:
            yield "a"
        elif kind is kinds.IN:
            yield from members(value)
        elif kind is kinds.BRANCH:
            for branch in value[1]:
                yield from atoms(branch)
        elif kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT):
            yield from atoms(value[2])
        elif kind is kinds.SUBPATTERN:
            yield from atoms(value[3])
        elif kind in (kinds.ASSERT, kinds.ASSERT_NOT):
            yield from atoms(value[1])
        elif kind is kinds.ATOMIC_GROUP:
            yield from atoms(value)
    if word:
        yield word


def members(choices: list) -> Iterator[str]:
    refused = choices[0][0] is kinds.NEGATE
    named = []
    for kind, value in choices:
        if kind is kinds.LITERAL:
            named.append(chr(value))
        elif kind is kinds.RANGE:
            named += [chr(value[0]), chr(value[1])]
        elif kind is kinds.CATEGORY:
            named += CATEGORIES[value]
    yield from named[:6]
    if refused:
        yield from (one for one in ("a", "-", " ", "é") if one not in named)


def pumps(pattern: re.Pattern[str], length: int) -> Iterator[str]:
    """Yield texts in which something repeats that the pattern may read, between a beginning and an end that may fail."""
    found = list(dict.fromkeys(atoms(parser.parse(pattern.pattern, pattern.flags))))
    single = [one for one in found if one.strip("\x00")][:14]
    pieces = [*single, *islice((a + b for a, b in product(single, single) if a != b), 60)]
    for piece, head, tail in product(pieces, ("", *single[:3]), (STRANGE, "_")):
        yield (head + piece * (length // len(piece)))[: length - 1] + tail


def slow_with(pattern: re.Pattern[str], methods: Iterable[str]) -> str | None:
    """Return the beginning of a text on which a pattern is slow, if there is one."""
    tries = ((text, method) for length in LENGTHS for text in pumps(pattern, length) for method in methods)
    return next(
        (text[:40] for text, method in tries if cost(getattr(pattern, method), text, enough=BUDGET) > BUDGET),
        None,
    )


def test_the_patterns_are_found():
    assert len(found()) > 60
    assert {"search", "findall", "match", "fullmatch"} == set().union(*(how for _, how in found().values()))


@pytest.mark.parametrize("where", sorted(found()))
def test_no_pattern_is_slower_than_its_text_is_long(where):
    assert slow_with(*found()[where]) is None


@pytest.mark.parametrize(
    "pattern", [r"\S+@\S+\.\w+", r"[a-z]+[0-9a-z]*x", r"\s*\n\s*,", r"\b[a-z-]+(?:\.[a-z-]+)*\.com"]
)
def test_a_slow_pattern_would_be_noticed(pattern):
    assert slow_with(re.compile(pattern), ["search"])
