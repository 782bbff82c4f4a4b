"""The promise, on real processes: webhook server, worker, beat, Valkey, simulator."""

import json
import signal
from contextlib import ExitStack

import httpx
import pytest

from tests.e2e.servers import rabbitmq, valkey_cluster
from tests.e2e.stack import running_stack, wait_for

CUSTOMERS = [f"+2010000{n:05}" for n in range(50)]
EACH = 20


@pytest.mark.parametrize("deployment", ["one machine", "rabbitmq", "cluster and rabbitmq"])
@pytest.mark.timeout(240)
def test_a_thousand_messages_of_fifty_customers_are_answered_once_and_in_order(tmp_path, deployment):
    lines = {customer: [f"{n} of {customer[-2:]}" for n in range(EACH)] for customer in CUSTOMERS}

    with ExitStack() as servers:
        settings = {}
        if "rabbitmq" in deployment:
            settings["BROKER_URL"] = servers.enter_context(rabbitmq(tmp_path / "rabbitmq")).url
        if "cluster" in deployment:
            url = servers.enter_context(valkey_cluster())
            settings |= {"REDIS_URL": url, "REDIS_CLUSTER": "yes", "SHARDS": "16"}
        stack = servers.enter_context(running_stack(tmp_path, **settings))

        answered = stack.tell_together(
            lines, lambda customer: "twilio" if customer[-1] in "13579" else "meta"
        )
        assert answered == [200] * (len(CUSTOMERS) * EACH)

        wait_for(
            lambda: sum(map(len, stack.sent().values())) >= len(CUSTOMERS) * EACH,
            90,
            lambda: f"{sum(map(len, stack.sent().values()))} answers\n{stack.log()[-3000:]}",
        )
        assert stack.sent() == lines


def test_after_the_supervisor_was_killed_the_next_run_finds_the_sessions(tmp_path):
    with running_stack(tmp_path) as stack:
        stack.says(CUSTOMERS[0], "remember me")
        wait_for(lambda: bool(stack.sent()), 20, stack.log)
        stack.process.send_signal(signal.SIGKILL)
        stack.process.wait(10)

    with running_stack(tmp_path) as stack:
        # The first sweep of this run is a moment away.
        wait_for(lambda: httpx.get(f"{stack.webhook}/readyz", trust_env=False).is_success, 10, stack.log)
        stack.says(CUSTOMERS[0], "do you?")
        wait_for(lambda: bool(stack.sent()), 20, stack.log)
        shown = stack.inturn("sessions", "show", CUSTOMERS[0], "--json")
        history = json.loads(shown.stdout)["context"]["messageHistory"]
        assert [said["content"] for said in history] == ["remember me"] * 2 + ["do you?"] * 2
        stack.end()

    assert stack.process.returncode == 0


def test_a_customer_chats_in_the_terminal_and_operators_look_on(tmp_path):
    script = tmp_path / "script"
    script.write_text("# a first conversation\nhello\nعايز شقة في المعادي\n")

    with running_stack(tmp_path) as stack:
        simulator = stack.simulator
        for channel in ("meta", "twilio"):
            who = ("--url", simulator, "--channel", channel, "--from", "+201001234567")
            chat = stack.inturn("chat", *who, "--script", str(script))
            assert chat.returncode == 0, chat.stdout + chat.stderr
            assert chat.stdout.splitlines() == [
                "you: hello",
                "bot: hello",
                "you: عايز شقة في المعادي",
                "bot: عايز شقة في المعادي",
            ]

        assert "+201001234567" in stack.inturn("sessions", "list").stdout
        assert (
            json.loads(stack.inturn("sessions", "stats", "+201001234567", "--json").stdout)["messages"] == 4
        )
        assert "CLOSED" in stack.inturn("sessions", "close", "+201001234567").stdout
        assert "traces" in stack.inturn("sessions", "forget", "+201001234567", "--yes").stdout
        assert stack.inturn("sessions", "list").stdout == "no sessions\n"
        assert stack.inturn("sessions", "show", "+201001234567").returncode == 1
        assert "no dead letters" in stack.inturn("dead", "list").stdout
        assert "no sender is paused" in stack.inturn("channels", "list").stdout
        doctor = stack.inturn("doctor")
        assert doctor.returncode == 0, doctor.stdout + doctor.stderr
