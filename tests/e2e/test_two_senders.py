"""A sender whose provider is slow, beside one whose provider is not, in one worker process."""

import httpx

from tests.e2e.stack import running_stack, wait_for

SLOW = [f"+2010000{n:05}" for n in range(12)]
QUICK = "+201000000079"


def test_customers_of_a_quick_sender_do_not_wait_for_those_of_a_slow_one(tmp_path):
    with running_stack(tmp_path, WORKER_CONCURRENCY="4") as stack:
        faults = f"{stack.simulator}/simulator/faults"
        slow = {"channel": "meta", "mode": "slow", "seconds": 4}
        httpx.post(faults, json=slow, trust_env=False).raise_for_status()
        for customer in SLOW:
            assert stack.says(customer, "hello") == 200
        # Every place that the slow sender may have is taken.
        wait_for(lambda: _under_way(stack) >= 2, 20, stack.log)

        for n in range(3):
            assert stack.says(QUICK, f"{n}", "twilio") == 200
        wait_for(lambda: len(stack.sent().get(QUICK, ())) == 3, 20, stack.log)
        answered_then = stack.log().count("sent as")
        httpx.post(faults, json={"channel": "meta", "mode": "ok"}, trust_env=False).raise_for_status()

        wait_for(lambda: all(stack.sent().get(one) == ["hello"] for one in SLOW), 60, stack.log)

    # The quick sender's three were through before a third of those that were there long before them.
    assert answered_then <= 3 + len(SLOW) // 3


def _under_way(stack) -> int:
    """Replies that the slow provider has accepted and not yet answered."""
    return len(stack.sent())
