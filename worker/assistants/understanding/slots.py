"""How what was understood changes what is known: a new value replaces the old, a withdrawn one goes. Pure."""

from collections.abc import Mapping
from typing import Any

from worker.assistants.understanding.values import Understanding

#: Slots that are two ends of one thing: a new value for one of them ends both.
_ENDS = (
    ("budget", "budgetMin"),
    ("area", "areaMax"),
    ("bedrooms", "bedroomsMax"),
    ("bathrooms", "bathroomsMax"),
)
#: Of one message only, and never kept.
PASSING = frozenset({"ordinal", "limit"})


def changes(known: Mapping[str, Any], understood: Understanding) -> dict[str, Any]:
    """Return what a message changes of the known slots; None withdraws one."""
    changed: dict[str, Any] = dict.fromkeys(known) if "reset" in understood.signals else {}
    for slot in understood.withdrawn:
        changed |= dict.fromkeys(_together(slot))
    for slot, values in understood.excluded.items():
        if known.get(slot) in values:
            changed[slot] = None
    for slot in understood.entities:
        changed |= dict.fromkeys(other for other in _together(slot) if other in known)
    changed |= {slot: value for slot, value in understood.entities.items() if slot not in PASSING}
    return {slot: value for slot, value in changed.items() if value is not None or slot in known}


def merged(known: Mapping[str, Any], understood: Understanding) -> dict[str, Any]:
    """Return what is known after a message."""
    after = {**known, **changes(known, understood)}
    return {slot: value for slot, value in after.items() if value is not None}


def _together(slot: str) -> tuple[str, ...]:
    return next((ends for ends in _ENDS if slot in ends), (slot,))
