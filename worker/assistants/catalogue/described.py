"""Whether a record is the one that a message names by a part of its description: "the villa", "Dr Nayak"."""

from collections.abc import Mapping

from worker.assistants.catalogue import MemberRecord, Record
from worker.assistants.catalogue.names import Names

#: Slots that say which of the records is meant, and the fields of a record that must have the value: "the villa".
DESCRIBING = {
    "propertyType": ("property_type",),
    "purpose": ("purpose",),
    "bedrooms": ("bedrooms",),
    "compound": ("compound",),
    "location": ("compound", "location", "city", "governorate", "locality"),
    "profession": ("profession", "specialty"),
    "name": ("name",),
}


def is_called(record: Record | None, name: str) -> bool:
    """Return whether a record is a member whose name has all words of another: "Nayak"."""
    if not isinstance(record, MemberRecord):
        return False
    return {*name.casefold().split()} <= {*record.name.casefold().replace(".", " ").split()}


def is_described(record: Record, wanted: Mapping[str, object], names: Names) -> bool:
    """Return whether a record is what a message names: "the villa", "Dr Nayak", "the one in Maadi"."""
    for slot, value in wanted.items():
        if slot == "name":
            if not is_called(record, str(value)):
                return False
        elif names.canonical.get(str(value), value) not in [
            getattr(record, field, None) for field in DESCRIBING[slot]
        ]:
            return False
    return True
