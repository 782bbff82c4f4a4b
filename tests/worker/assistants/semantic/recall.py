"""How many of the right records are among the first five, with the model that is shipped and without it.

python -m tests.worker.assistants.semantic.recall dev      # or held: not for tuning

The wishes are in `paraphrases/`: written by somebody who did not know this program, in other words than the records use, about
features that a record names in one language only. A wish is in one of the two files, with all its paraphrases.
"""

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from session.faq import FaqEntry
from session.testing import Conversation, message
from tests.clocks import START
from worker.assistants.catalogue import LoadedCatalogue, load, open_catalogue
from worker.assistants.catalogue.free_text import sought_in
from worker.assistants.concierge import assistant
from worker.assistants.concierge.dialogue import Dialogue
from worker.assistants.faq.matching import FaqIndex
from worker.assistants.semantic.e5 import E5
from worker.assistants.semantic.meaning import Meaning
from worker.assistants.understanding.message import understand

FOLDER: Final = Path(__file__).parent / "paraphrases"
_AMONG: Final = 5


def paraphrases(name: str) -> list[dict[str, Any]]:
    """Return the lines of a file of paraphrases."""
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()]


def loaded(directory: Path, meaning: Meaning | None) -> LoadedCatalogue:
    """Return the catalogue of the sample properties and of those of the paraphrases."""
    samples = files("worker.assistants.catalogue").joinpath("samples/properties.csv").read_text("utf-8")
    first, *others = (FOLDER / "properties.csv").read_text("utf-8").splitlines(keepends=True)
    assert next(csv.reader([first])) == next(csv.reader(samples.splitlines()[:1]))
    source = directory / "properties.csv"
    source.write_text(samples.rstrip("\n").replace("pictures/", "https://example.com/") + "\n", "utf-8")
    with source.open("a", encoding="utf-8") as file:
        file.writelines(line.replace("pictures/", "https://example.com/") for line in others)
    load(source, "properties", directory, now=START, meaning=meaning)
    return open_catalogue(directory, meaning)


def recall(catalogue: LoadedCatalogue, wishes: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Return the part of the right records among the first five, by language."""
    shares = defaultdict[str, list[float]](list)
    for wish in wishes:
        if right := {*wish.get("relevant", ())}:
            understood = understand(wish["text"], domain="property")
            query, filters = sought_in(catalogue, "properties", wish["text"], understood)
            found = catalogue.find("properties", query, filters, limit=_AMONG)
            shares[wish["lang"]].append(
                len(right & {record.id for record in found}) / min(_AMONG, len(right))
            )
    return {language: sum(hits) / len(hits) for language, hits in shares.items()}


def taken_for_wishes(catalogue: LoadedCatalogue, texts: Iterable[str]) -> Iterator[str]:
    """Yield those texts that the concierge takes for a wish in words of its own, as the first message of a conversation."""
    for text in texts:
        customer = Conversation(assistant, catalogue=catalogue, kind="properties", now=START)
        customer.says(message(text))
        if Dialogue.of(customer.session.context.extracted_info, "properties").query:
            yield text


def answers(meaning: Meaning | None, asked: Iterable[Mapping[str, Any]]) -> tuple[int, int, int]:
    """Return how many questions the FAQ of the paraphrases answers rightly and wrongly, and how many it must answer."""
    entries = [
        FaqEntry(id=one["id"], questions={"en": [one["question_en"]]}, answers={"en": one["answer_en"]})
        for one in json.loads((FOLDER / "faq.json").read_text("utf-8"))
    ]
    index = FaqIndex(entries, meaning)
    found = [(one.get("faq"), entry and entry.id) for one in asked for entry in [index.find(one["text"])]]
    right = sum(1 for wanted, got in found if got and got == wanted)
    return (
        right,
        sum(1 for wanted, got in found if got and got != wanted),
        sum(1 for wanted, _ in found if wanted),
    )


def report(name: str) -> Iterator[str]:
    """Yield lines about a file of paraphrases."""
    wishes = paraphrases(name)
    with TemporaryDirectory() as place:
        for said, meaning in (("without", None), ("with", Meaning(E5()))):
            catalogue = loaded(Path(place), meaning)
            shares = recall(catalogue, wishes).items()
            wanted = [wish["text"] for wish in wishes if wish.get("relevant")]
            others = [wish["text"] for wish in wishes if not wish.get("relevant")]
            alone, taken = ([*taken_for_wishes(catalogue, texts)] for texts in (wanted, others))
            right, wrong, asked = answers(meaning, wishes)
            yield f"{said} the model"
            yield f"  recall at {_AMONG}: {', '.join(f'{language} {share:.0%}' for language, share in shares)}"
            yield f"  alone, taken for a wish: {len(alone)} of {len(wanted)}; of {len(others)} others {taken or 'none'}"
            yield f"  of {asked} questions about the business: {right} right, {wrong} wrong"
            catalogue.close()


if __name__ == "__main__":
    for line in report(sys.argv[1]):
        print(line)  # noqa: T201
