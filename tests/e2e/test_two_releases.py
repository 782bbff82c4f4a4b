"""Workers of the last release beside those of this one, as real processes, upgraded in the order of docs/upgrading.md.

Every message is answered once and in its order, and nothing is left.
"""

import io
import json
import os
import subprocess
import sys
import tarfile
from datetime import UTC, datetime

import pytest

from session.agent_actions import AgentAction, AgentActionType
from tests.e2e.workers import ROOT, workers
from tests.valkey import until

#: The last release: whatever is released next is run beside this one. Move it on with each release.
LAST_RELEASE = "71802742bea1"

ECHO = """
import time


def assistant(turn):
    time.sleep(0.02)
    return f"re {turn.text}"
"""
CUSTOMERS = [f"+2010000000{n:02}" for n in range(12)]
FAST = {
    "LEASE_SECONDS": "8",
    "ASSISTANT_TIMEOUT_SECONDS": "3",
    "SEND_TIMEOUT_SECONDS": "3",
    "WAKE_AFTER_SECONDS": "2",
}


@pytest.fixture
def last_release(tmp_path):
    """The tree of the last release, from the history."""
    packed = subprocess.run(
        ["git", "archive", LAST_RELEASE, "session", "worker", "webhook"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if packed.returncode:
        pytest.skip(
            f"the last release, {LAST_RELEASE}, is not in the history of this clone: {packed.stderr.decode()}"
        )
    folder = tmp_path / "last"
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as files:
        files.extractall(folder, filter="data")
    where = subprocess.run(
        [sys.executable, "-c", "import worker; print(worker.__file__)"],
        env={**os.environ, "PYTHONPATH": str(folder)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(folder)), "the last release would not be what runs"
    return folder


def body_of(customer: str, text: str) -> bytes:
    """One message as Meta delivers it."""
    message = {
        "from": customer.removeprefix("+"),
        "id": f"wamid.{customer}.{text}",
        "timestamp": str(int(datetime.now(UTC).timestamp())),
        "type": "text",
        "text": {"body": text},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550001111", "phone_number_id": "106540352242922"},
        "contacts": [{"wa_id": customer.removeprefix("+"), "profile": {"name": "A"}}],
        "messages": [message],
    }
    change = {"field": "messages", "value": value}
    return json.dumps(
        {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}
    ).encode()


def test_an_upgrade_in_the_documented_order_loses_doubles_and_reorders_nothing(tmp_path, last_release):
    old = {"PYTHONPATH": f"{last_release}:{tmp_path}", "LEASE_SECONDS": "8"}
    flags = ["--pool", "threads", "--concurrency", "4"]
    with workers(tmp_path, ECHO, **FAST) as system:
        told: dict[str, list[str]] = {customer: [] for customer in CUSTOMERS}

        def everybody_writes(round_: int) -> None:
            for customer in CUSTOMERS:
                for n in range(2):
                    text = f"m{round_}.{n}"
                    system.stores.intake.store(
                        body_of(customer, text),
                        source="meta",
                        now=datetime.now(UTC),
                        ordering_key="meta:106540352242922",
                    )
                    told[customer].append(text)

        def answered() -> bool:
            return all(said(customer) == told[customer] for customer in CUSTOMERS)

        def said(customer: str) -> list[str]:
            return [
                text for answer in system.answers(customer) for text in answer.removeprefix("re ").split("\n")
            ]

        # The last release alone.
        first = system.worker("old", *flags, env=old)
        beat = system.beat(env=old)
        system.wait(first.is_ready, "the old worker is ready")
        everybody_writes(0)
        system.wait(answered, "the old worker has answered")

        # 1. New workers beside the old ones.
        second = system.worker("new", *flags)
        everybody_writes(1)
        system.wait(second.is_ready, "the new worker is ready")
        for round_ in range(2, 6):
            everybody_writes(round_)
            until(lambda: not system.stores.client.llen("wake.intake"), "the intake was woken", seconds=30)
        held = AgentAction(
            type=AgentActionType.TAKE_OVER,
            id="a1",
            customer=CUSTOMERS[0],
            agent="mona",
            received_at=1_800_000_000_000,
        )
        system.stores.mailboxes.receive([held], now=datetime.now(UTC))
        told_before = list(told[CUSTOMERS[0]])
        system.wait(lambda: all(said(one) == told[one] for one in CUSTOMERS[1:]), "both have answered")

        # 2. The old ones are asked to end. 3. Beat. The webhook comes last, which this test plays itself.
        first.signal_main(15)
        assert first.ends_within(30), first.tail()
        beat.kill()
        system.programs.remove(first)
        system.programs.remove(beat)
        system.beat()
        everybody_writes(6)
        system.wait(
            lambda: all(said(one) == told[one] for one in CUSTOMERS[1:]), "the new ones have answered"
        )

        # Who was taken over is left to the agent: never talked over, and nothing that came before is doubled.
        left = said(CUSTOMERS[0])
        assert left == told_before[: len(left)]
        assert system.stores.dead() == []
        client = system.stores.client
        waits = [client.llen(system.stores.keys.of(f"whatsapp:{one}").mailbox) for one in CUSTOMERS]
        assert (sum(waits), client.xlen("intake")) == (0, 0)
        assert not any("Traceback" in program.tail(1_000_000) for program in (first, second))
