"""Saved searches: what a customer waits for, as the timer of a conversation keeps it, and what of it is new since a load."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from pydantic import Field, ValidationError

from session.errors import NoCatalogue
from session.records import Record
from worker.assistants.catalogue.catalogue import LoadedCatalogue
from worker.assistants.catalogue.errors import CatalogueError
from worker.assistants.catalogue.records import SearchResult

#: The name of the timer that has the saved searches of a conversation.
TIMER: Final = "saved-searches"
#: Saved searches of one customer.
MOST: Final = 5


class Watch(Record):
    """One saved search: criteria, or one record of which the price may drop, to the budget of the filters if they have one."""

    kind: str
    query: str = ""
    filters: dict[str, Any] = Field(default_factory=dict)
    record: str = ""
    since: str  #: the load that was the newest when it was saved, or told last

    def is_like(self, other: "Watch") -> bool:
        """Whether both wait for the same."""
        return self.model_copy(update={"since": other.since}) == other


def watches_in(payload: Any) -> list[Watch]:
    """Return the saved searches in the payload of a timer; those that cannot be read are left out."""
    found = list[Watch]()
    for one in payload if isinstance(payload, list) else ():
        with suppress(ValidationError):
            found.append(Watch.model_validate(one))
    return found


def news_of(catalogue: LoadedCatalogue, watch: Watch, limit: int = 1) -> SearchResult:
    """Return what is new for a saved search. Raises what the catalogue raises."""
    if not watch.record:
        return catalogue.news(watch.kind, watch.query, watch.filters, since=watch.since, limit=limit)
    record = catalogue.get(watch.kind, watch.record)
    if record is None or not catalogue.dropped(watch.kind, watch.record, since=watch.since):
        return SearchResult()
    most = watch.filters.get("budget")
    if most is not None and getattr(record, "price", 0) > most:
        return SearchResult()
    return SearchResult(records=(record,), total=1)


def has_news(catalogue: LoadedCatalogue, kind: str, payload: Any) -> bool:
    """Return whether any saved search in a payload has news in the records of a kind; none that cannot be searched has."""
    with suppress(NoCatalogue, CatalogueError):
        return any(news_of(catalogue, watch).total for watch in watches_in(payload) if watch.kind == kind)
    return False


def load_of(catalogue: LoadedCatalogue, kind: str) -> str:
    """Return which load of a kind there is now, by its time; a later one is greater. "" if nothing can be read."""
    with suppress(NoCatalogue, CatalogueError):
        return catalogue.about(kind).get("loaded_at", "")
    return ""


def to_payload(watches: Sequence[Watch]) -> list[dict[str, Any]]:
    """Return saved searches as the payload of a timer."""
    return [watch.model_dump(mode="json", by_alias=True, exclude_defaults=True) for watch in watches]
