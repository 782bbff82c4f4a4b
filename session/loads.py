"""What the loop of a worker process holds, as the process reports it for the metrics. Pure."""

from collections.abc import Iterable

from session.records import Record


class Load(Record):
    """What one process holds at a moment."""

    conversations: int = 0  #: pieces of work: intakes, turns and outboxes
    places: int = 0  #: how many of them are wanted at the same time
    waiting: int = 0  #: wake-ups that wait until there is room
    assistants: int = 0  #: that have been asked and have not answered yet
    threads: int = 0  #: that such assistants hold, those that were given up included
    sends: int = 0  #: on their way to a provider


def readable_loads(records: Iterable[str]) -> list[Load]:
    """Return what these records say: "<when, in ms>|<a load as JSON>". Unreadable ones are left out."""
    found: list[Load] = []
    for record in records:
        try:
            found.append(Load.model_validate_json(record.partition("|")[2].encode("utf-8", "replace")))
        except ValueError:
            continue
    return found
