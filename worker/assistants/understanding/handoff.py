"""Whether a customer asks for a person (a handoff). Pure; the phrases are in `data/handoff.toml`."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache

from worker.assistants.understanding.gazetteer import Gazetteer
from worker.assistants.understanding.normal import fold, without_article, words
from worker.assistants.understanding.tokens import ARTICLES
from worker.assistants.understanding.vocabulary import read, vocabulary

#: How many words there may be between "speak to" and the person.
_REACH = 4
#: How many words there may be between "I want" and the person.
_BETWEEN = 8
#: How many words before it a refusal may stand.
_REFUSED_IN = 3
_CLITICS = ("وال", "بال", "لل", "ب", "و", "ل")

_Phrase = tuple[str, ...]


class _Phrases:
    """Phrases that can be searched for at a position of a message."""

    def __init__(self, phrases: Collection[str]) -> None:
        self._phrases = {_same(words(phrase)) for phrase in phrases}
        self._lengths = sorted({len(phrase) for phrase in self._phrases}, reverse=True)
        self.openings = {phrase[0] for phrase in self._phrases if phrase}  #: the first words of the phrases

    def __contains__(self, said: _Phrase) -> bool:
        return said in self._phrases

    def starts(self, said: _Phrase) -> list[int]:
        """Return the positions at which one of the phrases may begin."""
        return [place for place, word in enumerate(said) if word in self.openings]

    def at(self, said: _Phrase, place: int) -> int:
        """Return how many words from a position make up one of the phrases, 0 if none does."""
        if place >= len(said) or said[place] not in self.openings:
            return 0
        return next(
            (n for n in self._lengths if said[place : place + n] in self._phrases and place + n <= len(said)),
            0,
        )

    def before(self, said: _Phrase, place: int) -> bool:
        """Return whether one of the phrases ends directly before a position."""
        return any(n <= place and said[place - n : place] in self._phrases for n in self._lengths)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Lists:
    alone: _Phrases
    phrases: _Phrases
    speak: _Phrases
    person: _Phrases
    want: _Phrases
    between: _Phrases
    not_before: _Phrases
    not_after: _Phrases
    refused: _Phrases


def wants_human(text: str) -> bool:
    """Return whether a message asks for a person, in English, Arabic or Franco-Arabic."""
    lists = _lists()
    # Words in Latin letters have no attached prefixes.
    said = _same(word if word.isascii() else _unglued(word) for word in words(text))
    if _openings().isdisjoint(said):
        return False
    spoken = tuple(word for word in said if word not in _courtesies())
    if spoken in lists.alone or said in lists.alone:
        return True
    if any(
        (count := lists.phrases.at(said, at))
        and not _is_refused(said, at)
        and not lists.not_before.at(said, at + count)
        for at in lists.phrases.starts(said)
    ):
        return True
    return any(_is_wished(said, at, lists) for at in lists.person.starts(said))


def _is_wished(said: _Phrase, at: int, lists: _Lists) -> bool:
    """Return whether a person is named here, after a wish to speak to one."""
    count = lists.person.at(said, at)
    if (
        not count
        or lists.not_before.at(said, at + count)
        or lists.not_after.before(said, at)
        or _is_place(said, at + count)
    ):
        return False
    for start in range(at - 1, max(-1, at - 2 * _REACH), -1):
        end = start + lists.speak.at(said, start)
        if end > start and at - _REACH < end <= at:
            return not _is_refused(said, start)
    start = at - 1
    while start >= max(0, at - _BETWEEN) and (said[start],) in lists.between:
        start -= 1
    return any(
        start - n + 1 >= 0
        and said[start - n + 1 : start + 1] in lists.want
        and not _is_refused(said, start - n + 1)
        for n in (1, 2, 3)
    )


def _is_refused(said: _Phrase, at: int) -> bool:
    return any(
        _lists().refused.at(said, place) and place < at for place in range(max(0, at - _REFUSED_IN), at)
    )


def _is_place(said: _Phrase, at: int) -> bool:
    """Return whether "in Mumbai" follows: then the customer is looking for a member of a directory."""
    if at + 1 >= len(said) or said[at] not in {"in", "near", "at", "from"}:
        return False
    return Gazetteer.of("any").phrases.exact.get(said[at + 1]) is not None


def _unglued(word: str) -> str:
    """Return a word without an attached prefix, if what is left is a word of the lists."""
    listed = _listed()
    if word in listed or without_article(word) in listed:
        return word
    return next(
        (word[len(c) :] for c in _CLITICS if word.startswith(c) and word[len(c) :] in listed),
        word,
    )


def _same(said: Iterable[str]) -> _Phrase:
    english = vocabulary().known.english
    return tuple(
        without_article(word) if not word.isascii() else word if word in english else fold(word)
        for word in said
        if word not in ARTICLES
    )


@cache
def _listed() -> frozenset[str]:
    return frozenset(
        word for phrases in read("handoff.toml").values() for phrase in phrases for word in words(phrase)
    )


@cache
def _lists() -> _Lists:
    return _Lists(**{name: _Phrases(phrases) for name, phrases in read("handoff.toml").items()})


@cache
def _openings() -> frozenset[str]:
    """Return the words of which every request for a person has at least one."""
    lists = _lists()
    return frozenset(
        word for phrases in (lists.alone, lists.phrases, lists.person) for word in phrases.openings
    )


@cache
def _courtesies() -> frozenset[str]:
    """Return the words that may be added to a request of one word: "agent please"."""
    extra = "please pls plz now ya just a an me لو سمحت سمحتي من فضلك ارجوك law sama7t samaht minfadlak mn fadlak fadlek yaret".split()
    tables = read("talk.toml")["courtesy"].values()
    said = [words(phrase) for table in tables for phrases in table.values() for phrase in phrases]
    return frozenset(_same([*extra, *(phrase[0] for phrase in said if len(phrase) == 1)]))
