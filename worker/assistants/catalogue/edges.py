"""The bound of a search for something cheaper, dearer, bigger or smaller than what was shown. Pure."""

from collections.abc import Sequence

from worker.assistants.catalogue.records import PropertyRecord

#: The bound below the cheapest record is rounded down to a multiple of this many pounds, that above the dearest up.
_STEPS = {"rent": 100, "sale": 1_000}
#: What is wanted -> the slot of the bound, and that of the opposite one.
EDGES = {
    "cheaper": ("budget", "budgetMin"),
    "dearer": ("budgetMin", "budget"),
    "bigger": ("area", "areaMax"),
    "smaller": ("areaMax", "area"),
}


def edge_of(wanted: str, shown: Sequence[PropertyRecord]) -> float | None:
    """Return the bound beyond the records, pounds or square metres; None if there is none. All have the same purpose."""
    prices, areas = [record.price for record in shown], [record.area for record in shown if record.area]
    step = _STEPS["rent" if shown and shown[0].purpose == "rent" else "sale"]
    if wanted == "cheaper":
        return max(0, (min(prices) - 1) // step * step) or None if prices else None
    if wanted == "dearer":
        return (max(prices) // step + 1) * step if prices else None
    if not areas:
        return None
    return max(areas) + 1 if wanted == "bigger" else min(areas) - 1
