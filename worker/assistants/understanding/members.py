"""Whom a message looks for in a directory of members: professions and name. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from worker.assistants.understanding.person_names import (
    is_own,
    may_be_name,
    name_cues,
    name_in,
    with_people,
)
from worker.assistants.understanding.phrases import Phrases
from worker.assistants.understanding.pieces import Piece, is_correction, is_refused
from worker.assistants.understanding.professions import DOCTOR, professions, stem
from worker.assistants.understanding.slots import Extraction, TraceEntry
from worker.assistants.understanding.tokens import Token, loose_form
from worker.assistants.understanding.vocabulary import vocabulary

#: The rule by which a profession was found that nobody has named.
NEED = "profession: what is needed"
#: Before a profession: somebody whom the customer has, or has trouble with.
_HAD = frozenset({"my", "our", "by", "against"})
#: Titles that are professions as well.
_TITLES = frozenset(
    {
        "dr",
        "doctor",
        "prof",
        "professor",
        "ca",
        "cs",
        "er",
        "doctora",
        "دكتور",
        "الدكتور",
        "دكتورة",
        "الدكتورة",
        "دكتوره",
        "الدكتوره",
        "مهندس",
        "المهندس",
    }
)


def of_a_directory(pieces: Sequence[Piece], text: str) -> list[Piece]:
    """Return the pieces of a message to a directory: people come before places.

    "المهندسين" are engineers, and the district only where a place may stand or a profession is named besides.
    """
    named = any(piece.profession is not None for piece in pieces)
    done = list(pieces)
    for at, piece in enumerate(pieces):
        job = _called(piece.words) if piece.place is not None and not named else None
        owner = piece.words.removesuffix("'s")
        if piece.unknown and owner != piece.words and "role" in (vocabulary().phrases.exact.get(owner) or {}):
            done[at] = replace(piece, senses=vocabulary().phrases.exact[owner])  # "the president's number"
        if job is not None and not (at and pieces[at - 1].words in name_cues("locative")):
            done[at] = Piece(words=piece.words, profession=job, after_break=piece.after_break)
            named = True
    return with_people(done, text)


def _called(words: str) -> str | None:
    """Return the profession that is called so, None if none is."""
    known = professions().phrases
    return known.exact.get(words) or known.loose.get(" ".join(map(loose_form, words.split())))


def extract_member(pieces: Sequence[Piece], text: str, extraction: Extraction) -> None:
    """Extract the professions and the name of the member that a message asks for.

    The customer's own profession ("I am a doctor") and their own name do not count. Without a profession, what the
    customer needs help with tells one: "my tooth hurts".
    """
    asks = any(
        piece.means("ask") or piece.means("seek", "member") or piece.means("before", "number")
        for piece in pieces
    )
    becomes = any(piece.words in name_cues("becoming") for piece in pieces)
    for at, piece in enumerate(pieces):
        if piece.means("role") and not becomes and not is_refused(pieces, at) and not is_own(pieces, at):
            extraction.role = piece.senses["role"][0]
            extraction.trace.append(
                TraceEntry(rule="role: word", slot="role", value=extraction.role, words=piece.words)
            )
            break
    named = name_in(pieces, text, asks=asks)
    if named is not None:
        name, words, end = named
        extraction.put("name", name, rule="name: unknown words", words=words)
        if _is_described(pieces, end):
            return
    jobs = [
        at
        for at, piece in enumerate(pieces)
        if piece.profession is not None and not is_own(pieces, at) and not _is_title(pieces, at)
    ]
    sought = [at for at in jobs if not _is_had(pieces, at)]
    for at in sought:
        _extract_profession(pieces, at, pieces[at].profession or "", extraction)
    if named is None and extraction.professions in ([], [DOCTOR]):
        _extract_need(pieces, extraction)
    if not extraction.professions:
        for at in (at for at in jobs if at not in sought):
            _extract_profession(pieces, at, pieces[at].profession or "", extraction)


def _is_had(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether the customer has this one already, or has trouble with it: "my builder", "cheated by a tailor"."""
    back = at - 1 - (at > 1 and pieces[at - 1].words in {"a", "an", "the"})
    return back >= 0 and not pieces[back + 1].after_break and pieces[back].words in _HAD


def _extract_profession(pieces: Sequence[Piece], at: int, job: str, extraction: Extraction) -> None:
    words = pieces[at].words
    if at and words in _TITLES and pieces[at - 1].profession and not pieces[at].after_break:
        return  # an orthopaedic doctor is one person
    if is_refused(pieces, at):
        extraction.refuse("profession", job, words=words)
        return
    instead = is_correction(pieces, at)
    extraction.put("profession", job, rule="profession: word", words=words, instead=instead)
    if instead:
        extraction.professions.clear()
    if job not in extraction.professions:
        extraction.professions.append(job)


def _extract_need(pieces: Sequence[Piece], extraction: Extraction) -> None:
    """Extract the profession that helps with what a message speaks of; beside "doctor" only that of another doctor."""
    tokens = [
        Token(text=stem(word), stem=word, after_break=piece.after_break and not number)
        for at, piece in enumerate(pieces)
        if piece.place is None
        and piece.amount is None
        and piece.profession is None
        and not piece.means("role")
        if not is_refused(pieces, at)
        for number, word in enumerate(piece.words.split())
    ]
    told = (
        [_mentioned(tokens, needs) for needs in together]
        for together in (*professions().needs_both, (professions().needs,))
    )
    found = next((mentions[-1] for mentions in told if all(mentions)), None)
    if found is None or found[0] in extraction.excluded.get("profession", ()):
        return
    if not extraction.professions or found[0] in professions().doctors:
        extraction.put("profession", found[0], rule=NEED, words=found[1], instead=True)
        extraction.professions[:] = [found[0]]


def _mentioned(tokens: Sequence[Token], needs: Phrases[str]) -> tuple[str, str] | None:
    """Return the profession of the first of these needs that is mentioned, and its words."""
    for at in range(len(tokens)):
        if (found := needs.longest(tokens, at)) is not None:
            return found[1], " ".join(token.stem for token in tokens[at : at + found[0]])
    return None


def _is_described(pieces: Sequence[Piece], end: int) -> bool:
    """Return whether it is asked what a person does, for whom nobody is sought: "Is Meera a lawyer or a CA?"."""
    return end < len(pieces) and pieces[end].words in {"a", "an"} and not pieces[end].after_break


def _is_title(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether "doctor" or "dr" is only the title of a name: "Dr. Mehta"."""
    after = pieces[at + 1] if at + 1 < len(pieces) else None
    return pieces[at].words in _TITLES and after is not None and not after.after_break and may_be_name(after)
