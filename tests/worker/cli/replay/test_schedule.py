"""The messages of one run, and when each is sent."""

import pytest

from tests.worker.cli.replay.make_fixtures import lines_of
from worker.cli.replay.schedule import Pace, planned_messages


def test_a_run_has_its_own_customers_and_ids_and_repeats_only_redeliveries():
    lines = lines_of("redeliveries")
    planned = list(planned_messages(lines, run=7, copies=3, messages=2000))

    assert len(planned) == 2000
    fresh = [one for one in planned if not one.again]
    assert len({one.id for one in fresh}) == len(fresh)
    assert {one.id for one in planned if one.again} <= {one.id for one in fresh}
    assert all(one.customer.startswith("+9990007") and len(one.customer) <= 16 for one in planned)


def test_a_ramp_grows_and_then_stays():
    pace = Pace(first=10, last=30, seconds=10)

    assert pace.due(0) == 0
    assert pace.due(200) == pytest.approx(10)
    assert pace.due(230) == pytest.approx(11)
    assert [pace.due(n) for n in range(300)] == sorted(pace.due(n) for n in range(300))
    assert Pace(first=5, last=5).due(50) == 10
