"""`inturn replay` against the whole stack."""

import json

from click.testing import CliRunner

from tests.e2e.stack import running_stack
from tests.ports import free_ports
from worker.cli import main


def test_another_machine_needs_an_option():
    result = CliRunner().invoke(main, ["replay", "burst", "--url", "https://example.org"])

    assert result.exit_code == 1
    assert "--really" in result.output


def test_the_whole_stack_keeps_its_guarantees_under_a_replay(tmp_path):
    with running_stack(tmp_path, ASSISTANT="worker.assistants.echo:assistant") as stack:
        for fixture in ("redeliveries", "albums", "long-arabic"):
            told = stack.inturn("replay", fixture, "--fast", "--messages", "150", "--out", "out")
            assert told.returncode == 0, told.stdout + told.stderr
            figures = json.loads((tmp_path / "out" / "replay.json").read_text())["figures"]
            assert figures["kept"]
            assert figures["replies"] == figures["accepted"] - figures["redelivered"] > 0
            assert not figures["failures"]
        assert (tmp_path / "out" / "replay.html").read_text().count("<svg") == 4

        written = stack.inturn("replay", "--from-events", "mine.jsonl")
        assert written.returncode == 0, written.stdout + written.stderr
        assert stack.inturn("replay", "mine.jsonl", "--fast", "--messages", "20").returncode == 0


def test_only_the_webhook_is_measured_if_the_assistant_does_not_echo(tmp_path):
    with running_stack(tmp_path, ASSISTANT="worker.assistants.concierge:assistant") as stack:
        told = stack.inturn("replay", "burst", "--fast", "--messages", "20", "--out", "out")

    assert told.returncode == 0, told.stdout + told.stderr
    assert "only the webhook is measured" in told.stderr
    figures = json.loads((tmp_path / "out" / "replay.json").read_text())["figures"]
    assert (figures["accepted"], figures["lost"], figures["watched"]) == (20, 0, False)


def test_a_url_that_accepts_nothing_is_an_error(monkeypatch):
    monkeypatch.setenv("META_APP_SECRET", "secret")
    monkeypatch.setenv("META_PHONE_NUMBER_ID", "1")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "token")
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC1")
    monkeypatch.setenv("TWILIO_FROM", "+14155238886")
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    for name in ("META_GRAPH_URL", "TWILIO_API_URL"):
        monkeypatch.setenv(name, url)

    result = CliRunner().invoke(
        main, ["replay", "burst", "--url", url, "--fast", "--messages", "3", "--patience", "1"]
    )

    assert result.exit_code == 1
    assert f"{url} accepted nothing" in result.output
