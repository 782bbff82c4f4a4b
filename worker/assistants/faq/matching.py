"""Finds the entry of a FAQ that answers a question, by what its words mean; never by a guess. Pure.

The words of a question become meanings: concepts of `business.toml` ("papers" and "documents" are one), else their stems. Some
meanings are subjects, others are roles that many questions share ("how much", "where"). A text is answered by a question of an
entry if it has all of its subjects and nearly all of its meanings, little besides, and if no other entry is as near. A text that
no entry answers so is compared with a model of embeddings, if there is one.
"""

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from re import compile as pattern
from typing import TYPE_CHECKING

from session.faq import FaqEntry
from worker.assistants.understanding.normal import fold, normal, words
from worker.assistants.understanding.vocabulary import read

if TYPE_CHECKING:
    from worker.assistants.semantic.meaning import Meaning, Texts

#: How alike two questions must be, 0 to 1, and by how much the best entry must be ahead of the next.
_ALIKE, _AHEAD = 0.7, 0.05
#: The same with a model of embeddings, in its unit of nearness (see `Texts.nearest`): of 400 messages that ask nothing of the
#: kind, none is as near.
_SAME, _SAME_AHEAD = 2.1, 0.6
#: Words of a text that is compared so: a shorter one, "how much?", is near to anything.
_LEAST = 3
#: How much a meaning counts: a subject, a role, and what is asked besides but is in no question.
_SUBJECT, _ROLE, _BESIDES = 2.0, 1.0, 0.25
#: Which part of the meanings of a question must be asked; of one without a subject, more.
_SHARED, _ALL_SHARED = 0.6, 0.75
#: Characters and sentences of a text that are read.
_LONGEST, _MOST_SENTENCES = 500, 8
_LONGEST_PHRASE, _LONGEST_WORD = 4, 40
_ENDS = pattern(r"[?؟!\n]|[.،,;](?=\s)")
_PREFIX = pattern(r"^(?:[وفبكل]?ال|[وف]?لل|[وبله](?=[\u0621-\u064a]{4}))(?=[\u0621-\u064a]{3})")
_SUFFIX = pattern(r"(?<=[\u0621-\u064a]{3})(?:تكم|تكو|كم|كو|ها|هم|نا|ات|ين|وا|ه|ي)$")
_FRANCO_PREFIX = pattern(r"^(?:fel|bel|lel|wel|el|al|il|l|w|h)(?=[a-z0-9]{4})")
_PLURAL = pattern(r"(?<=[a-z]{3})(?:es|s)$")

Meanings = frozenset[str]


@dataclass(frozen=True, slots=True)
class _Known:
    entry: FaqEntry
    questions: tuple[Meanings, ...]

    @property
    def asked(self) -> Meanings:
        """What any of its questions asks."""
        return frozenset[str]().union(*self.questions)


class FaqIndex:
    """The entries of one file, to be found by meaning; a `session.faq.Faq`."""

    def __init__(self, entries: Sequence[FaqEntry], meaning: "Meaning | None" = None) -> None:
        self._meaning = meaning
        known = [_Known(entry, tuple(map(meanings, _questions(entry)))) for entry in entries]
        often = max(2, len(entries) / 3)
        count = Counter(one for each in known for one in each.asked)
        self._subjects = frozenset(one for one in count if one[0] == "#" or count[one] <= often) - roles()
        every = self._subjects | subjects()
        #: with the subjects of others: what is asked besides, and is not its subject
        self._known = [(one, every - one.asked) for one in known]

    def find(self, text: str) -> FaqEntry | None:
        """Return the entry that answers a text; None if none surely does."""
        asked = _sentences(text)
        found = [
            (
                max(
                    (self._alike(one, question, others) for one in asked for question in known.questions),
                    default=0.0,
                ),
                known,
            )
            for known, others in self._known
        ]
        first, second = heapq.nlargest(2, [*found, (0.0, None), (0.0, None)], key=lambda one: one[0])
        if first[1] and first[0] >= _ALIKE and first[0] - second[0] >= _AHEAD:
            return first[1].entry
        return self._meant(text) if self._meaning and len(words(text)) >= _LEAST else None

    def _meant(self, text: str) -> FaqEntry | None:
        """Return the entry with a question that means much the same, in whatever words; None if none surely does."""
        entries, questions = self._questions
        best = dict[str, tuple[float, FaqEntry]]()
        for at, near in questions.nearest(text, len(entries)):
            best.setdefault(entries[at].id, (near, entries[at]))
        (first, entry), (second, _) = [*best.values(), (0.0, None), (0.0, None)][:2]
        return entry if first >= _SAME and first - second >= _SAME_AHEAD else None

    @cached_property
    def _questions(self) -> "tuple[Sequence[FaqEntry], Texts]":
        assert self._meaning is not None  # noqa: S101  (only asked then)
        asked = [(known.entry, text) for known, _ in self._known for text in _questions(known.entry)]
        return [entry for entry, _ in asked], self._meaning.questions([text for _, text in asked])

    def near(self, text: str, *, most: int = 3) -> Sequence[FaqEntry]:
        """Return the entries that may have to do with a text, the nearest first: a subject of theirs is in it."""
        asked = frozenset[str]().union(*_sentences(text))
        found = [
            (self._weight(asked & known.asked), known)
            for known, _ in self._known
            if asked & known.asked & self._subjects
        ]
        return tuple(known.entry for _, known in heapq.nlargest(most, found, key=lambda one: one[0]))

    def _alike(self, asked: Meanings, question: Meanings, others: Meanings) -> float:
        """Return how much of both is shared; 0 if a subject of the question is not, or too little else. `others` are subjects of other entries."""
        shared = asked & question
        about = question & self._subjects
        if not shared or not about <= asked:
            return 0.0
        part = self._weight(shared) / self._weight(question)
        if shared != question and (len(shared) < 2 or part < (_SHARED if about else _ALL_SHARED)):  # noqa: PLR2004  (one meaning is not enough)
            return 0.0
        besides = sum(_SUBJECT if one in others else _BESIDES for one in asked - question)
        return 2 * self._weight(shared) / (self._weight(shared) + self._weight(question) + besides)

    def _weight(self, some: Meanings) -> float:
        return sum(_SUBJECT if one in self._subjects else _ROLE for one in some)


