"""The tiers of the tests are found by what a test uses."""

import os
import subprocess

import pytest

from tests.served import serving
from tests.tiers import _starts_process


def run_something():
    subprocess.run(["true"], check=True)


def fork_something():
    return [os.fork() for _ in range(1)]


def serve_something():
    with serving() as served:
        served.posts()


def call_the_others():
    serve_something()


def look_something_up():
    return os.getpid()


@pytest.mark.parametrize("function", [run_something, fork_something, serve_something, call_the_others])
def test_what_starts_a_process_is_found_also_through_what_it_calls(function):
    assert _starts_process(function)


def test_what_starts_none_is_not():
    assert not _starts_process(look_something_up)


def test_a_fast_test_that_starts_a_process_by_another_way_fails(request):
    assert request.node.get_closest_marker("fast")
    with pytest.raises(pytest.fail.Exception, match=r"mark it @pytest\.mark\.processes"):
        os.posix_spawn("/bin/true", ["true"], {})
