"""Chaos in its short form, and the proof that the harness sees: three deliberate bugs, each of which it must report."""

import pytest

from tests.chaos.options import Options
from tests.chaos.report import table
from tests.chaos.run import run


def test_every_promise_is_kept_while_everything_is_killed_stopped_and_cut(tmp_path):
    result = run(Options(seconds=32, seed=11, rate=25, gap=1, folder=tmp_path))

    assert result.kept, table(result)
    figures = result.findings.figures
    assert figures["posted"] == figures["answered by a reply"] > 300
    assert len(result.strikes.done) >= 5


#: Turns that take long, so that a fault meets them in the middle.
LONG_TURNS = {
    "pool": "threads",
    "concurrency": 8,
    "slow_of_100": 40,
    "slow_for": 0.5,
    "rate": 15,
    "gap": 0.5,
    "drain": 4,
    "calm_every": 100,
}
BUGS = {
    # A worker that comes back after its lease writes over what others did meanwhile.
    "fence": (
        {"faults": ("group-stop",), "seconds": 7, "lease": 1.5, "sweep": 0.5, "assistant_timeout": 20},
        {"doubled effect", "counters"},
    ),
    # A provider that delivers again is answered again.
    "dedupe": ({"faults": ("two-beats",), "seconds": 3, "rate": 40}, {"doubled effect"}),
    # Two workers that are woken at once ask the assistant at once.
    "lease": ({"faults": ("wakes-doubled",), "seconds": 5}, {"not one at a time"}),
}


@pytest.mark.parametrize("bug", BUGS)
def test_the_harness_sees_a_deliberate_bug(tmp_path, bug):
    chosen, promises = BUGS[bug]

    result = run(Options(seed=5, bug=bug, folder=tmp_path, **{**LONG_TURNS, **chosen}))

    assert promises <= {broken.promise for broken in result.findings.broken}, table(result)
