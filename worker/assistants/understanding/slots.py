"""What a message says, slot by slot, which rule found it, and how it changes what is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from worker.assistants.understanding.dates import When


@dataclass(frozen=True, kw_only=True, slots=True)
class TraceEntry:
    """One thing that was understood, and the rule that found it."""

    rule: str  #: name of the rule
    slot: str  #: the entity, or "intent", "language", "act", "signal", "when", "role", "foreign"
    value: Any
    words: str  #: where it was found, in the normal spelling


@dataclass(frozen=True, kw_only=True, slots=True)
class Foreign:
    """An amount of money that is not in pounds; never a budget by itself."""

    low: float | None  #: the lower end, if one was named
    high: float | None  #: the upper end, or the only amount
    currency: str  #: ISO 4217: "USD"


@dataclass(kw_only=True, slots=True)
class Extraction:
    """What was extracted so far. The first value of a slot counts, unless the customer corrects it."""

    entities: dict[str, Any] = field(default_factory=dict)
    excluded: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    withdrawn: list[str] = field(default_factory=list)
    signals: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    professions: list[str] = field(default_factory=list)
    role: str = ""
    pointed: list[int] = field(default_factory=list)
    foreign: Foreign | None = None
    trace: list[TraceEntry] = field(default_factory=list)

    def put(self, slot: str, value: Any, *, rule: str, words: str, instead: bool = False) -> None:
        """Add the value of a slot; `instead` replaces an earlier one."""
        if slot in self.entities and not instead:
            # It is told as well what was understood beside the value that counts.
            self.trace.append(TraceEntry(rule="besides", slot=slot, value=value, words=words))
            return
        if slot in self.withdrawn:
            self.withdrawn.remove(slot)
        if isinstance(value, float):
            value = round(value, 2)  # 8.2 times a million is 8199999.999999999
            value = round(value) if value.is_integer() else value
        self.entities[slot] = value
        self.trace.append(TraceEntry(rule=rule, slot=slot, value=self.entities[slot], words=words))

    def put_foreign(self, money: Foreign, *, words: str) -> None:
        """Keep an amount in another currency."""
        self.foreign = money
        self.trace.append(
            TraceEntry(rule="foreign: currency", slot="foreign", value=money.currency, words=words)
        )

    def refuse(self, slot: str, value: Any, *, words: str) -> None:
        """Add a value that is not wanted."""
        if value not in self.excluded.get(slot, ()):
            self.excluded[slot] = (*self.excluded.get(slot, ()), value)
            self.trace.append(TraceEntry(rule="refused", slot=slot, value=value, words=words))

    def withdraw(self, slot: str, *, words: str) -> None:
        """Add a slot that no longer counts."""
        if slot not in self.withdrawn and slot not in self.entities:
            self.withdrawn.append(slot)
            self.trace.append(TraceEntry(rule="withdrawn", slot=slot, value=None, words=words))

    def signal(self, name: str, *, words: str) -> None:
        """Add a signal: something that is not a slot."""
        if name not in self.signals:
            self.signals.append(name)
            self.trace.append(TraceEntry(rule="signal", slot="signal", value=name, words=words))


Domain = Literal["property", "member", "any"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Understanding:
    """What a message says."""

    text: str
    language: str  #: "en", "ar" or "franco"
    intent: str  #: find_property, find_member, show_contact, more, handoff, greeting or other
    entities: dict[str, Any]  #: slots by the names that the session uses
    excluded: dict[str, tuple[Any, ...]]  #: slot -> values that are not wanted
    withdrawn: tuple[str, ...]  #: slots that no longer count
    signals: tuple[str, ...]  #: cheaper, bigger, pronoun, reset, thanks, goodbye, yes, no, help, ...
    places: tuple[str, ...]  #: all wanted places, the location first
    types: tuple[str, ...] = ()  #: all wanted types of property, the one that counts first
    professions: tuple[str, ...] = ()  #: all wanted professions, the one that counts first
    role: str = ""  #: the office that a member shall have in the society: "treasurer"
    #: Which of the records that were shown a message may point at: its ordinals, and small numbers that count nothing.
    pointed: tuple[int, ...] = ()
    acts: tuple[str, ...] = ()  #: what the message does besides: visit, compare, complaint, ... (`acts.py`)
    foreign: Foreign | None = None  #: an amount in another currency than pounds
    when: When | None = None  #: a day or a time, if the message names one and `now` was known
    trace: tuple[TraceEntry, ...]  #: which rule found what


#: Slots that are the two ends of one range: a new value for one of them withdraws both.
_ENDS = (
    ("budget", "budgetMin"),
    ("area", "areaMax"),
    ("bedrooms", "bedroomsMax"),
    ("bathrooms", "bathroomsMax"),
)
#: These belong to one message only and are never kept.
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
