"""The benchmark in small: it fails if a promise breaks while it runs, never because something was slow."""

import json

import pytest

from tests.bench.calls import calls_of_a_message
from tests.bench.program import take
from tests.bench.rows import BrokenPromise, Goal, Row, promise
from tests.bench.table import markdown, write


@pytest.mark.parametrize(
    "group",
    [
        "turn",
        "loss",
        "way",
        "http",
        "kill",
        "waits",
        "durability",
        "edge",
        "delay",
        "gather",
        "billed",
        "sweep",
        "memory",
        "growth",
        "campaign",
    ],
)
def test_promises_hold_while_it_is_measured(group):
    rows = take([group], quick=True, rounds=1, say=print)

    assert rows
    assert all(row.value >= 0 for row in rows)


def test_the_calls_of_a_message_are_counted_from_its_body_to_its_settled_reply():
    calls = calls_of_a_message()

    assert {"worker/intake.py", "worker/turns.py", "worker/deliveries.py"} <= calls.by_module.keys()
    assert calls.table().startswith(f"{calls.total} calls of {calls.functions} functions")


def test_a_broken_promise_is_no_result():
    with pytest.raises(BrokenPromise, match="lost"):
        promise([], "lost")


def test_a_row_tells_its_ratio_and_whether_it_is_enough(tmp_path):
    row = Row(name="x", unit="/s", ours=[90, 110, 100], baseline=[50], goal=Goal(at_least=2.0))

    assert (row.value, row.ratio, row.reached) == (100, 2.0, True)
    write([row], {"processors": 2}, tmp_path / "bench.json")
    written = json.loads((tmp_path / "bench.json").read_text())
    assert written["rows"][0]["goal"] == ">= 2"
    assert "| x |" in markdown([row])
