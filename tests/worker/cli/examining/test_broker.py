"""What `inturn doctor` says about the broker."""

from pydantic import SecretStr

from worker.cli.examining.broker import examine_broker
from worker.cli.examining.finding import Finding, Severity

NOWHERE = SecretStr("redis://:hidden@127.0.0.1:1/0")


def by_name(findings) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


def test_an_unreachable_broker_is_reported_without_its_password():
    findings = by_name(examine_broker(NOWHERE, named=True))
    assert findings["broker"].verdict is Severity.FAIL
    assert "hidden" not in str(findings)


def test_an_unknown_kind_of_broker_is_reported():
    findings = by_name(examine_broker(SecretStr("carrier-pigeon://loft"), named=True))
    assert findings["broker"].verdict is Severity.FAIL
    assert "BROKER_URL" in findings["broker"].words


def test_a_broker_without_workers_is_a_warning(valkey_socket):
    findings = by_name(examine_broker(SecretStr(f"redis+socket://{valkey_socket}"), named=True))
    assert findings["broker"].verdict is Severity.OK
    assert findings["workers"].verdict is Severity.WARN
