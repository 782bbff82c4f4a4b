"""One turn with what the concierge needs to answer it: dialogue, sentences and names."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Self

from session.errors import NoCatalogue
from session.replies import Button
from session.turn import Turn
from worker.assistants.catalogue import LoadedCatalogue, Record, SearchResult
from worker.assistants.catalogue.criteria import Slots, slots_of
from worker.assistants.catalogue.names import Names, names_of
from worker.assistants.concierge.dialogue import KEY, Dialogue
from worker.assistants.customer_input import HUMAN
from worker.assistants.understanding.foreign_money import amount_of, in_pounds, needs_a_rate
from worker.assistants.understanding.message import understand
from worker.assistants.understanding.slots import Understanding
from worker.assistants.wording.phrasebook import Speech, languages_of
from worker.assistants.wording.record_facts import Fact
from worker.assistants.wording.summary import describe, examples

#: The open question whether a person shall answer.
PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConciergeTurn:
    """Everything that is needed to answer one turn."""

    turn: Turn
    kind: str
    dialogue: Dialogue
    speech: Speech
    names: Names
    said: str = ""  #: the customer's own words, or what stands for them
    quoted: tuple[str, ...] = ()  #: the records in the message that is quoted
    ad: Understanding | None = None  #: what a new ad offers
    note: str = ""  #: comes before what was found: the rate by which a budget was converted

    @classmethod
    def of(cls, turn: Turn) -> Self:
        """Return the context of a turn, before its messages are understood."""
        kind = "members" if turn.kind == "members" else "properties"
        catalogue = None
        with suppress(NoCatalogue):
            catalogue = turn.catalogue
        return cls(
            turn=turn,
            kind=kind,
            dialogue=Dialogue.of(turn.known, kind),
            speech=Speech(language=turn.language, count=turn.session.message_count),
            names=names_of(catalogue, kind),
        )

    def in_language(self, language: str) -> Self:
        """Return the context in the customer's language, which the session keeps."""
        self.turn.set_language(language)
        return replace(self, speech=replace(self.speech, language=language))

    def understand(self, text: str) -> Understanding:
        """Return what a text says, with the names in the records."""
        understood = understand(
            text,
            domain=self.names.domain,
            gazetteer=self.names.gazetteer,
            last_language=self.turn.language,
            now=self.turn.now.astimezone(self.turn.time_zone),
        )
        return in_pounds(understood, self.turn.rates.of_one)

    def with_rate(self, understood: Understanding) -> Self:
        """Return the context with a note about the rate by which a budget was converted, if one was."""
        if understood.foreign is None or needs_a_rate(understood):
            return self
        rate = self.turn.rates.of_one(understood.foreign.currency)
        pounds = [understood.entities[end] for end in ("budgetMin", "budget") if end in understood.entities]
        amounts = "-".join(f"{amount:,}" for amount in pounds)
        said = {"amount": amount_of(understood), "pounds": amounts, "rate": f"{rate or 0:,.10g}"}
        return replace(self, note=f"{self.say('rate', **said)}\n") if rate else self

    def places_in(self, text: str) -> str:
        """Return the known place that a text names, in its own words; "" if there is none. Other words do not count."""
        trace = self.understand(text).trace
        found = (entry.words for entry in trace if entry.rule.startswith("location:"))
        return next(found, "")

    @property
    def records(self) -> LoadedCatalogue:
        """The loaded records, for lookups that do not count as a search. Raises `NoCatalogue`."""
        catalogue = self.turn.catalogue
        if not isinstance(catalogue, LoadedCatalogue):
            raise NoCatalogue(
                "the concierge searches loaded records only: leave CATALOGUE empty, or set another ASSISTANT"
            )
        return catalogue

    @property
    def slots(self) -> Slots:
        """The slots of its kind that are known, with the changes of this turn."""
        return slots_of(self.turn.known.stored(), self.kind)

    def record(self, record_id: str) -> Record | None:
        """Return the record with an id, None if there is none."""
        return self.records.get(self.kind, record_id) if record_id else None

    def shown(self) -> tuple[Record, ...]:
        """Return the records on the last page, without those that are gone."""
        return tuple(record for one in self.dialogue.ids if (record := self.record(one)) is not None)

    def exactly(self, query: str, filters: Slots, *, order: str = "") -> SearchResult:
        """Return the first ten records that meet all filters; it does not count as a search."""
        found = self.records.find(self.kind, query, filters, order=order)
        return SearchResult() if found.relaxed else found

    def told(self, fact: Fact, record: Record) -> str:
        """Return a fact of a record in the customer's language."""
        return fact(record, self.speech, self.names)

    def keep(self, dialogue: Dialogue) -> None:
        """Keep the state of the dialogue in the session."""
        self.turn.remember(**{KEY: dialogue.model_copy(update={"kind": self.kind}).to_store()})

    def going_on(self, **fields: Any) -> Self:
        """Return the context with other values in its dialogue, where nothing is open any more."""
        return replace(self, dialogue=self.dialogue.updated(**fields))

    def answer(self, text: str, *, buttons: Sequence[str] = (), **fields: Any) -> None:
        """Reply, and keep the dialogue with these fields: nothing is open any more, unless they say so.

        `buttons` are named by their ids, their titles are in the phrasebook; a number means one of them, unless `options` are
        among the fields. So may be what a reply carries.
        """
        carried = {name: fields.pop(name) for name in ("menu", "media", "location") if name in fields}
        titled = [Button(id=one, title=self.speech.say(f"button.{one}")) for one in buttons]
        self.turn.reply(text, buttons=titled, **carried)
        self.keep(self.dialogue.updated(**{"options": tuple(buttons)} | fields))

    def hand_over(self, reason: str, sentence: str, **values: Any) -> None:
        """Hand over to a person for a reason that agents read, with a sentence that says when one answers, and its values."""
        self.turn.escalate(reason, tells_when=True)
        self.answer(self.say(sentence, **values))

    def offer_person(self, text: str, reason: str, *, misses: int = 0, asks: bool = True) -> None:
        """Say something and offer a person with a button; the reason goes along if the customer accepts.

        `asks` says that the text asks whether a person shall answer, so that a yes accepts.
        """
        asked = PERSON if asks else self.dialogue.asked
        # Where records are shown, a number means one of those.
        options = () if self.dialogue.ids else (HUMAN,)
        self.answer(text, buttons=(HUMAN,), options=options, offered=reason, misses=misses, asked=asked)

    def summary(self, slots: Slots | None = None, query: str = "") -> str:
        """Return a summary of the criteria in one line."""
        return describe(self.slots if slots is None else slots, query, self.kind, self.speech, self.names)

    def say(self, *sentences: str, **values: Any) -> str:
        """Return one or more sentences, in two languages if the customer's language is not known."""
        said = []
        for language in languages_of(self.speech.language):
            speech = replace(self.speech, language=language)
            known = examples(self.names, speech) | {
                "when": self.turn.reachable.words(language, self.turn.now)
            }
            said.append(" ".join(speech.say(one, **known | values) for one in sentences))
        return "\n\n".join(said)
