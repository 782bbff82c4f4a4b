"""What is found by meaning, and what it costs: the model that is shipped, and many records with made-up vectors."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from tests.bench.ground import Ground
from tests.bench.rows import Row, promise
from tests.clocks import START
from tests.worker.assistants.catalogue.many_records import HEADINGS, many_records
from tests.worker.assistants.semantic.recall import loaded, paraphrases, recall
from worker.assistants.catalogue import load, open_catalogue
from worker.assistants.semantic.e5 import E5
from worker.assistants.semantic.meaning import Meaning

_SIZES = (1_000, 10_000, 100_000)
_SEARCHES = 20


class MadeUp:
    """An `Embedder` of random vectors, each text its own: only the search is measured."""

    name, dimensions = "made-up", E5.dimensions

    def __init__(self) -> None:
        self._chance = np.random.default_rng(1)

    def queries(self, texts: Sequence[str]) -> np.ndarray:
        vectors = self._chance.normal(size=(len(texts), self.dimensions))
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    passages = queries


def meaning_rows(ground: Ground) -> Iterator[Row]:
    """The right records among the first five with the model and without; the time of a wish; searches among many descriptions."""
    yield from _recall_rows()
    model, times = E5(), []
    model.queries(["the first text"])
    for wish in paraphrases("dev"):
        began = perf_counter()
        model.queries([wish["text"]])
        times.append(perf_counter() - began)
    yield Row(name="embed a wish", unit="ms", ours=[median(times) * 1000])
    for size in _SIZES[: 2 if ground.quick else None]:
        with TemporaryDirectory() as place:
            yield _search_row(Path(place), size)


def _recall_rows() -> Iterator[Row]:
    wishes, found = paraphrases("held"), []
    with TemporaryDirectory() as place:
        for meaning in (None, Meaning(E5())):
            catalogue = loaded(Path(place), meaning)
            found.append(recall(catalogue, wishes))
            catalogue.close()
    words, meant = found
    for language, share in meant.items():
        yield Row(
            name=f"recall at 5 by meaning, {language}",
            unit="%",
            ours=[100 * share],
            against="by words",
            baseline=[100 * words[language]],
        )


def _search_row(folder: Path, size: int) -> Row:
    source, meaning, times = folder / "many.csv", Meaning(MadeUp()), []
    with source.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(HEADINGS)
        # Each title ends with words of its own, so that records share no vectors.
        table.writerows(
            [id_, f"{title}, view number {id_}", *rest] for id_, title, *rest in many_records(size)
        )
    load(source, "properties", folder, now=START, meaning=meaning)
    catalogue = open_catalogue(folder, meaning)
    catalogue.find("properties", "the first wish reads the vectors")
    for at in range(_SEARCHES):
        began = perf_counter()
        found = catalogue.find("properties", f"wish number {at} of nobody", {"purpose": "sale"}, limit=5)
        times.append(perf_counter() - began)
        promise(found.total, "a wish that finds nothing")
    catalogue.close()
    return Row(
        name=f"{size:,} records with two descriptions each: by meaning (made-up vectors)",
        unit="ms",
        ours=[median(times) * 1000],
    )
