"""The words of concepts, in whatever form and spelling they are written. Pure.

The concepts stand in `data/acts.toml`, those about a business in `data/business.toml`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from worker.assistants.understanding.normal import normal, skeleton
from worker.assistants.understanding.tokens import loose_form, phrase_words, tokenise
from worker.assistants.understanding.vocabulary import read, vocabulary

_LANGUAGES = ("en", "ar", "franco")
#: What may be written together with a word, and how much of the word must be left.
_PREFIXES = ("وال", "بال", "فال", "لل", "و", "ف", "ب", "ل")
_SUFFIXES = ("ها", "هم", "كم", "كو", "لي", "ه", "ك")
_LATIN_PREFIXES = ("wel", "fel", "bel", "lel", "el", "al", "w", "b", "f", "l")
_LATIN_SUFFIXES = ("hom", "ha", "ing", "es", "ed", "'s", "h", "o", "s", "d")
_LEFT = 3
#: Only long words are corrected, and a longer word is looked up as it is written.
_LONG, _LONGEST = 7, 32
#: From so many consonants on a Franco-Arabic word may have one other vowel, and with each consonant more another one: "metshateb".
_CONSONANTS = 3


class Lexicon:
    """All phrases of all concepts, by their first two words: few messages have both of a longer phrase."""

    def __init__(self, tables: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        clipped = read("acts.toml")["clipped"]
        self._clipped = {loose_form(word): loose_form(whole) for word, whole in clipped.items()}
        self._begun: dict[str, list[str]] = defaultdict(list)
        self._alone: dict[str, list[str]] = defaultdict(list)
        self._longer: dict[str, dict[str, list[tuple[tuple[str, ...], str]]]] = defaultdict(
            lambda: defaultdict(list)
        )
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
                    for name in (concept, *(kind for kind, its in self.kinds.items() if concept in its)):
                        self._put(said, name)
                    self._words |= set(said)
            for sign in table.get("signs", ()):
                self.signs.add(sign)
                self._put((sign,), concept)
        self._long = sorted(
            word
            for word, found in self._begun.items()
            if len(word) >= _LONG - 1 and found[0] in self._alone.get(word, ())
        )
        self._sounds: dict[str, list[str]] = defaultdict(list)
        for word in self._words:
            if word.isascii() and word not in self._english and len(sound := skeleton(word)) >= _CONSONANTS:
                self._sounds[sound].append(word)
        self._forms = lru_cache(maxsize=8192)(self._forms_of)

    def _put(self, said: tuple[str, ...], concept: str) -> None:
        first, *rest = said
        self._begun[first].append(concept)
        if rest:
            self._longer[first][rest[0]].append((tuple(rest[1:]), concept))
        else:
            self._alone[first].append(concept)

    def _written(self, phrase: str) -> set[tuple[str, ...]]:
        """Return the words of a phrase, also as a message is divided: "لما" becomes two words."""
        divided = tuple(token.text for token in tokenise(phrase, vocabulary().known))
        return {tuple(phrase_words(phrase)), divided} - {()}

    def at(self, words: Sequence[str], at: int) -> Iterator[tuple[str, int]]:
        """Yield the concepts mentioned from a position on, and the position after each."""
        after = self.forms(words[at + 1]) if at + 1 < len(words) else ()
        for form in self.forms(words[at]):
            longer = self._longer.get(form, {})
            for concept in self._alone.get(form, ()):
                yield concept, at + 1
            for second in after if longer else ():
                for rest, concept in longer.get(second, ()):
                    end = at + 2 + len(rest)
                    if end <= len(words) and all(
                        word in self.forms(words[at + 2 + place]) for place, word in enumerate(rest)
                    ):
                        yield concept, end

    def begun_by(self, word: str) -> Iterator[str]:
        """Yield the concepts that have a phrase with this word first."""
        return (concept for form in self.forms(word) for concept in self._begun.get(form, ()))

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
        if not found and word.isascii() and word not in _spelt_right():
            found = [known for form in self._stripped(word) for known in self._sounding(form)]
        return tuple(dict.fromkeys(found))

    def _sounding(self, word: str) -> Iterator[str]:
        """Yield the Franco-Arabic words that have the consonants of this one, and nearly its vowels."""
        sound, said = skeleton(word), self._key(word)
        most = len(sound) - _CONSONANTS + 1
        for known in self._sounds.get(sound, ()):
            if known[0] == said[0] and OSA.distance(said, known, score_cutoff=most) <= most:
                yield known

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
                    if tail and rest.endswith("ت"):
                        yield f"{rest[:-1]}ه"  # "عمولتكم"
                    if tail in {"ing", "ed"} and rest[-1:] == rest[-2:-1]:
                        yield rest[:-1]  # "chatting"
                    elif tail == "ing":
                        yield f"{rest}e"  # "arranging"

    def _key(self, word: str) -> str:
        if word in self._english:
            return word
        said = loose_form(word)
        return self._clipped.get(said, said)


@cache
def _spelt_right() -> frozenset[str]:
    """Return the words that mean something else than a concept: "ashtery" is no misspelt "ashteky"."""
    known, franco = vocabulary().known, read("language.toml")["words"]["franco"]
    return frozenset({*known.english, *known.words, *franco.split()})


@cache
def lexicon() -> Lexicon:
    """Return the built-in words."""
    business = {f"business.{name}": table for name, table in read("business.toml")["concept"].items()}
    return Lexicon(read("acts.toml")["concept"] | business)
