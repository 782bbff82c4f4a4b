"""What `inturn doctor` says about DURABILITY."""

import pytest
from pydantic import SecretStr

from session.clock import SystemClock
from tests.valkey import running_server
from worker.cli.examining.durability import examine_durability
from worker.cli.examining.finding import Severity
from worker.cli.examining.store import examine_store

ON_DISK = {"aof_enabled": 1, "redis_version": "7.2.4", "valkey_version": "9.0.0"}


@pytest.mark.parametrize(
    ("durability", "info", "appendfsync", "verdict", "word"),
    [
        ("memory", {}, "everysec", Severity.OK, "can lose the latest second"),
        ("memory", {}, "always", Severity.OK, "what fsync gives anyway"),
        ("fsync", {}, "everysec", Severity.OK, "everysec"),
        ("fsync", {}, "no", Severity.FAIL, "never confirms"),
        ("fsync", {}, None, Severity.WARN, "may not read"),
        ("fsync", {"aof_enabled": 0}, "always", Severity.FAIL, "appendonly is off"),
        ("fsync", {"valkey_version": None, "redis_version": "7.0.15"}, "always", Severity.FAIL, "WAITAOF"),
        ("fsync", {"valkey_version": None, "redis_version": "7.4.0"}, "always", Severity.OK, "always"),
        ("replica", {"connected_slaves": 0}, "always", Severity.FAIL, "no replica"),
        ("replica", {"connected_slaves": 1}, "everysec", Severity.OK, "a replica confirms"),
    ],
)
def test_whether_a_server_can_confirm_it(durability, info, appendfsync, verdict, word):
    (finding,) = examine_durability(ON_DISK | info, appendfsync, durability)

    assert (finding.verdict, word in finding.words) == (verdict, True), finding
    assert bool(finding.mend) is (verdict is not Severity.OK)


def test_a_real_server_is_asked_how_it_writes_its_file():
    with running_server("--appendonly", "yes", "--appendfsync", "no") as socket:
        url = SecretStr(f"unix://{socket}")
        found = list(examine_store(url, cluster=False, clock=SystemClock(), durability="fsync"))

    assert [one.verdict for one in found if one.name == "durability"] == [Severity.FAIL]
