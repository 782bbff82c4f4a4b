"""One turn as the concierge sees it: what it was given, where it stands, and the words that it has."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Self

from session.errors import NoCatalogue
from session.turn import Turn
from worker.assistants.catalogue import LoadedCatalogue, Record
from worker.assistants.concierge.describing import describe
from worker.assistants.concierge.dialogue import KEY, Dialogue
from worker.assistants.concierge.names import Names, names_of, profession
from worker.assistants.concierge.wanting import Slots, slots_of
from worker.assistants.concierge.words import Speech, everywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """Everything that the answers to one turn need."""

    turn: Turn
    kind: str
    dialogue: Dialogue
    speech: Speech
    names: Names

    @classmethod
    def of(cls, turn: Turn) -> Self:
        """Return it before anything was understood."""
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

    def speaking(self, language: str) -> Self:
        """Return it in the customer's language, which the session keeps."""
        self.turn.set_language(language)
        return replace(self, speech=replace(self.speech, language=language))

    @property
    def records(self) -> LoadedCatalogue:
        """The records, for what counts as no search. Raises `NoCatalogue`."""
        catalogue = self.turn.catalogue
        if not isinstance(catalogue, LoadedCatalogue):
            raise NoCatalogue("the concierge answers from loaded records; CATALOGUE names something else")
        return catalogue

    @property
    def slots(self) -> Slots:
        """What is known of what the customer wants, with what this turn has changed."""
        return slots_of(self.turn.known.model_dump(by_alias=True, exclude_none=True))

    def record(self, record_id: str) -> Record | None:
        """Return a record by its id."""
        return self.records.get(self.kind, record_id)

    def keep(self, dialogue: Dialogue) -> None:
        """Let the session keep where the conversation stands."""
        self.turn.remember(**{KEY: dialogue.model_copy(update={"kind": self.kind}).kept()})

    def what(self, slots: Slots | None = None, query: str = "") -> str:
        """Return in one line what is sought."""
        return describe(self.slots if slots is None else slots, query, self.kind, self.speech, self.names)

    def say(self, name: str, /, **values: Any) -> str:
        """Return a sentence; in two languages while that of the customer is not known."""
        return self.tell(name, **values)

    def tell(self, *sentences: str, **values: Any) -> str:
        """Return several sentences."""
        said = []
        for language in everywhere(self.speech.language):
            speech = replace(self.speech, language=language)
            known = self._examples(language) | values
            said.append(" ".join(speech.say(one, **known) for one in sentences))
        return "\n\n".join(said)

    def can(self, name: str) -> str:
        """Return a sentence that is another one for each kind of records."""
        return self.say(f"{name}.{self.kind}")

    def _examples(self, language: str) -> dict[str, str]:
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
        }
