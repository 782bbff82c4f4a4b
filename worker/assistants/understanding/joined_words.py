"""Separates what is written as one word: "2br", "120م2", "felmaadi", "عايزشقه". Pure."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from worker.assistants.understanding.normal import fold, without_article

#: A number in digits, and a letter that begins an Arabic word.
NUMBER = re.compile(r"(?:[0-9]+(?:[.,][0-9]+)*|\.[0-9]+)")
ARABIC = re.compile(r"[\u0600-\u06ff]")
_ORDINAL = re.compile(r"[0-9]+(?:st|nd|rd|th)")
_DIGIT_BOUNDARY = re.compile(r"(?<=[0-9])(?=[^\W\d_])|(?<=[^\W\d_])(?=[0-9])")
_PREFIXED_NUMBER = re.compile(
    r"(b|w|l|f|x|egp|le|top|number|no|max|under|usd|rs|inr|budget|for|from)([0-9].*)"
)

#: Articles are dropped; of a preposition joined with one the preposition is kept.
ARTICLES = frozenset({"el", "al", "il", "the", "ال", "ell"})
_PREPOSITIONS_WITH_ARTICLE = {
    **dict.fromkeys(("fel", "fil", "fl"), "fe"),
    **dict.fromkeys(("bel", "bil", "bl"), "b"),
    **dict.fromkeys(("lel", "lil", "ll"), "le"),
    "wel": "w",
}
_LATIN_PREFIXES = (
    ("fel", "fe"),
    ("bel", "b"),
    ("lel", "le"),
    ("wel", "w"),
    ("fl", "fe"),
    ("bl", "b"),
    ("el", ""),
    ("al", ""),
    ("w", "w"),
    ("b", "b"),
    ("l", "l"),
    ("f", "fe"),
)
#: Prefixes that are written together with an Arabic word: their words without article, and whether they contain one.
_CLITICS = (
    ("وبال", ("و", "ب"), True),
    ("ولل", ("و", "ل"), True),
    ("وفي", ("و", "في"), False),
    ("وال", ("و",), True),
    ("بال", ("ب",), True),
    ("فال", ("في",), True),
    ("كال", ("ك",), True),
    ("لل", ("ل",), True),
    ("وب", ("و", "ب"), False),
    ("ول", ("و", "ل"), False),
    ("ال", (), True),
    ("و", ("و",), False),
    ("ب", ("ب",), False),
    ("ل", ("ل",), False),
    ("ف", ("في",), False),
    ("ك", ("ك",), False),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownWords:
    """The known words; a joined word is split only into these."""

    words: Collection[str]  #: every word of every phrase, with and without article
    english: Collection[str]  #: words that are not Franco-Arabic
    glued: Collection[str]  #: words that may have an attached article or preposition, folded by sound
    units: Collection[str]  #: what may be written together with a number
    joined: Collection[str] = ()  #: Arabic words that are often written together with the next one


def separated(word: str) -> tuple[str, ...]:
    """Return a preposition and the article that is joined with it; any other word as it is."""
    return (_PREPOSITIONS_WITH_ARTICLE[word], "el") if word in _PREPOSITIONS_WITH_ARTICLE else (word,)


def split(word: str, known: KnownWords) -> Iterator[str]:
    """Yield the words that are written as one."""
    if word in known.words or word in known.english:
        yield from separated(word)
    elif "0" <= word[0] <= "9":
        yield from _split_number(word, known)
    elif ARABIC.match(word):
        yield from _split_arabic(word, known)
    elif (prefixed := _PREFIXED_NUMBER.fullmatch(word)) is not None and _is_number(prefixed[2], known):
        yield prefixed[1]
        yield from _split_number(prefixed[2], known)
    else:
        yield from _split_latin(word, known)


def _is_number(word: str, known: KnownWords) -> bool:
    head = NUMBER.match(word)
    return head is not None and (head.end() == len(word) or word[head.end() :] in known.units)


def _split_number(word: str, known: KnownWords) -> Iterator[str]:
    head = NUMBER.match(word)
    tail = word[head.end() :] if head else ""
    if head is None or not tail or _ORDINAL.fullmatch(word):
        yield word
    elif tail in known.units:
        yield from (head[0], tail)
    elif ARABIC.match(tail):
        yield head[0]
        yield from split(tail, known)
    elif (two := re.match(r"([a-z]+)(?=[0-9])", tail)) is not None and two[0] in known.units:
        yield from (head[0], two[0])
        yield from split(tail[two.end() :], known)
    elif len(head[0]) == 1:
        yield from _split_latin(word, known)
    else:
        yield head[0]
        yield from split(tail, known)


def _split_arabic(word: str, known: KnownWords) -> Iterator[str]:
    parts = _DIGIT_BOUNDARY.split(word)
    if len(parts) > 1:
        for part in parts:
            yield from split(part, known)
        return
    if without_article(word) in known.words:
        yield word
        return
    for prefix, left, has_article in _CLITICS:
        rest = word[len(prefix) :]
        if (
            word.startswith(prefix)
            and len(rest) > 1
            and (rest in known.words or without_article(rest) in known.words)
        ):
            yield from left
            if has_article:
                yield "ال"
            yield rest
            return
    if len(word) == 1 or word in ("وال", "بال"):
        yield word[0]
        return
    joint = _joint(word, known)
    if joint:
        yield word[:joint]
        yield from split(word[joint:], known)
        return
    yield word


#: Shorter parts of a joined word are accidental.
_SHORTEST_PART = 3


def _joint(word: str, known: KnownWords) -> int:
    """Return where two known words were written as one: "عايزشقه"; 0 if they were not."""
    for end in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
        if word[:end] in known.joined and _is_known(word[end:], known):
            return end
    return 0


def _is_known(word: str, known: KnownWords) -> bool:
    if word in known.words or without_article(word) in known.words:
        return True
    return any(
        word.startswith(prefix)
        and len(word) - len(prefix) >= _SHORTEST_PART
        and word[len(prefix) :] in known.words
        for prefix, _, _ in _CLITICS
    )


def _split_latin(word: str, known: KnownWords) -> Iterator[str]:
    if word in _PREPOSITIONS_WITH_ARTICLE:
        yield from separated(word)
        return
    if fold(word) not in known.glued:
        for prefix, left in _LATIN_PREFIXES:
            rest = word[len(prefix) :]
            if word.startswith(prefix) and len(rest) > 3 and fold(rest) in known.glued:  # noqa: PLR2004  (shorter matches are accidental)
                if left:
                    yield left
                yield from ("el", rest)
                return
    yield word
