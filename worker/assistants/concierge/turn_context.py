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
from worker.assistants.catalogue.names import Names, names_of, profession
from worker.assistants.concierge.dialogue import KEY, Dialogue
from worker.assistants.understanding.foreign_money import amount_of, in_pounds, needs_a_rate
from worker.assistants.understanding.message import understand
from worker.assistants.understanding.slots import Understanding
from worker.assistants.wording.phrasebook import Speech, languages_of
from worker.assistants.wording.record_facts import Fact
from worker.assistants.wording.summary import describe


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
        return self.records.get(self.kind, record_id)

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

    def summary(self, slots: Slots | None = None, query: str = "") -> str:
        """Return a summary of the criteria in one line."""
        return describe(self.slots if slots is None else slots, query, self.kind, self.speech, self.names)

    def say(self, name: str, /, **values: Any) -> str:
        """Return a sentence, in two languages if the customer's language is not known."""
        return self.tell(name, **values)

    def tell(self, *sentences: str, **values: Any) -> str:
        """Return several sentences, in two languages if the customer's language is not known."""
        said = []
        for language in languages_of(self.speech.language):
            speech = replace(self.speech, language=language)
            known = self._always(language) | values
            said.append(" ".join(speech.say(one, **known) for one in sentences))
        return "\n\n".join(said)

    def say_by_kind(self, name: str) -> str:
        """Return a sentence that depends on the kind of records."""
        return self.say(f"{name}.{self.kind}")

    def _always(self, language: str) -> dict[str, str]:
        """Return what any sentence may name: examples, and when a person answers."""
        members = self.kind == "members"
        places = [self.names.place(name, language) for name in self.names.places] or (
            ["Bangalore"] if members else ["New Cairo"]
        )
        jobs = [profession(name, language, several=language == "en") for name in self.names.professions]
        return {
            "place": places[0],
            "places": ", ".join(places) if language != "ar" else "، ".join(places),
            "profession": (jobs or ["doctors"])[0],
            "professions": ", ".join(jobs or ["doctors"]),
            "when": self.turn.reachable.words(language, self.turn.now),
        }
