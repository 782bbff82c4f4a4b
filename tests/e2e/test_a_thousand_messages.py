"""The promise, on real processes: webhook server, worker, beat, Valkey, simulator."""

import signal

import httpx

from tests.e2e.stack import running_stack, wait_for

CUSTOMERS = [f"+2010000{n:05}" for n in range(50)]
EACH = 20


def test_a_thousand_messages_of_fifty_customers_are_answered_once_and_in_order(tmp_path):
    lines = {customer: [f"{n} of {customer[-2:]}" for n in range(EACH)] for customer in CUSTOMERS}

    with running_stack(tmp_path) as stack:
        answered = stack.tell_together(lines, lambda customer: "twilio" if customer[-1] in "13579" else "meta")
        assert answered == [200] * (len(CUSTOMERS) * EACH)

        wait_for(
            lambda: sum(map(len, stack.sent().values())) >= len(CUSTOMERS) * EACH,
            60,
            lambda: f"{sum(map(len, stack.sent().values()))} answers\n{stack.log()[-3000:]}",
        )
        assert stack.sent() == lines


def test_after_the_supervisor_was_killed_the_next_run_finds_the_sessions(tmp_path):
    with running_stack(tmp_path, MAX_MESSAGE_HISTORY="4") as stack:
        stack.says(CUSTOMERS[0], "remember me")
        wait_for(lambda: bool(stack.sent()), 20, stack.log)
        stack.process.send_signal(signal.SIGKILL)
        stack.process.wait(10)

    with running_stack(tmp_path, MAX_MESSAGE_HISTORY="4") as stack:
        assert httpx.get(f"{stack.webhook}/readyz", trust_env=False).status_code == 200
        stack.says(CUSTOMERS[0], "do you?")
        wait_for(lambda: bool(stack.sent()), 20, stack.log)
        stack.end()

    assert stack.process.returncode == 0