def _questions(entry: FaqEntry) -> list[str]:
    return [text for texts in entry.questions.values() for text in texts]


def _sentences(text: str) -> list[Meanings]:
    """Return what each sentence of a text means."""
    found = [part for part in _ENDS.split(text[:_LONGEST]) if part.strip()][:_MOST_SENTENCES]
    return [meant for part in found if (meant := meanings(part))]


def meanings(text: str) -> Meanings:
    """Return what the words of a text mean, without those that tell nothing."""
    concepts, ignored = _concepts()
    said = [_stems(word) for word in words(text, most=_LONGEST)]
    found, at = set[str](), 0
    while at < len(said):
        for length in range(min(_LONGEST_PHRASE, len(said) - at), 0, -1):
            if concept := _concept(said[at : at + length], concepts):
                found.add(f"#{concept}")
                at += length
                break
        else:
            if not ignored.intersection(said[at]):
                found.add(said[at][-1])
            at += 1
    return frozenset(found)


def _concept(said: Sequence[tuple[str, ...]], concepts: Mapping[tuple[str, ...], str]) -> str | None:
    if len(said) == 1:
        return next((concepts[(stem,)] for stem in said[0] if (stem,) in concepts), None)
    exact = tuple(stems[0] for stems in said)
    return concepts.get(exact) or concepts.get(tuple(stems[-1] for stems in said))


def _stems(word: str) -> tuple[str, ...]:
    """Return a word in its normal spelling, then shorter forms of it, the last one the shortest."""
    return _stems_of(word) if len(word) <= _LONGEST_WORD else (word,)


@lru_cache(maxsize=8192)
def _stems_of(word: str) -> tuple[str, ...]:
    if word.isascii():
        bare = _PLURAL.sub("", word)
        sound = fold(_FRANCO_PREFIX.sub("", word))
        return tuple(dict.fromkeys((word, bare, fold(word), sound)))
    bare = _PREFIX.sub("", word)
    return tuple(dict.fromkeys((word, bare, _SUFFIX.sub("", word), _SUFFIX.sub("", bare))))


@cache
def roles() -> frozenset[str]:
    """Return the meanings that tell no subject."""
    return frozenset(f"#{name}" for name in read("business.toml")["roles"])


@cache
def subjects() -> frozenset[str]:
    """Return the concepts that are subjects."""
    return frozenset(f"#{name}" for name in read("business.toml")["concept"]) - roles()


@cache
def _concepts() -> tuple[Mapping[tuple[str, ...], str], frozenset[str]]:
    """Return the concepts by their phrases, and the words that tell nothing."""
    table = read("business.toml")
    phrases = [
        (name, [_stems(word) for word in words(phrase)] or [(normal(phrase),)])
        for name, languages in table["concept"].items()
        for phrase in (one for several in languages.values() for one in several)
    ]
    found: dict[tuple[str, ...], str] = {}
    # A word in its own spelling is never taken for the stem of another one.
    for way in (0, -1):
        for name, stems in phrases:
            found.setdefault(tuple(one[way] for one in stems), name)
    ignored = frozenset(
        form for said in table["ignored"].values() for word in words(said) for form in (word, fold(word))
    )
    return found, ignored
