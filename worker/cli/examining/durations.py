"""Examines whether the durations that depend on each other fit together. Pure; it asks nobody."""

from collections.abc import Iterator

from worker.cli.examining.finding import Finding, doubtful, well
from worker.settings import WorkerSettings


def examine_durations(settings: WorkerSettings) -> Iterator[Finding]:
    """Yield whether a lease outlives what is done under it; else that is done twice, by two workers."""
    lease, send = settings.lease_seconds, settings.send_timeout_seconds
    if send >= lease:
        yield doubtful(
            "durations",
            f"LEASE_SECONDS ({lease:g}) is no longer than SEND_TIMEOUT_SECONDS ({send:g}): work is begun twice",
            "make LEASE_SECONDS longer, or what is done under it shorter",
        )
    else:
        yield well("durations", f"a lease of {lease:g} s outlives what is done under it")
