"""Reads one message: a line of rooms, each of which finds one kind of thing. Pure, and quick: no I/O after the first."""

from datetime import date

from worker.assistants.understanding.attributes import note_kinds, note_places, note_timing
from worker.assistants.understanding.dialogue_acts import note_references, note_withdrawals
from worker.assistants.understanding.gazetteer import Gazetteer
from worker.assistants.understanding.handoff import wants_human
from worker.assistants.understanding.intent import intent_of
from worker.assistants.understanding.language import language_of
from worker.assistants.understanding.members import note_member
from worker.assistants.understanding.misspellings import mend
from worker.assistants.understanding.normal import normal
from worker.assistants.understanding.numbers import with_amounts
from worker.assistants.understanding.pieces import Piece, pieces_of
from worker.assistants.understanding.professions import professions
from worker.assistants.understanding.quantities import assign
from worker.assistants.understanding.ranges import with_ranges
from worker.assistants.understanding.redaction import masked
from worker.assistants.understanding.slots import Domain, Found, Notes, Understanding
from worker.assistants.understanding.tokens import tokenise
from worker.assistants.understanding.vocabulary import vocabulary

#: Nobody reads more of a message than this.
_LONGEST = 2000
_DIRECTORY = "cities"


def understand(
    text: str,
    *,
    domain: Domain = "any",
    gazetteer: Gazetteer | None = None,
    last_language: str | None = None,
    today: date | None = None,
) -> Understanding:
    """Return what a message says.

    `domain` is what the line is for; `gazetteer` the places to look for (by default those of the domain);
    `last_language` the language of the conversation so far; `today` lets "by March" be a month of a year.
    """
    gazetteer = gazetteer or Gazetteer.of(domain)
    notes = Notes()
    pieces = _pieces(text[:_LONGEST], domain, gazetteer)
    if domain != "member":
        _note_property(pieces, notes, today)
    note_places(pieces, gazetteer, notes)
    if domain != "property" and not _is_property(notes):
        note_member(pieces, text[:_LONGEST], notes)
    note_references(pieces, notes)
    note_withdrawals(pieces, notes)
    names = [piece.words for piece in pieces if piece.place is not None]
    language = language_of(text[:_LONGEST], last=last_language, names=names)
    foreign = any(piece.place is not None and piece.place.country == _DIRECTORY for piece in pieces)
    intent, words = intent_of(pieces, notes, domain=domain, foreign=foreign)
    if wants_human(text[:_LONGEST]):
        intent, words = "handoff", ""
        notes.entities.pop("urgency", None)  # "now" is said of the person
    told = (
        Found(rule="language", slot="language", value=language, words=""),
        Found(rule="intent", slot="intent", value=intent, words=words),
    )
    return Understanding(
        text=text,
        language=language,
        intent=intent,
        entities=notes.entities,
        excluded=notes.excluded,
        withdrawn=tuple(notes.withdrawn),
        signals=tuple(notes.signals),
        places=tuple(notes.places),
        trace=(*told, *notes.trace),
    )


def _pieces(text: str, domain: Domain, gazetteer: Gazetteer) -> list[Piece]:
    tokens = tokenise(masked(normal(text)), gazetteer.known)
    jobs = professions() if domain != "property" else None
    pieces = pieces_of(tokens, vocabulary().phrases, gazetteer, jobs.phrases if jobs else None)
    pieces = mend(pieces, gazetteer, jobs, types=domain != "member")
    return with_ranges(with_amounts(pieces))


def _note_property(pieces: list[Piece], notes: Notes, today: date | None) -> None:
    """Note everything that describes a property but where it is."""
    assign(pieces, notes)
    note_kinds(pieces, notes)
    note_timing(pieces, notes, today=today)


def _is_property(notes: Notes) -> bool:
    """Return whether a message describes a property, so that a profession in it is the customer's own."""
    return bool(
        notes.entities.keys()
        & {"propertyType", "bedrooms", "bathrooms", "area", "areaMax", "budget", "budgetMin"}
    )
