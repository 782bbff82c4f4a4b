"""`inturn replay` against the whole stack, and its pure parts by themselves."""

import json

import pytest
from click.testing import CliRunner

from tests.e2e.stack import running_stack
from tests.load.fixtures import ALL, lines_of
from tests.ports import free_ports
from worker.cli import main
from worker.cli.replaying.capacity import find_knee
from worker.cli.replaying.crowd import crowd
from worker.cli.replaying.disguise import disguise
from worker.cli.replaying.figures import Figures, figures_of, over_time
from worker.cli.replaying.fixture import FixtureError, Line, read_fixture, shipped, write_fixture
from worker.cli.replaying.pace import Pace
from worker.cli.replaying.page import page
from worker.cli.replaying.record import Run, Told


@pytest.mark.parametrize("name", ALL)
def test_a_shipped_fixture_is_what_the_generator_writes(name):
    assert read_fixture(name) == lines_of(name)


def test_all_fixtures_are_shipped():
    assert shipped() == sorted(ALL)


@pytest.mark.parametrize("line", ["{}", "nothing", '{"at":-1,"customer":"c","ref":"1"}'])
def test_a_wrong_line_is_named(tmp_path, line):
    path = tmp_path / "mine.jsonl"
    path.write_text('{"at":0,"customer":"c","ref":"0"}\n' + line + "\n")

    with pytest.raises(FixtureError, match="line 2"):
        read_fixture(str(path))


def test_a_fixture_that_cannot_be_written_is_said(tmp_path):
    with pytest.raises(FixtureError, match="cannot be written: No such file"):
        write_fixture([], tmp_path / "nowhere" / "mine.jsonl")


def test_a_crowd_has_customers_and_ids_of_its_own_and_repeats_only_what_is_redelivered():
    lines = lines_of("redeliveries")
    planned = list(crowd(lines, run=7, copies=3, messages=2000))

    assert len(planned) == 2000
    fresh = [one for one in planned if not one.again]
    assert len({one.id for one in fresh}) == len(fresh)
    assert {one.id for one in planned if one.again} <= {one.id for one in fresh}
    assert all(one.customer.startswith("+9990007") and len(one.customer) <= 16 for one in planned)


def test_a_ramp_grows_and_then_stays():
    pace = Pace(first=10, last=30, seconds=10)

    assert pace.due(0) == 0
    assert pace.due(200) == pytest.approx(10)
    assert pace.due(230) == pytest.approx(11)
    assert [pace.due(n) for n in range(300)] == sorted(pace.due(n) for n in range(300))
    assert Pace(first=5, last=5).due(50) == 10


@pytest.mark.parametrize("text", ["Call me at +20 100 123 4567, Ahmed", "عايز شقة في المعادي", "a"])
def test_a_disguised_text_has_the_same_shape_and_none_of_its_words(text):
    told = disguise(text)

    assert len(told) == len(text)
    assert not {word for word in text.split() if len(word) > 3} & set(told.split())


def test_loss_doubling_and_disorder_are_seen():
    lines = [Line(at=n, customer="c", text="x", ref=str(n)) for n in range(4)]
    planned = list(crowd(lines, run=1, copies=1))
    run = Run(began=0.0)
    for one in planned:
        run.going_out(Told(planned=one, sent_at=1.0, due_at=1.0, status=200, accepted_after=0.1))
    for place in (1, 0, 2, 2):
        run.came_back(planned[place].customer, planned[place].text, 2.0)
    run.came_back(planned[0].customer, "the second part of a long reply", 2.0)

    figures = figures_of(run, watched=True)

    assert (figures.lost, figures.doubled, figures.out_of_order, figures.kept) == (1, 1, 1, False)
    html = page("a <title>", [("lost", "1")], over_time(run, figures))
    assert "<svg" in html
    assert "http" not in html
    assert "a &lt;title&gt;" in html


def test_the_knee_is_where_the_rate_is_no_longer_followed():
    def attempt(rate):
        replied = {"p99": 100.0 if rate <= 100 else 9000.0}
        return Figures(
            seconds=1, requests=1, accepted=1, redelivered=0, replies=1, lost=0, doubled=0, out_of_order=0,
            failures={}, accept_ms=replied, reply_ms=replied, accepted_a_second=rate, replied_a_second=rate,
            late_ms=0, watched=True,
        )  # fmt: skip

    trials = list(find_knee(attempt, first=10, within_ms=1000))

    best = max(trial.rate for trial in trials if trial.followed)
    assert 85 <= best <= 100


def test_a_foreign_machine_is_not_loaded_by_mistake():
    result = CliRunner().invoke(main, ["replay", "burst", "--url", "https://example.org"])

    assert result.exit_code == 1
    assert "--really" in result.output


def test_the_whole_stack_keeps_its_promises_under_a_replay(tmp_path):
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


def test_of_an_assistant_that_says_its_own_words_only_the_way_in_is_measured(tmp_path):
    with running_stack(tmp_path, ASSISTANT="worker.assistants.concierge:assistant") as stack:
        told = stack.inturn("replay", "burst", "--fast", "--messages", "20", "--out", "out")

    assert told.returncode == 0, told.stdout + told.stderr
    assert "only the webhook is measured" in told.stderr
    figures = json.loads((tmp_path / "out" / "replay.json").read_text())["figures"]
    assert (figures["accepted"], figures["lost"], figures["watched"]) == (20, 0, False)


def test_an_address_that_takes_nothing_is_an_error(monkeypatch):
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
