"""Generates many records, always the same ones, and measures how long searches among them take.

python -m tests.worker.assistants.catalogue.many_records 10000 100000
"""

import csv
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.clocks import START
from worker.assistants.catalogue import LoadedCatalogue, load, open_catalogue

HEADINGS = (
    "id title property_type location city compound price purpose bedrooms bathrooms area payment".split()
)

_TYPES = "apartment apartment apartment apartment villa townhouse duplex studio chalet office".split()
_PLACES = [(f"District {n}", f"City {n % 12}") for n in range(80)]
_TRAITS = (
    "sea view,garden view,lake view,private garden,swimming pool,corner,quiet street,open view,near the metro,"
    "new building,first row,roof terrace,double reception,covered parking,furnished,واجهة بحرية,حديقة خاصة,قريب من المترو"
).split(",")


def many_records(records: int, seed: int = 1) -> Iterator[list[str]]:
    """Yield the rows of this many properties."""
    chance = random.Random(seed)
    for number in range(records):
        kind = chance.choice(_TYPES)
        place, city = chance.choice(_PLACES)
        beds = 0 if kind == "studio" else chance.randint(1, 5)
        area = 40 + 45 * beds + chance.randint(0, 60)
        let = chance.random() < 0.2
        price = area * (chance.randint(80, 400) if let else chance.randint(9_000, 60_000))
        traits = " ".join(chance.sample(_TRAITS, 3))
        name = f"Project {chance.randint(1, 400)}"
        title = f"{beds}-bedroom {kind} in {name}, {place}, {traits}"
        cells = (
            f"N{number}",
            title,
            kind,
            place,
            city,
            name,
            price,
            "rent" if let else "sale",
            beds,
            max(1, beds - 1),
        )
        yield [*map(str, cells), str(area), chance.choice(["cash", "installments", "both"])]


def write_records(path: Path, records: int) -> Path:
    """Write this many properties as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(HEADINGS)
        table.writerows(many_records(records))
    return path


#: What is measured -> a search number `n`.
SEARCHES: dict[str, Callable[[LoadedCatalogue, int], object]] = {
    "four filters": lambda found, n: found.find(
        "properties",
        filters={"location": f"District {n % 80}", "propertyType": "apartment", "bedrooms": 3, "budget": 5e6},
        limit=5,
    ),
    "city and price": lambda found, n: found.find(
        "properties", filters={"location": f"City {n % 12}", "budget": 4e6, "purpose": "sale"}, limit=5
    ),
    "three words and filters": lambda found, n: found.find(
        "properties", f"private garden {n % 400}", {"propertyType": "apartment", "budget": 6e6}, limit=5
    ),
    "two common words": lambda found, n: found.find("properties", "apartment garden", limit=5),
    "nothing, loosened": lambda found, n: found.find(
        "properties",
        "helicopter",
        {"location": f"District {n % 80}", "bedrooms": 4, "budget": 90_000},
        limit=5,
    ),
}


def measure(directory: Path, records: int, rounds: int = 200) -> dict[str, float]:
    """Load this many records and return the median time of each search in milliseconds; "load" is in seconds."""
    source = write_records(directory / "many.csv", records)
    began = perf_counter()
    load(source, "properties", directory, now=START)
    taken = {"load": perf_counter() - began}
    found = open_catalogue(directory)
    try:
        for name, search in SEARCHES.items():
            times = []
            for n in range(rounds):
                began = perf_counter()
                search(found, n)
                times.append(perf_counter() - began)
            taken[name] = median(times) * 1000
    finally:
        found.close()
    return taken


if __name__ == "__main__":
    for size in map(int, sys.argv[1:] or ["10000"]):
        with TemporaryDirectory() as place:
            for what, took in measure(Path(place), size).items():
                sys.stdout.write(
                    f"{size:>8,} records  {what:<26} {took:8.2f} {'s' if what == 'load' else 'ms'}\n"
                )
