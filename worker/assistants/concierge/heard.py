"""What one turn of a customer says, read once, before a move is chosen."""

from dataclasses import dataclass
from functools import cached_property

from worker.assistants.catalogue.criteria import Slots, changed
from worker.assistants.catalogue.free_text import with_free_text
from worker.assistants.concierge.pointers import asks_for_the_ad
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.customer_input import CustomerInput
from worker.assistants.understanding.foreign_money import needs_a_rate
from worker.assistants.understanding.normal import normal
from worker.assistants.understanding.slots import Understanding

_SEEKING = frozenset({"find_property", "find_member"})
_LONGEST_REASON = 200
#: A new value of one of these is a new question: the free text of the search before no longer applies.
SUBJECTS = frozenset({"location", "propertyType", "profession", "name"})


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What the customer entered, what it means, and how it changes what is looked for."""

    context: ConciergeTurn
    entered: CustomerInput
    understood: Understanding  #: of no text if nothing was written

    @cached_property
    def meanings(self) -> frozenset[str]:
        """All that a row of the table may be about: the acts, the intent, the signals, and what is not in the words."""
        entered, said = self.entered, self.understood
        others = {
            "order": entered.order,
            "tap": entered.tap,
            "ad": asks_for_the_ad(self.context, said),
            "wordless": not entered.text.strip(),
            "form": entered.wordless == "form",
            "attached": entered.is_attached,
            "referred": any(message.referral for message in self.context.turn.messages),
            "ordinal": "ordinal" in said.entities,
            "when": said.when,
            "quoted": len(self.context.quoted) == 1,
            "foreign": needs_a_rate(said),
        }
        return frozenset(
            {*said.acts, said.intent, *said.signals, *(name for name, is_so in others.items() if is_so)}
        )

    @property
    def seeks(self) -> bool:
        """Whether it looks for something."""
        return self.understood.intent in _SEEKING

    @property
    def is_question(self) -> bool:
        """Whether it asks something."""
        return "?" in normal(self.understood.text)

    @property
    def is_plain(self) -> bool:
        """Whether nothing was understood of it."""
        said = self.understood
        return said.intent == "other" and not (said.entities or said.signals or said.acts)

    @property
    def in_short(self) -> str:
        """Its words as a part of a reason: in one line, and not too long."""
        return " ".join(self.entered.text.split())[:_LONGEST_REASON]

    @property
    def change(self) -> Slots:
        """What it changes of the slots; None withdraws one."""
        return self._criteria[0]

    @property
    def query(self) -> str:
        """Its words that were not understood but occur in records. Raises `NoCatalogue`."""
        return self._criteria[1]

    @cached_property
    def _criteria(self) -> tuple[Slots, str]:
        change = changed(self.context.slots, self.understood, self.context.names)
        return with_free_text(self.context, self.entered.text, self.understood, change)

    @property
    def new(self) -> Slots:
        """The values that it names and that were not known before."""
        said, known = self.understood.entities, self.context.slots
        return {name: value for name, value in said.items() if name != "ordinal" and known.get(name) != value}
