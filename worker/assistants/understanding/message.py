"""Understands one message, step by step; each step extracts one kind of thing. Pure; the data files are read once."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from worker.assistants.understanding.acts import acts, acts_in
from worker.assistants.understanding.attributes import extract_choices
from worker.assistants.understanding.background import without_background
from worker.assistants.understanding.concepts import said_in
from worker.assistants.understanding.contrasts import with_contrasts
from worker.assistants.understanding.dates import when_of
from worker.assistants.understanding.dialogue_acts import extract_references, extract_withdrawals
from worker.assistants.understanding.floors import with_floors
from worker.assistants.understanding.gazetteer import DIRECTORY, Gazetteer
from worker.assistants.understanding.handoff import ABOUT_PEOPLE, FOR_PEOPLE, LONGEST, acts_about_people
from worker.assistants.understanding.intent import SEEKING, intent_of
from worker.assistants.understanding.language import language_of
from worker.assistants.understanding.members import extract_member, of_a_directory
from worker.assistants.understanding.misspellings import correct_spelling
from worker.assistants.understanding.normal import normal, without_accents, without_runs
from worker.assistants.understanding.numbers import with_amounts
from worker.assistants.understanding.pieces import NO_TIMES, Piece, pieces_of
from worker.assistants.understanding.places import extract_places
from worker.assistants.understanding.professions import professions
from worker.assistants.understanding.quantities import extract_quantities
from worker.assistants.understanding.ranges import with_ranges
from worker.assistants.understanding.redaction import redacted
from worker.assistants.understanding.slots import Domain, Extraction, TraceEntry, Understanding
from worker.assistants.understanding.spoken_times import spoken_time
from worker.assistants.understanding.tokens import Token, tokenise
from worker.assistants.understanding.urgency import extract_urgency
from worker.assistants.understanding.vocabulary import vocabulary

#: Slots that a question about the business names without seeking it: "do you have a branch in Alexandria?".
_IN_A_QUESTION = frozenset({"propertyType", "purpose", "location"})


def understand(
    text: str,
    *,
    domain: Domain = "any",
    gazetteer: Gazetteer | None = None,
    last_language: str | None = None,
    now: datetime | None = None,
) -> Understanding:
    """Return what a message says.

    `domain` is what the customer can look for; `gazetteer` has the places to recognise (by default those of the domain);
    `last_language` is the language of the conversation so far; `now`, in the time zone of the business, gives "by March" its year and
    "tomorrow at 5" its date.
    """
    gazetteer = gazetteer or Gazetteer.of(domain)
    extraction = Extraction()
    written = normal(text[:LONGEST])
    plain = without_runs(redacted(without_accents(written)))
    tokens = tokenise(plain, gazetteer.known)
    spoken = spoken_time(plain, tokens)
    pieces = _pieces(tokens, domain, gazetteer, dict(spoken.spans) if spoken else NO_TIMES)
    if domain == "member":
        pieces = of_a_directory(pieces, text[:LONGEST])
    if domain != "member":
        _extract_property(pieces, extraction, now.date() if now else None)
    extract_places(pieces, gazetteer, extraction)
    if domain != "property" and not _is_property(extraction):
        extract_member(pieces, text[:LONGEST], extraction)
    extract_references(pieces, extraction)
    extract_withdrawals(pieces, extraction, domain)
    names = [piece.words for piece in pieces if piece.place is not None]
    names.append(normal(extraction.entities.get("name", "")))
    language = language_of(text[:LONGEST], last=last_language, names=names)
    foreign = any(piece.place is not None and piece.place.country == DIRECTORY for piece in pieces)
    done = _acts(text, written, pieces)
    for act in (act for act in done if act.value == "reset"):
        extraction.signal("reset", words=act.words)  # of all slots, as the other signals are of one
    if spoken is not None and "greeting" in extraction.signals and extraction.entities.keys() == {"urgency"}:
        del extraction.entities["urgency"]  # in "how are you today" nothing is wanted today
    intent, words = intent_of(pieces, extraction, domain=domain, foreign=foreign)
    about = next((act for act in done if act.value == "business"), None)
    if about is not None and intent in SEEKING and _seeks_nothing(pieces, extraction):
        intent, words = "other", about.words
        for found in (extraction.entities, extraction.places, extraction.types):
            found.clear()
    if intent == "more" and any(act.value == "list_again" for act in done):
        intent, words = "other", ""  # the same page, and not the next one
    if any(act.value in FOR_PEOPLE for act in done):
        intent, words = "handoff", ""
        extraction.entities.pop("urgency", None)  # in "an agent now" the urgency is not that of a search
    elif spoken is not None and any(act.value == "visit" for act in done):
        extraction.entities.pop("urgency", None)  # who wants to see one today may move in later
    if spoken is not None:
        extraction.trace.append(TraceEntry(rule="when", slot="when", value=spoken.words, words=spoken.words))
    decided = (
        TraceEntry(rule="language", slot="language", value=language, words=""),
        TraceEntry(rule="intent", slot="intent", value=intent, words=words),
    )
    return Understanding(
        text=text,
        language=language,
        intent=intent,
        entities=extraction.entities,
        excluded=extraction.excluded,
        withdrawn=tuple(extraction.withdrawn),
        signals=tuple(extraction.signals),
        places=tuple(extraction.places),
        types=tuple(extraction.types),
        professions=tuple(extraction.professions),
        role=extraction.role,
        pointed=tuple(dict.fromkeys(extraction.pointed)),
        foreign=extraction.foreign,
        acts=tuple(act.value for act in done),
        when=when_of(spoken, now=now) if spoken and now else None,
        trace=(*decided, *done, *extraction.trace),
    )


def _acts(text: str, written: str, pieces: list[Piece]) -> list[TraceEntry]:
    """Return what a message does, first what concerns people; `written` is it in its normal spelling."""
    others = [act for act in acts() if act.name not in ABOUT_PEOPLE]
    return [*acts_about_people(text), *acts_in(said_in(written, pieces), others)]


def _seeks_nothing(pieces: Sequence[Piece], extraction: Extraction) -> bool:
    """Return whether what is asked about the business names one thing at most, as in "what papers do I need to buy?"."""
    said = extraction.entities.keys() | extraction.excluded.keys()
    wished = any(piece.means("wish") or piece.means("like") for piece in pieces)
    return len(said) <= 1 and said <= _IN_A_QUESTION and extraction.foreign is None and not wished


def _pieces(
    tokens: Sequence[Token], domain: Domain, gazetteer: Gazetteer, times: Mapping[int, int]
) -> list[Piece]:
    jobs = professions() if domain != "property" else None
    pieces = pieces_of(tokens, vocabulary().phrases, gazetteer, jobs.phrases if jobs else None, times)
    pieces = correct_spelling(pieces, gazetteer, jobs, types=domain != "member")
    return with_ranges(with_contrasts(without_background(with_floors(with_amounts(pieces)))))


def _extract_property(pieces: list[Piece], extraction: Extraction, today: date | None) -> None:
    """Extract everything that describes a property, except its place."""
    extract_quantities(pieces, extraction)
    extract_choices(pieces, extraction)
    extract_urgency(pieces, extraction, today=today)


def _is_property(extraction: Extraction) -> bool:
    """Return whether a message describes a property; a profession in it is then the customer's own."""
    return bool(
        extraction.entities.keys()
        & {"propertyType", "bedrooms", "bathrooms", "area", "areaMax", "budget", "budgetMin"}
    )
