"""Words of one meaning: which concepts a message mentions, and where, in whatever form and spelling. Pure.

The concepts stand in `data/acts.toml`, those about a business in `data/business.toml`. Words of places and professions mention none.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from worker.assistants.understanding.normal import normal
from worker.assistants.understanding.pieces import Amount, Piece
from worker.assistants.understanding.tokens import loose_form, phrase_words, tokenise
from worker.assistants.understanding.vocabulary import read, vocabulary

#: The concept of words that mean nothing by themselves: "please", "just".
FILLER = "filler"
#: What stands for an article before a word: "the cheapest", "الارخص".
ARTICLE = "@the"
#: What stands for the question mark at the end of a message.
QUESTION = "@question"
_LANGUAGES = ("en", "ar", "franco")
#: What may be written together with a word, and how much of the word must be left.
_PREFIXES = ("وال", "بال", "فال", "لل", "و", "ف", "ب", "ل")
_SUFFIXES = ("ها", "هم", "كم", "كو", "لي", "ه", "ك")
_LATIN_PREFIXES = ("wel", "fel", "bel", "lel", "el", "al", "w", "b", "f", "l")
_LATIN_SUFFIXES = ("hom", "ha", "ing", "es", "ed", "'s", "h", "o", "s", "d")
_LEFT = 3
#: Only long words are corrected, and a longer word is looked up as it is written.
_LONG, _LONGEST = 7, 32
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


class _Lexicon:
    """All phrases of all concepts, by their first word."""

    def __init__(self, tables: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        self._phrases: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        self.signs: set[str] = set()
        self._words = set[str]()
        self.kinds = {name: frozenset(table["of"]) for name, table in tables.items() if "of" in table}
        #: Words that are not Franco-Arabic, and so are not folded by sound.
        self._english = frozenset(vocabulary().known.english) | {
            word
            for table in tables.values()
            for phrase in table.get("en", ())
            for word in phrase_words(normal(phrase))
        }
        for concept, table in tables.items():
            for phrase in (phrase for language in _LANGUAGES for phrase in table.get(language, ())):
                for words in self._written(normal(phrase)):
                    said = tuple(map(self._key, words))
                    self._phrases[said[0]] += [
                        (said[1:], name)
                        for name in (concept, *(kind for kind, its in self.kinds.items() if concept in its))
                    ]
                    self._words |= set(said)
            for sign in table.get("signs", ()):
                self.signs.add(sign)
                self._phrases[sign].append(((), concept))
        self._long = sorted(
            word
            for word, found in self._phrases.items()
            if len(word) >= _LONG - 1 and ((), found[0][1]) in found
        )
        self._forms = lru_cache(maxsize=8192)(self._forms_of)

    def _written(self, phrase: str) -> set[tuple[str, ...]]:
        """Return the words of a phrase, also as a message is divided: "لما" becomes two words."""
        divided = tuple(token.text for token in tokenise(phrase, vocabulary().known))
        return {tuple(phrase_words(phrase)), divided} - {()}

    def at(self, words: Sequence[str], at: int) -> Iterator[tuple[str, int]]:
        """Yield the concepts mentioned from a position on, and the position after each."""
        for form in self.forms(words[at]):
            for rest, concept in self._phrases.get(form, ()):
                end = at + 1 + len(rest)
                if end <= len(words) and all(
                    word in self.forms(words[at + 1 + place]) for place, word in enumerate(rest)
                ):
                    yield concept, end

    def begun_by(self, word: str) -> Iterator[str]:
        """Yield the concepts that have a phrase with this word first."""
        return (concept for form in self.forms(word) for _, concept in self._phrases.get(form, ()))

    def forms(self, word: str) -> tuple[str, ...]:
        """Return the known words that a word as written may be."""
        return self._forms(word) if len(word) <= _LONGEST else ()

    def _forms_of(self, word: str) -> tuple[str, ...]:
        # What is left of an English word is none of Franco-Arabic: "find" is no "feen".
        key = str if word in self._english else self._key
        found = [form for form in dict.fromkeys(map(key, self._stripped(word))) if form in self._words]
        found += [word] if word in self.signs else []
        if not found and len(word) >= _LONG and word not in _spelt_right():
            near = [known for known in self._long if known[0] == word[0]]
            meant = extractOne(self._key(word), near, scorer=OSA.distance, score_cutoff=1)
            found = [meant[0]] if meant else []
        return tuple(found)

    def _stripped(self, word: str) -> Iterator[str]:
        """Yield a word as it is, and without what may be written together with it."""
        latin = word.isascii()
        prefixes, suffixes = (_LATIN_PREFIXES, _LATIN_SUFFIXES) if latin else (_PREFIXES, _SUFFIXES)
        whole = word in self._english
        heads = ["", *(prefix for prefix in prefixes if word.startswith(prefix) and not whole)]
        tails = ["", *(suffix for suffix in suffixes if word.endswith(suffix))]
        for head in heads:
            for tail in tails:
                rest = word[len(head) : len(word) - len(tail)]
                if rest == word or len(rest) >= _LEFT:
                    yield rest
                    if tail in {"ing", "ed"} and rest[-1:] == rest[-2:-1]:
                        yield rest[:-1]  # "chatting"
                    elif tail == "ing":
                        yield f"{rest}e"  # "arranging"

    def _key(self, word: str) -> str:
        return word if word in self._english else loose_form(word)


@cache
def _spelt_right() -> frozenset[str]:
    """Return the words that mean something else than a concept: "ashtery" is no misspelt "ashteky"."""
    known, franco = vocabulary().known, read("language.toml")["words"]["franco"]
    return frozenset({*known.english, *known.words, *franco.split()})


@cache
def _lexicon() -> _Lexicon:
    business = {f"business.{name}": table for name, table in read("business.toml")["concept"].items()}
    return _Lexicon(read("acts.toml")["concept"] | business)


def might_mention(words: Iterable[str]) -> set[str]:
    """Return all concepts of which the words may mention one: those that have a phrase with one of these words first."""
    return {concept for word in words for concept in _lexicon().begun_by(word)}


def mentioned_in(text: str, kind: str) -> list[str]:
    """Return which concepts of a kind a text mentions: for "feature", that of a lift."""
    said = phrase_words(normal(text))
    found = dict.fromkeys(concept for at in range(len(said)) for concept, _ in _lexicon().at(said, at))
    kinds = _lexicon().kinds.get(kind, ())
    return [concept for concept in found if concept in kinds]


def said_in(text: str, pieces: Sequence[Piece], *, jobs: bool = True) -> Said:
    """Return the words of a text in its normal spelling, divided into pieces, and what they mention.

    `jobs` says that the words of professions mention nothing else: "sales manager".
    """
    lexicon = _lexicon()
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
    for sign in dict.fromkeys(sign for sign in text if sign in lexicon.signs):
        breaks.add(len(words))
        words.append(sign)
    if text.rstrip().endswith("?"):
        mentions[QUESTION][len(words)] = len(words)
    for at in range(len(words)):
        for concept, end in lexicon.at(words, at) if at not in mute else ():
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
