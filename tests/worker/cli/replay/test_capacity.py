"""The search for the highest rate that a deployment can follow."""

from worker.cli.replay.capacity import find_capacity
from worker.cli.replay.figures import Figures


def test_the_capacity_is_the_highest_rate_that_is_followed():
    def attempt(rate):
        replied = {"p99": 100.0 if rate <= 100 else 9000.0}
        return Figures(
            seconds=1, requests=1, accepted=1, redelivered=0, replies=1, lost=0, doubled=0, out_of_order=0,
            failures={}, accept_ms=replied, reply_ms=replied, accepted_a_second=rate, replied_a_second=rate,
            late_ms=0, watched=True,
        )  # fmt: skip

    trials = list(find_capacity(attempt, first=10, within_ms=1000))

    best = max(trial.rate for trial in trials if trial.followed)
    assert 85 <= best <= 100
