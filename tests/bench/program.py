"""Takes the rows one group after the other, in bounded time; a broken promise ends the run with status 1."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from loguru import logger

from tests.bench.billed import billed_rows
from tests.bench.campaigns import campaign_rows
from tests.bench.delays import delay_rows
from tests.bench.durability import durability_rows
from tests.bench.edge import edge_rows
from tests.bench.gathering import gathering_rows
from tests.bench.ground import Ground, standing_ground
from tests.bench.growth import growth_rows
from tests.bench.kills import kill_rows
from tests.bench.long_waits import long_wait_rows
from tests.bench.loss import loss_rows
from tests.bench.meaning import meaning_rows
from tests.bench.memory import memory_rows
from tests.bench.real_http import real_http_rows
from tests.bench.rolling import rolling_rows
from tests.bench.rows import Row
from tests.bench.slow import slow_rows
from tests.bench.sweeps import sweep_rows
from tests.bench.table import line
from tests.bench.turns import turn_rows
from tests.bench.understanding import search_rows, understanding_rows
from tests.bench.whole_way import whole_way_rows

#: Group -> what takes its rows.
GROUPS: dict[str, Callable[[Ground], Iterator[Row]]] = {
    "turn": turn_rows,
    "loss": loss_rows,
    "way": whole_way_rows,
    "http": real_http_rows,
    "slow": slow_rows,
    "waits": long_wait_rows,
    "kill": kill_rows,
    "rolling": rolling_rows,
    "edge": edge_rows,
    "durability": durability_rows,
    "delay": delay_rows,
    "gather": gathering_rows,
    "sweep": sweep_rows,
    "memory": memory_rows,
    "growth": growth_rows,
    "billed": billed_rows,
    "campaign": campaign_rows,
    "words": understanding_rows,
    "search": search_rows,
    "meaning": meaning_rows,
}


def take(
    groups: Sequence[str],
    *,
    quick: bool,
    rounds: int,
    say: Callable[[str], None],
    profile: Path | None = None,
    against: str | None = None,
) -> list[Row]:
    """Return all rows of the groups, each on a fresh server, said as soon as it is there.

    `against` is a commit or tag whose tree is measured too, where a row says so.
    Raises `BrokenPromise` if something was lost, doubled or mixed up.
    """
    # The workers log as they always do; here the log would be the loudest thing.
    logger.disable("worker")
    logger.disable("session")
    rows = []
    try:
        for group in groups:
            with standing_ground(quick=quick, rounds=rounds, profile=profile, against=against) as ground:
                for found in GROUPS[group](ground):
                    row = replace(found, load=os.getloadavg()[0])
                    rows.append(row)
                    say(line(row))
    finally:
        logger.enable("worker")
        logger.enable("session")
    return rows
