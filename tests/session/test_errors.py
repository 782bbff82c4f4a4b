"""The tree in `session/errors.py` is complete: it names every error of the product, under its base."""

import ast
import re
from pathlib import Path

from session import errors

ROOT = Path(__file__).parent.parent.parent
_NODE = re.compile(r"^((?:│   )*)[├└]── (\w+)")


def documented():
    """Return the tree of the docstring: error -> base."""
    tree, path = {}, []
    for line in errors.__doc__.splitlines():
        if found := _NODE.match(line):
            path[1 + len(found[1]) // 4 :] = [found[2]]
            tree[found[2]] = path[-2]
        elif re.fullmatch(r"\w+", line):
            path = [line]
    return tree


def defined():
    """Return every class of the product that is an error, with its bases."""
    classes = [
        (node.name, {ast.unparse(base).rpartition(".")[2] for base in node.bases})
        for package in ("session", "worker", "webhook")
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    found = {"Exception": set()}
    while more := {
        name: bases
        for name, bases in classes
        if name not in found
        and any(base in found or re.search(r"(Error|Exception)$", base) for base in bases)
    }:
        found |= more
    del found["Exception"]
    return found, [name for name, _ in classes]


def test_the_tree_names_every_error_under_its_base():
    found, _ = defined()

    tree = documented() | {"InturnError": "Exception"}
    assert tree.keys() == found.keys()
    assert {name: bases for name, bases in found.items() if tree[name] not in bases} == {}


def test_no_two_classes_have_the_name_of_an_error_that_others_may_catch():
    found, names = defined()

    assert [name for name in found if names.count(name) > 1 and not name.startswith("_")] == []
