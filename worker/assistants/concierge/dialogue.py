"""What the concierge keeps between two turns besides the slots: the last search and the open question."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError

from session.facts import KnownFacts
from session.records import Record
from worker.assistants.understanding.dates import PartOfDay, When

#: Its name among the known facts of a session.
KEY = "dialogue"


class OwnerDraft(Record):
    """A property that its owner offers, as far as it is known."""

    lets: bool = False  #: rents out, and does not sell
    type: str = ""
    place: str = ""
    area: float = 0  #: square metres
    bedrooms: int = 0
    finishing: str = ""
    price: float = 0  #: EGP; of a rent a month
    notes: str = ""  #: what else the owner says of it
    number: str = ""  #: to call the owner
    asked: str = ""  #: the field that was asked for
    asked_again: int = 0
    refused: bool = False  #: whether it is another number than the one of the conversation


class VisitDraft(Record):
    """A visit that is being arranged, or was passed on."""

    record: str = ""  #: what to visit
    start: str = ""  #: when, in ISO 8601
    part: PartOfDay = "time"
    words: str = ""  #: when, in the customer's words if nothing else is known
    tries: int = 0  #: answers to the question when that were not understood
    reminded: bool = False  #: whether the question was repeated after something else
    passed: bool = False  #: whether a person has it
    passed_at: str = ""  #: since when, in ISO 8601

    def opened(self, record: str, when: When | None) -> Self:
        """Return the same with another record, and another time if there is one, which nobody has yet."""
        change: dict[str, Any] = {"record": record, "passed": False, "reminded": False, "tries": 0}
        if when is not None:
            change |= {"start": when.start.isoformat(), "part": when.part, "words": ""}
        return self.model_copy(update=change)

    def when(self, zone: ZoneInfo) -> When | None:
        """Return when it is, in a time zone; None if that is not known."""
        if not self.start:
            return None
        return When(start=datetime.fromisoformat(self.start).astimezone(zone), part=self.part)

    def is_over(self, now: datetime, zone: ZoneInfo) -> bool:
        """Return whether its time has passed."""
        when = self.when(zone)
        return when is not None and when.end <= now

    def still_to_come(self, now: datetime, zone: ZoneInfo) -> Self:
        """Return the same, without a time that has passed meanwhile: nobody confirms that."""
        return self.model_copy(update={"start": ""}) if self.is_over(now, zone) else self


class Dialogue(Record):
    """The state of the dialogue."""

    kind: str = ""  #: of the records that were searched
    query: str = ""  #: free text of the last search, besides the filters
    filters: dict[str, Any] = Field(default_factory=dict)
    order: str = ""
    size: int = 0  #: records on a page; 0 if what was shown was not searched for
    offset: int = 0
    total: int = 0
    ids: tuple[str, ...] = ()  #: the records on the last page shown
    one: str = ""  #: the record whose details were shown after that
    options: tuple[str, ...] = ()  #: the buttons shown last
    asked: str = ""  #: the slot that was asked for
    ad: str = ""  #: the ad that the concierge has taken up last
    about_business: str = ""  #: the question about the business that was answered last, and nothing since
    offered: str = ""  #: what a person was offered for: the reason if the customer accepts
    visit: VisitDraft | None = None  #: the visit that is being arranged, or the last one that was passed on
    misses: int = 0  #: messages in a row that were not understood
    owner: OwnerDraft | None = None  #: what an owner is being asked about

    @classmethod
    def of(cls, known: KnownFacts, kind: str) -> Self:
        """Return the state in a session; a new one if there is none, it is about other records, or cannot be read."""
        try:
            kept = cls.model_validate(getattr(known, KEY) or {})
        except ValidationError:
            return cls(kind=kind)
        return kept if kept.kind == kind else cls(kind=kind)

    def updated(self, **fields: Any) -> Self:
        """Return a copy with other values and without misses, open question, options and offer, and what was asked about the business."""
        return self.model_copy(
            update={"misses": 0, "asked": "", "options": (), "offered": "", "about_business": "", **fields}
        )

    def to_store(self) -> Mapping[str, Any]:
        """Return the fields that the session keeps."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
