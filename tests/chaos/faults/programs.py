"""Faults of our own processes: killed, stopped for longer than a lease, ended by a deploy, doubled."""

import os
import signal
from contextlib import suppress

from tests.chaos.faults.field import Field, Maker
from tests.chaos.program import Program
from tests.chaos.strikes import Strike, nothing

#: Seconds that a deploy waits for a worker before it kills it.
_GRACE = 30


def _again(program: Program, field: Field) -> None:
    program.start()
    field.system.must(program.is_ready, f"{program.name} is ready again")


def child_kill(field: Field) -> Strike:
    """SIGKILL for one child of a prefork worker; its pool makes another."""
    worker = field.dice.choice(field.system.workers)
    chance = field.dice.random()

    def begin() -> None:
        children = worker.children()
        if children:
            with suppress(ProcessLookupError):
                os.kill(children[int(chance * len(children))], signal.SIGKILL)

    return Strike("child-kill", worker.name, 0, begin, nothing)


def child_stop(field: Field) -> Strike:
    """SIGSTOP for one child of a prefork worker, for longer than a lease."""
    worker = field.dice.choice(field.system.workers)
    chance = field.dice.random()
    stopped: list[int] = []

    def begin() -> None:
        children = worker.children()
        if children:
            stopped.append(children[int(chance * len(children))])
            with suppress(ProcessLookupError):
                os.kill(stopped[0], signal.SIGSTOP)

    def end() -> None:
        with suppress(ProcessLookupError, IndexError):
            os.kill(stopped[0], signal.SIGCONT)

    return Strike("child-stop", worker.name, _longer_than_a_lease(field), begin, end)


def group_kill(field: Field) -> Strike:
    """SIGKILL for a worker and all of its children."""
    worker = field.dice.choice(field.system.workers)
    return Strike(
        "group-kill", worker.name, field.dice.uniform(0, 2), worker.kill, lambda: _again(worker, field)
    )


def group_stop(field: Field) -> Strike:
    """SIGSTOP for a worker and all of its children, for longer than a lease."""
    worker = field.dice.choice(field.system.workers)
    return Strike(
        "group-stop",
        worker.name,
        _longer_than_a_lease(field),
        lambda: worker.signal(signal.SIGSTOP),
        lambda: worker.signal(signal.SIGCONT),
    )


def deploy(field: Field) -> Strike:
    """SIGTERM for a worker, and a new one when it has ended."""
    worker = field.dice.choice(field.system.workers)

    def end() -> None:
        if not worker.ends_within(_GRACE):
            strike.target += f", killed after {_GRACE} s"
            worker.kill()
        _again(worker, field)

    def begin() -> None:
        worker.wanted = False
        worker.signal_main(signal.SIGTERM)

    strike = Strike("deploy", worker.name, 0, begin, end)
    return strike


def beat_kill(field: Field) -> Strike:
    """SIGKILL for beat."""
    beat = field.system.beats[0]
    return Strike("beat-kill", beat.name, field.dice.uniform(0.5, 4), beat.kill, beat.start)


def two_beats(field: Field) -> Strike:
    """One beat more than is needed, for a while."""
    beat = field.system.beats[-1]

    def begin() -> None:
        if not beat.runs:
            beat.start()

    def end() -> None:
        if field.system.options.beats < len(field.system.beats):
            beat.kill()

    return Strike("two-beats", beat.name, field.dice.uniform(3, 8), begin, end)


def webhook_kill(field: Field) -> Strike:
    """SIGKILL for the webhook in the middle of its requests."""
    webhook = field.system.webhook

    def end() -> None:
        webhook.start()
        field.system.must(field.system.webhook_answers, "the webhook answers again")

    return Strike("webhook-kill", "webhook", field.dice.uniform(0, 2), webhook.kill, end)


def _longer_than_a_lease(field: Field) -> float:
    # By then a sweep has woken somebody else for whatever was held.
    return field.system.options.lease + field.system.options.sweep + field.dice.uniform(0.3, 2)


MAKERS: dict[str, Maker] = {
    "child-kill": child_kill,
    "child-stop": child_stop,
    "group-kill": group_kill,
    "group-stop": group_stop,
    "deploy": deploy,
    "beat-kill": beat_kill,
    "two-beats": two_beats,
    "webhook-kill": webhook_kill,
}
