"""A Redis that fills up, under real processes: what was accepted is answered while it stays full."""

import redis as redis_py

from tests.e2e.stack import running_stack, wait_for

_PATIENT = """
from pathlib import Path

from tests.valkey import until


def assistant(turn):
    until(Path("go").exists, "it may answer")
    return f"re {turn.text}"
"""
CUSTOMERS = [f"+20100000{n:04}" for n in range(12)]


def test_a_backlog_drains_on_a_server_that_stays_full(tmp_path):
    (tmp_path / "patient.py").write_text(_PATIENT)

    with running_stack(tmp_path, ASSISTANT="patient:assistant") as stack:
        told = [stack.says(customer, text) for text in ("one", "two", "three") for customer in CUSTOMERS]
        assert set(told) == {200}
        with redis_py.Redis(port=stack.redis_port, decode_responses=True) as client:
            client.config_set("maxmemory", "1")
            assert stack.says(CUSTOMERS[0], "four") == 503
            (tmp_path / "go").touch()

            def texts():
                return {customer: "\n".join(said) for customer, said in stack.sent().items()}

            def answered():
                return all(texts().get(customer, "").count("three") == 1 for customer in CUSTOMERS)

            wait_for(answered, 60, lambda: f"{texts()}\n{stack.log()[-3000:]}")
            assert client.config_get("maxmemory") == {"maxmemory": "1"}
            assert client.xlen("intake") == 0
            client.config_set("maxmemory", "0")
        assert stack.says(CUSTOMERS[0], "four") == 200
        wait_for(lambda: "four" in texts()[CUSTOMERS[0]], 20, stack.log)
        for customer in CUSTOMERS[1:]:
            assert [texts()[customer].count(word) for word in ("one", "two", "three")] == [1, 1, 1]
