"""Words of one meaning: which concepts a message mentions, and where. Words of places and professions mention none. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from worker.assistants.understanding.lexicon import lexicon
from worker.assistants.understanding.normal import normal
from worker.assistants.understanding.pieces import Amount, Piece
from worker.assistants.understanding.tokens import phrase_words

#: The concept of words that mean nothing by themselves: "please", "just".
FILLER = "filler"
#: What stands for an article before a word: "the cheapest", "الارخص".
ARTICLE = "@the"
#: What stands for the question mark at the end of a message.
QUESTION = "@question"
#: Words of the longest phrase.
_LENGTH = 8

#: Where something is mentioned: the position of its first word -> the position after its last one.
Spans = Mapping[int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """The words of a message, and what they mention."""

    words: Sequence[str]
    breaks: frozenset[int]  #: words before which there is punctuation
    #: Concept, or "@" and a kind of thing, -> where, in the order of the message.
    mentions: Mapping[str, Spans]

    def ends(self, concept: str, at: int) -> bool:
        """Return whether a concept is mentioned directly before a position, in the same clause."""
        spans = self.mentions.get(concept, {})
        return at not in self.breaks and any(
            spans.get(start) == at for start in range(max(0, at - _LENGTH), at)
        )

    def around(self, concept: str, start: int, end: int, before: int, after: int) -> bool:
        """Return whether a concept is mentioned between two positions or so many words before and after, in the same clause."""
        spans = self.mentions.get(concept)
        if not spans:
            return False
        first, last = start, end
        while first > max(0, start - before) and first not in self.breaks:
            first -= 1
        while last < min(len(self.words), end + after) and last not in self.breaks:
            last += 1
        return any(spans.get(at, 0) > first for at in range(max(0, first - _LENGTH), last))


def might_mention(words: Iterable[str]) -> set[str]:
    """Return all concepts of which the words may mention one: those that have a phrase with one of these words first."""
    return {concept for word in words for concept in lexicon().begun_by(word)}


def mentioned_in(text: str, kind: str) -> list[str]:
    """Return which concepts of a kind a text mentions: for "feature", that of a lift."""
    said = phrase_words(normal(text))
    found = dict.fromkeys(concept for at in range(len(said)) for concept, _ in lexicon().at(said, at))
    kinds = lexicon().kinds.get(kind, ())
    return [concept for concept in found if concept in kinds]


def said_in(text: str, pieces: Sequence[Piece], *, jobs: bool = True) -> Said:
    """Return the words of a text in its normal spelling, divided into pieces, and what they mention.

    `jobs` says that the words of professions mention nothing else: "sales manager".
    """
    known = lexicon()
    words, mute, breaks = list[str](), set[int](), set[int]()
    mentions: dict[str, dict[int, int]] = defaultdict(dict)
    before: Piece | None = None
    for piece in pieces:
        start = len(words)
        words += piece.words.split()
        if piece.after_break:
            breaks.add(start)
        if piece.place is not None or (jobs and piece.profession is not None):
            mute |= {*range(start, len(words))}
        for thing in _things(piece, before):
            mentions[thing][start] = len(words)
        if piece.has_article:
            mentions[ARTICLE][start] = start  # without a width: it goes before the word that has it
        before = piece
    for sign in dict.fromkeys(sign for sign in text if sign in known.signs):
        breaks.add(len(words))
        words.append(sign)
    if text.rstrip().endswith("?"):
        mentions[QUESTION][len(words)] = len(words)
    for at in range(len(words)):
        for concept, end in known.at(words, at) if at not in mute else ():
            if mute.isdisjoint(range(at, end)) and breaks.isdisjoint(range(at + 1, end)):
                mentions[concept][at] = max(end, mentions[concept].get(at, 0))
    return Said(words=words, breaks=frozenset(breaks), mentions=mentions)


def _counts(amount: Amount) -> bool:
    """Return whether a number is one: "one" in words seldom is, as in "the first one" and "كل واحدة"."""
    return amount.digits or amount.value > 1


def _things(piece: Piece, before: Piece | None) -> Iterator[str]:
    """Yield the kinds of things that a piece is, and its courtesies."""
    if piece.place is not None:
        yield "@place"
    if piece.profession is not None:
        yield "@profession"
    # "Number 3", "2nd" and "the second one" are records, and no numbers of something.
    pointed = before is not None and (before.means("before", "number") or before.means("order"))
    if piece.means("order") or piece.means("who") or (pointed and piece.amount is not None):
        yield "@record"
    elif (piece.amount is not None and _counts(piece.amount)) or piece.number is not None:
        yield "@number"
    if piece.means("when"):
        yield "@time"
    if piece.means("refuse", "no"):
        yield "@refused"
    for courtesy in piece.senses.get("courtesy", ()):
        yield f"@{courtesy}"
