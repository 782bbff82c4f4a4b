"""What is found while a message is read, and which rule found it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """One thing that was understood."""

    rule: str  #: what found it
    slot: str  #: the entity, or "intent", "language", "signal"
    value: Any
    words: str  #: the words that it was found in, in their normal spelling


@dataclass(kw_only=True, slots=True)
class Notes:
    """What was found so far. The first value of a slot stays, unless somebody puts it right."""

    entities: dict[str, Any] = field(default_factory=dict)
    excluded: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    withdrawn: list[str] = field(default_factory=list)
    signals: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    trace: list[Found] = field(default_factory=list)

    def put(self, slot: str, value: Any, *, rule: str, words: str, instead: bool = False) -> None:
        """Note the value of a slot."""
        if slot in self.entities and not instead:
            return
        self.entities[slot] = round(value) if isinstance(value, float) and value.is_integer() else value
        self.trace.append(Found(rule=rule, slot=slot, value=self.entities[slot], words=words))

    def refuse(self, slot: str, value: Any, *, words: str) -> None:
        """Note a value that is not wanted."""
        if value not in self.excluded.get(slot, ()):
            self.excluded[slot] = (*self.excluded.get(slot, ()), value)
            self.trace.append(Found(rule="refused", slot=slot, value=value, words=words))

    def withdraw(self, slot: str, *, words: str) -> None:
        """Note a slot that does not count any more."""
        if slot not in self.withdrawn and slot not in self.entities:
            self.withdrawn.append(slot)
            self.trace.append(Found(rule="withdrawn", slot=slot, value=None, words=words))

    def signal(self, name: str, *, words: str) -> None:
        """Note something that was said beside the slots."""
        if name not in self.signals:
            self.signals.append(name)
            self.trace.append(Found(rule="signal", slot="signal", value=name, words=words))
