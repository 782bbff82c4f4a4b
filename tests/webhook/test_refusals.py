"""What a stranger is told fills no log."""

from http import HTTPStatus

import pytest

from webhook.bodies import Refused
from webhook.refusals import Refusals

LATE = Refused(status=HTTPStatus.REQUEST_TIMEOUT, reason="the body did not arrive in time")
FORGED = Refused(status=HTTPStatus.UNAUTHORIZED, reason="missing or wrong signature")


@pytest.fixture
def refusals(clock):
    return Refusals(clock.now)


def test_a_flood_is_one_line_and_then_one_with_its_count(refusals, clock, log):
    for _ in range(5000):
        refusals.note(LATE, "10.0.0.7")
    assert len(log) == 1
    assert "'address': '10.0.0.7'" in log[0]

    clock.move(seconds=10)
    refusals.note(LATE, "10.0.0.8")

    assert len(log) == 2
    assert "'others_since': 4999" in log[1]


def test_each_kind_is_said_for_itself(refusals, log):
    for _ in range(3):
        refusals.note(LATE, "10.0.0.7")
        refusals.note(FORGED, "10.0.0.7")

    assert [line.partition("'status': ")[2][:3] for line in log] == ["408", "401"]


def test_one_now_and_then_is_a_line_each(refusals, clock, log):
    for _ in range(3):
        refusals.note(FORGED, "10.0.0.7")
        clock.move(seconds=10)

    assert len(log) == 3
    assert not any("others_since" in line for line in log)
