"""Whom a message looks for in a directory of members: professions and name. Pure."""

import re
from collections.abc import Sequence

from worker.assistants.understanding.person_names import is_own, may_be_name, name_cues, name_in
from worker.assistants.understanding.pieces import Piece, is_correction, is_refused
from worker.assistants.understanding.professions import professions
from worker.assistants.understanding.slots import Extraction, TraceEntry
from worker.assistants.understanding.tokens import Token, loose_form

#: The endings of "my", "your", "his", "her", "our", "their", after at least four letters.
_OWNERS = re.compile(r"(?<=[\u0621-\u064a]{4})(?:هم|ها|نا|كم|ه|ي|ك)$")
#: The rule by which a profession was found that nobody has named.
NEED = "profession: what is needed"
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
    for at, piece in enumerate(pieces):
        if piece.profession is not None and not is_own(pieces, at) and not _is_title(pieces, at):
            _extract_profession(pieces, at, piece.profession, extraction)
    if "profession" not in extraction.entities.keys() | extraction.excluded.keys() and named is None:
        _extract_need(pieces, extraction)


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
    """Extract the profession that helps with what a message speaks of."""
    said = [piece for piece in pieces if piece.place is None and piece.amount is None]
    tokens = [
        Token(text=word, stem=_unowned(loose_form(word)), after_break=piece.after_break and not number)
        for piece in said
        for number, word in enumerate(piece.words.split())
    ]
    for at in range(len(tokens)):
        found = professions().needs.longest(tokens, at)
        if found is not None:
            length, job = found
            words = " ".join(token.text for token in tokens[at : at + length])
            extraction.put("profession", job, rule=NEED, words=words)
            extraction.professions.append(job)
            return


def _unowned(word: str) -> str:
    """Return an Arabic word without the ending that tells whose it is: "سنانه" is "سنان"."""
    return _OWNERS.sub("", word)


def _is_described(pieces: Sequence[Piece], end: int) -> bool:
    """Return whether it is asked what a person does, for whom nobody is sought: "Is Meera a lawyer or a CA?"."""
    return end < len(pieces) and pieces[end].words in {"a", "an"} and not pieces[end].after_break


def _is_title(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether "doctor" or "dr" is only the title of a name: "Dr. Mehta"."""
    after = pieces[at + 1] if at + 1 < len(pieces) else None
    return pieces[at].words in _TITLES and after is not None and not after.after_break and may_be_name(after)
