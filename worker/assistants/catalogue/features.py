"""Features of a record that a wish names in other words or in another language: "swim" finds "حمام سباحة". Pure.

The index has a token for each feature of a record. The words stand in `data/features.toml` of `understanding`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain, pairwise
from typing import Final

from worker.assistants.catalogue.spelling import all_of, search_words
from worker.assistants.understanding.lexicon import Lexicon
from worker.assistants.understanding.normal import normal, words
from worker.assistants.understanding.tokens import phrase_words
from worker.assistants.understanding.vocabulary import read

#: Begins the token of a feature: a character for private use, which is in no word that somebody writes.
_MARK: Final = "\ue000"
#: "No pool" and "بدون حديقة" name what is not there; "no noise" is a need all the same.
_ABSENT: Final = frozenset(words("no not without بدون غير بلا مش مفيش mafeesh mafish gheir mesh msh"))
_BETWEEN: Final = frozenset(words("a an any اي ay"))
#: Terms of a search that are used, and characters of the longest one that is cached: customers cannot fill the cache with long texts.
_MOST_TERMS: Final = 16
_LONGEST_CACHED: Final = 100


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a search, or the words that name a feature."""

    said: str
    match: str  #: as an FTS5 expression
    features: tuple[str, ...] = ()
    #: Whether it stands for its words if no record has the feature: a single word of a feature is in `match` anyway.
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    features: tuple[str, ...]
    is_need: bool


def tokens(texts: Iterable[str]) -> str:
    """Return the tokens of the features that texts of a record name."""
    lexicon, needs = _vocabulary()
    found = dict[str, None]()
    for text in texts:
        said = phrase_words(normal(text))
        for at in range(len(said)):
            mentioned = [concept for concept, _ in lexicon.at(said, at) if concept not in needs]
            found |= dict.fromkeys(mentioned if not _is_absent(said, at) else ())
    return " ".join(map(_token, found))


def terms(query: str) -> Sequence[Term]:
    """Return what a query asks for, in its order: features, each once, and the other words without stop words."""
    return _cached_terms(query) if len(query) <= _LONGEST_CACHED else _terms(query)


def _terms(query: str) -> Sequence[Term]:
    said = phrase_words(normal(query))
    spans = [*_spans(said)]
    if not spans:
        return plain_terms(query)
    found: dict[object, Term] = {}
    edges = [_Span(0, 0, (), is_need=False), *spans, _Span(len(said), len(said), (), is_need=False)]
    for before, span in pairwise(edges):
        found |= {one.said: one for one in plain_terms(" ".join(said[before.end : span.start]))}
        if span.features:
            found.setdefault(span.features, _term(said, span))
    return (*found.values(),)[:_MOST_TERMS]


#: One turn looks for the same text several times.
_cached_terms = lru_cache(maxsize=1_000)(_terms)


def plain_terms(query: str) -> Sequence[Term]:
    """Return the words of a query as they stand, without stop words."""
    return tuple(Term(word, all_of([word])) for word in search_words(query))


def with_features(text: str, kept: Collection[str]) -> str:
    """Return the words of a text that name features or are among those to be kept."""
    said = phrase_words(normal(text))
    naming = {at for span in _spans(said) for at in range(span.start, span.end)}
    if not naming:
        return " ".join(kept)
    return " ".join(word for at, word in enumerate(said) if at in naming or word in kept)


def _term(said: Sequence[str], span: _Span) -> Term:
    phrase = " ".join(said[span.start : span.end])
    # A record with the word of a need does not meet it: "stairs to the roof".
    literal = "" if span.is_need else all_of(search_words(phrase))
    meant = [f'"{_token(feature)}"' for feature in span.features]
    match = " OR ".join(filter(None, [literal and f"({literal})", *meant]))
    return Term(phrase, match, span.features, is_optional=span.is_need or " " in phrase)


def _spans(said: Sequence[str]) -> Iterator[_Span]:
    """Yield where features or needs are named, the longest phrase at each place."""
    lexicon, needs = _vocabulary()
    at = 0
    while at < len(said):
        absent = _is_absent(said, at)
        named = [(end, name) for name, end in lexicon.at(said, at) if name in needs or not absent]
        end = max((end for end, _ in named), default=at)
        longest = [name for ends, name in named if ends == end]
        if longest:
            meant = chain.from_iterable(needs.get(name, (name,)) for name in longest)
            yield _Span(at, end, tuple(dict.fromkeys(meant)), all(name in needs for name in longest))
        at = max(end, at + 1)


def _is_absent(said: Sequence[str], at: int) -> bool:
    before = at - 1 - (at > 1 and said[at - 1] in _BETWEEN)
    return before >= 0 and said[before] in _ABSENT


def _token(feature: str) -> str:
    return _MARK + feature.replace("_", "")


@cache
def _vocabulary() -> tuple[Lexicon, Mapping[str, tuple[str, ...]]]:
    """Return the words of all features and needs, and which features are meant by each need."""
    tables, acts = read("features.toml"), read("acts.toml")["concept"]
    features = {
        name: {language: [*said, *acts.get(name, {}).get(language, ())] for language, said in table.items()}
        for name, table in tables["feature"].items()
    }
    needs = {f"need {name}": table for name, table in tables["need"].items()}
    return Lexicon(features | needs), {name: tuple(table["meant"]) for name, table in needs.items()}
