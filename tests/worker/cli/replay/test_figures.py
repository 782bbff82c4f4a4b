"""The figures of a run: what was lost, answered twice or out of order."""

from worker.cli.replay.figures import figures_of, over_time
from worker.cli.replay.fixture import (
    FixtureMessage,
)
from worker.cli.replay.report import page
from worker.cli.replay.run import Run, SentMessage
from worker.cli.replay.schedule import planned_messages


def test_loss_doubling_and_disorder_are_found():
    lines = [FixtureMessage(at=n, customer="c", text="x", ref=str(n)) for n in range(4)]
    planned = list(planned_messages(lines, run=1, copies=1))
    run = Run(began=0.0)
    for one in planned:
        run.sending(SentMessage(planned=one, sent_at=1.0, due_at=1.0, status=200, accepted_after=0.1))
    for place in (1, 0, 2, 2):
        run.replied(planned[place].customer, planned[place].text, 2.0)
    run.replied(planned[0].customer, "the second part of a long reply", 2.0)

    figures = figures_of(run, watched=True)

    assert (figures.lost, figures.doubled, figures.out_of_order, figures.kept) == (1, 1, 1, False)
    html = page("a <title>", [("lost", "1")], over_time(run, figures))
    assert "<svg" in html
    assert "http" not in html
    assert "a &lt;title&gt;" in html
