"""Chaos in its short form, and the proof that the harness sees: deliberate bugs, each of which it must report."""

import pytest

from tests.chaos.options import Options
from tests.chaos.report import table
from tests.chaos.run import run


def test_every_promise_is_kept_while_everything_is_killed_stopped_and_cut(tmp_path):
    result = run(Options(seconds=32, seed=11, rate=25, gap=1, killers=1, turn_attempts=2, folder=tmp_path))

    assert result.kept, table(result)
    figures = result.findings.figures
    answered = figures["answered by a reply"] - figures["cancelled in doubt, had arrived"]
    unanswered = figures["kept for agents"] + figures["replies cancelled"]
    unanswered += figures["replies not sent after STOP"] + figures["written while out"]
    unanswered += figures["apologies that were sent"] + figures["not listened to"]
    assert figures["posted"] == answered + unanswered > 300, figures
    assert figures["written while out"] > 3
    assert figures["given up, since they kill"] == 1
    assert answered > 200
    assert figures["answers delivered"] > 10
    assert figures["said early"] > 1
    assert figures["bookings"] > 5
    assert len(result.strikes.done) >= 5


@pytest.mark.parametrize(
    ("on_new_message", "plain"), [("restart", False), ("restart", True), ("join", False)]
)
def test_promises_are_kept_whatever_a_new_message_does_to_a_running_turn(tmp_path, on_new_message, plain):
    result = run(
        Options(
            seconds=12,
            seed=3,
            gap=1,
            slow_of_100=25,
            agents=4,
            visits=3,
            on_new_message=on_new_message,
            plain=plain,
            folder=tmp_path,
        )
    )

    assert result.kept, table(result)
    figures = result.findings.figures
    assert figures["answered by a reply"] > 100
    assert figures["turns interrupted by an agent or a STOP"] > 5
    assert plain or figures["assistant calls cancelled"] > 5


def test_a_full_disk_loses_nothing(tmp_path):
    faults = ("disk-full",)
    result = run(Options(seconds=10, seed=1, rate=20, gap=1.5, faults=faults, folder=tmp_path))

    assert result.kept, table(result)
    assert result.strikes.by_kind()["disk-full"] >= 1
    assert result.findings.figures["tries that got no 200"]["503"] > 0
    assert result.findings.figures["answered by a reply"] > 60


#: Turns that take long, so that a fault meets them in the middle.
LONG_TURNS = {
    "slow_of_100": 40,
    "slow_for": 0.5,
    "rate": 15,
    "gap": 0.5,
    "drain": 4,
    "calm_every": 100,
    "agents": 0,
    "person_of_100": 0,
    "agent_patience": 0,
    "stops_of_100": 0,
}
#: Agents who meet few customers, again and again, in the middle of such turns.
BUSY_AGENTS = {"agents": 4, "visits": 3, "customers": 16, "slow_of_100": 60, "rate": 25, "seconds": 6}
#: Workers that come back after their leases, and whose assistants go on however late that is.
LATE_WORKERS = {"faults": ("group-stop",), "lease": 1.5, "sweep": 0.5, "assistant_timeout": 60}
BUGS = {
    # A worker that comes back after its lease writes over what others did meanwhile.
    "fence": ({**LATE_WORKERS, "seconds": 7}, {"doubled effect", "counters"}),
    # A turn that began anew writes as well as the run that superseded it.
    "superseded": (
        {
            "faults": ("two-beats",),
            "seconds": 5,
            "on_new_message": "restart",
            "customers": 16,
            "rate": 25,
        },
        {"doubled effect"},
    ),
    # A provider that delivers again is answered again.
    "dedupe": ({"faults": ("two-beats",), "seconds": 3, "rate": 40}, {"doubled effect"}),
    # Two workers that are woken at once ask the assistant at once.
    "lease": ({"faults": ("wakes-doubled",), "seconds": 5}, {"not one at a time"}),
    # What a slow turn says is sent though an agent has taken over meanwhile.
    "silence": ({"faults": ("two-beats",), **BUSY_AGENTS}, {"talked over"}),
    "settled": ({"faults": ("two-beats",), **BUSY_AGENTS}, {"talked over"}),
    "hush": ({"faults": ("two-beats",), **BUSY_AGENTS}, {"talked over"}),
    # What was queued before a STOP is sent though that lies in the mailbox.
    "stop": (
        {
            "faults": ("two-beats",),
            "customers": 16,
            "slow_of_100": 60,
            "stops_of_100": 20,
            "rate": 25,
            "seconds": 6,
        },
        {"talked over"},
    ),
    # A worker that comes back after its lease keeps a step of a turn that has ended without it. The next turn removes it, so
    # each customer writes seldom.
    "step": (
        {
            **LATE_WORKERS,
            "seconds": 8,
            "rate": 25,
            "customers": 800,
            "slow_of_100": 10,
            "slow_for": 2,
            "booked_of_100": 90,
        },
        {"left waiting"},
    ),
    # A turn whose worker was killed says again what it has said early.
    "early": ({"faults": ("group-kill",), "seconds": 8}, {"doubled effect"}),
    # An agent's double click says everything twice.
    "submitted": ({"faults": ("two-beats",), **BUSY_AGENTS}, {"doubled effect"}),
}


@pytest.mark.parametrize("bug", BUGS)
def test_the_harness_sees_a_deliberate_bug(tmp_path, bug):
    chosen, promises = BUGS[bug]

    result = run(Options(seed=5, bug=bug, folder=tmp_path, **{**LONG_TURNS, **chosen}))

    assert promises <= {broken.promise for broken in result.findings.broken}, table(result)
