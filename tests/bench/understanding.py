"""What it takes to understand a message, and to search among many records."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.bench.ground import Ground
from tests.bench.rows import Goal, Row, promise
from tests.worker.assistants.catalogue.many_records import measure
from worker.assistants.understanding.message import understand

_CASES = Path(__file__).parents[1] / "worker/assistants/understanding/cases.jsonl"
_SIZES = (10_000, 100_000)


def understanding_rows(ground: Ground) -> Iterator[Row]:
    """Every utterance of the test cases; their meaning is checked by the tests, here only that there is one."""
    texts = [
        case["text"] for case in map(json.loads, _CASES.read_text("utf-8").splitlines()) if "text" in case
    ]
    understand("")  # the first call reads the word files
    rounds = []
    for _ in range(ground.rounds):
        began = perf_counter()
        found = [understand(text) for text in texts]
        rounds.append((perf_counter() - began) / len(texts) * 1000)
        promise(all(one.language for one in found), "a message without a language")
    yield Row(name="understand a message", unit="ms", ours=rounds, goal=Goal(at_most=1))


def search_rows(ground: Ground) -> Iterator[Row]:
    """Made-up properties, each kind of search."""
    for size in _SIZES[: 1 if ground.quick else None]:
        taken: dict[str, list[float]] = {}
        for _ in range(1 if ground.quick else 2):
            with TemporaryDirectory() as place:
                for name, took in measure(Path(place), size, rounds=100).items():
                    taken.setdefault(name, []).append(took)
        for name, figures in taken.items():
            yield Row(name=f"{size:,} records: {name}", unit="s" if name == "load" else "ms", ours=figures)
