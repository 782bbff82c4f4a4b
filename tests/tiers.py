"""Sorts the tests into tiers; a plugin of pytest. Nothing needs to be marked by hand, except what is slow.

fast       starts no process and takes less than about a second: `make test-fast`. The session's Valkey is there for all
slow       starts no process and takes longer: marked by hand, `@pytest.mark.slow`
processes  starts a process, or forks: found by what the test and its fixtures use
browser    drives a browser: the folder tests/browser

They run in this order. A fast test that starts a process fails, whichever way it does it.
"""

import multiprocessing
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from tests import valkey

_TIERS = ("fast", "slow", "processes", "browser")
_HERE = Path(__file__).parent
_FOLDERS = {
    "browser": "browser",
    "e2e": "processes",
    "chaos": "processes",
    "bench": "processes",
}
#: What starts a process. The shared Valkey of the session starts before the first test that wants it.
_STARTERS = (subprocess, multiprocessing, valkey.running_server)
_SHARED = "valkey_socket"
_EVENTS = ("subprocess.Popen", "os.fork", "os.posix_spawn")

_tier = pytest.StashKey[str]()
_fast_test: list[str] = []


def pytest_configure(config: pytest.Config) -> None:
    """Make the marks known."""
    for tier in _TIERS:
        config.addinivalue_line("markers", f"{tier}: see tests/tiers.py")
    # Clients of language models name the machine, for which Python starts `uname`, once.
    platform.processor()
    sys.addaudithook(_refuse_processes)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a test with its tier."""
    tier = _tier_of(item)
    item.stash[_tier] = tier
    item.add_marker(tier)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the fast tests run first."""
    items.sort(key=lambda item: _TIERS.index(item.stash[_tier]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Remember which fast test runs."""
    _fast_test[:] = [item.nodeid] * (item.get_closest_marker("fast") is not None)
    try:
        return (yield)
    finally:
        _fast_test.clear()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any) -> Iterator[object]:
    """Let the shared Valkey start in a fast test."""
    running, _fast_test[:] = list(_fast_test), _fast_test * (fixturedef.argname != _SHARED)
    try:
        return (yield)
    finally:
        _fast_test[:] = running


def _refuse_processes(event: str, _: tuple[Any, ...]) -> None:
    if _fast_test and event in _EVENTS:
        pytest.fail(f"{_fast_test[0]} starts a process: mark it @pytest.mark.processes", pytrace=False)


def _tier_of(item: pytest.Item) -> str:
    by_hand = [tier for tier in _TIERS if item.get_closest_marker(tier)]
    folder = _FOLDERS.get(item.path.relative_to(_HERE).parts[0])
    if by_hand or folder:
        return max([*by_hand, *filter(None, [folder])], key=_TIERS.index)
    return "processes" if any(map(_starts_process, _functions(item))) else "fast"


def _functions(item: Any) -> Iterator[Callable[..., Any]]:
    """The test and the fixtures that it uses."""
    yield item.function
    for name, fixtures in item._fixtureinfo.name2fixturedefs.items():
        if name != _SHARED:
            yield fixtures[-1].func


@cache
def _starts_process(function: Callable[..., Any]) -> bool:
    """Whether a function of the tests, or one that it calls, names what starts a process."""
    seen, waiting = set(), [function]
    while waiting:
        one = waiting.pop()
        if one in _STARTERS:
            return True
        one = getattr(one, "__wrapped__", one)
        if one in _STARTERS:
            return True
        if isinstance(one, FunctionType) and one.__module__.startswith("tests.") and one not in seen:
            seen.add(one)
            names = set(_names(one.__code__))
            if {"os", "fork"} <= names:
                return True
            waiting += [one.__globals__[name] for name in names & one.__globals__.keys()]
    return False


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)
