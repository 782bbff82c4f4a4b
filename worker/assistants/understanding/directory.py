"""What is sought in a directory of members: profession, city, name."""

from collections.abc import Sequence

from worker.assistants.understanding.around import corrected, refused
from worker.assistants.understanding.names import name_in
from worker.assistants.understanding.notes import Notes
from worker.assistants.understanding.pieces import Piece
from worker.assistants.understanding.vocabulary import vocabulary

_DOCTOR = "doctor"


def note_member(pieces: Sequence[Piece], text: str, notes: Notes) -> None:
    """Note whom a message seeks; who says what they are themselves seeks nobody."""
    english = vocabulary().known.english
    asks = any(
        piece.means("ask") or piece.means("seek", "member") or piece.means("before", "number")
        for piece in pieces
    )
    for at, piece in enumerate(pieces):
        if piece.profession is None or _is_own(pieces, at) or _is_title(pieces, at):
            continue
        if refused(pieces, at):
            notes.refuse("profession", piece.profession, words=piece.words)
        else:
            notes.put(
                "profession",
                piece.profession,
                rule="profession: word",
                words=piece.words,
                instead=corrected(pieces, at),
            )
    found = name_in(pieces, text, asks=asks, english=english)
    if found is not None:
        notes.put("name", found[0], rule="name: words nobody knows", words=found[1])


def _is_own(pieces: Sequence[Piece], at: int) -> bool:
    return at > 0 and not pieces[at].apart and pieces[at - 1].means("own", "self")


def _is_title(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether "doctor" or "dr" only leads a name: "Dr. Mehta"."""
    after = pieces[at + 1] if at + 1 < len(pieces) else None
    short = pieces[at].words in {"dr", "doctor", "prof", "professor", "ca", "cs", "er", "دكتور", "الدكتور"}
    return (
        short
        and after is not None
        and after.unknown
        and not after.apart
        and after.words not in vocabulary().known.english
    )
