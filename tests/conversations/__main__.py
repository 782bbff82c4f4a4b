"""`python -m tests.conversations`: plays all conversations, and prints how many answers helped, and the worst ones."""

import argparse
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from loguru import logger

from tests.conversations.playing import PEOPLE
from tests.conversations.table import judged, table, worst
from worker.assistants.catalogue import load_samples, open_catalogue


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m tests.conversations", description=__doc__)
    asked.add_argument("--folder", type=Path, default=PEOPLE, help="with the conversations (%(default)s)")
    asked.add_argument("--worst", type=int, default=10, help="how many turns to print (%(default)s)")
    given = asked.parse_args()
    logger.remove()
    with tempfile.TemporaryDirectory() as directory:
        load_samples(Path(directory), now=datetime.now(UTC))
        catalogue = open_catalogue(Path(directory))
        turns = judged(catalogue, given.folder)
        catalogue.close()
    print(f"{table(turns)}\n\nThe worst turns:\n\n{worst(turns, given.worst)}")  # noqa: T201


main()
