"""What the concierge itself keeps between two turns, beside the slots: the last search, and what it asked. Small."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, ValidationError

from session.models import ExtractedInfo
from session.records import Record

#: What a session calls it among the things that are known of a customer.
KEY = "dialogue"


class Dialogue(Record):
    """Where the conversation stands."""

    kind: str = ""  #: of the records that were searched
    query: str = ""  #: words that were searched beside the filters
    filters: dict[str, Any] = Field(default_factory=dict)
    order: str = ""
    size: int = 0  #: records a page
    offset: int = 0
    total: int = 0
    ids: tuple[str, ...] = ()  #: the records of the page that was shown
    one: str = ""  #: the record whose details were shown after that
    options: tuple[str, ...] = ()  #: the buttons that were shown last
    asked: str = ""  #: the slot that was asked for
    misses: int = 0  #: messages in a row that were not understood

    @classmethod
    def of(cls, known: ExtractedInfo, kind: str) -> Self:
        """Return what a session keeps; a new one if that was about other records, or is not readable."""
        try:
            kept = cls.model_validate((known.model_extra or {}).get(KEY, {}))
        except ValidationError:
            return cls(kind=kind)
        return kept if kept.kind == kind else cls(kind=kind)

    def but(self, **fields: Any) -> Self:
        """Return a copy with other values; it was understood, so there is no miss and no open question."""
        return self.model_copy(update={"misses": 0, "asked": "", "options": (), **fields})

    def kept(self) -> Mapping[str, Any]:
        """Return what the session keeps of it."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
