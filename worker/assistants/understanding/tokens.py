"""Cuts a message into words and numbers: joins are taken apart ("2br", "120م2", "felmaadi"), articles left out."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from worker.assistants.understanding.normal import bare, fold

#: A word as it is written: digits with a tail, letters (with digits as letters), a sign that means something.
RAW = re.compile(
    r"[0-9]+(?:[.,][0-9]+)*[^\W_]*(?:'[^\W_]+)*|\.[0-9]+[^\W_]*|[^\W\d_][^\W_]*(?:'[^\W_]+)*"
    r"|[%$£€₹#&]|(?<=[0-9kmمفن\s])-(?=\s*[0-9])"
)
_NUMBER = re.compile(r"(?:[0-9]+(?:[.,][0-9]+)*|\.[0-9]+)")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]{1,3}(?:\.[0-9]{3}){2,}")
_DECIMAL = re.compile(r"[0-9]*[.,][0-9]+")
_HARD = re.compile(r"[,;!?\n()|]|(?<=\w{4})\.(?=\s)")
_ORDINAL = re.compile(r"[0-9]+(?:st|nd|rd|th)")
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_EDGE = re.compile(r"(?<=[0-9])(?=[^\W\d_])|(?<=[^\W\d_])(?=[0-9])")
_LED = re.compile(r"(b|w|l|f|x|egp|le|top|number|no|max|under|usd|rs|inr|budget|for|from)([0-9].*)")
_DIGITS_AT_MOST = 15
#: Letters of a word that is taken apart; each part costs a call within a call.
_LONGEST_JOIN = 64

#: Articles say nothing; prepositions that have swallowed one are given back.
ARTICLES = frozenset({"el", "al", "il", "the", "ال", "ell"})
_SWALLOWED = {
    **dict.fromkeys(("fel", "fil", "fl"), "fe"),
    **dict.fromkeys(("bel", "bil", "bl"), "b"),
    **dict.fromkeys(("lel", "lil", "ll"), "le"),
    "wel": "w",
}
_FUSED = (
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
#: What may be written together with an Arabic word, and what is left of it: its words, and whether an article was there.
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
class Token:
    """One word or number of a message."""

    text: str
    stem: str  #: without an article; Franco-Arabic as it sounds
    number: float | None = None
    apart: bool = False  #: punctuation stands before it
    the: bool = False  #: an article stands before it


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """The words that the house knows; what is joined is taken apart only into these."""

    words: Collection[str]  #: every word of every phrase, with and without article
    english: Collection[str]  #: words that are not Franco-Arabic
    glued: Collection[str]  #: words that an article or preposition may be glued to, as they sound
    units: Collection[str]  #: what may be written together with a number


def tokenise(plain: str, known: Known) -> list[Token]:
    """Return the words and numbers of a text in its normal spelling."""
    tokens: list[Token] = []
    end, apart, the = 0, False, False
    for raw in RAW.finditer(plain):
        start = raw.start()
        if start - end != 1 or plain[end] != " ":
            apart = apart or _HARD.search(plain, end, start) is not None
        end = raw.end()
        for word in _split(raw[0], known) if len(raw[0]) <= _LONGEST_JOIN else (raw[0],):
            if word in ARTICLES:
                the = True
                continue
            tokens.append(_token(word, known, apart=apart, the=the))
            apart = the = False
    return tokens


def phrase_words(plain: str) -> list[str]:
    """Return the words of a phrase of the vocabulary; nothing in it is joined."""
    found = [part for raw in RAW.findall(plain) or [plain] for part in _swallow(raw)]
    return [word for word in found if word not in ARTICLES] or found


def loosely(word: str) -> str:
    """Return a word as it is looked up if it is not found as it stands."""
    return bare(word) if _ARABIC.match(word) else fold(word)


def _token(word: str, known: Known, *, apart: bool, the: bool) -> Token:
    if _NUMBER.fullmatch(word):
        return Token(text=word, stem=word, number=_value(word), apart=apart, the=the)
    if word.isascii():
        stem = word if word in known.english else fold(word)
        return Token(text=word, stem=stem, apart=apart, the=the)
    stem = bare(word)
    return Token(text=word, stem=stem, apart=apart, the=the or stem != word)


def _value(digits: str) -> float | None:
    if len(digits) > _DIGITS_AT_MOST:
        return None
    if _GROUPED.fullmatch(digits):
        many = digits.count(".") > 1
        return float(digits.replace("." if many else ",", ""))
    if digits.isdigit() or _DECIMAL.fullmatch(digits):
        return float(digits.replace(",", "."))
    return None


def _swallow(word: str) -> tuple[str, ...]:
    return (_SWALLOWED[word], "el") if word in _SWALLOWED else (word,)


def _split(word: str, known: Known) -> Iterator[str]:
    if word in known.words or word in known.english:
        yield from _swallow(word)
    elif "0" <= word[0] <= "9":
        yield from _split_number(word, known)
    elif _ARABIC.match(word):
        yield from _split_arabic(word, known)
    elif (led := _LED.fullmatch(word)) is not None and _is_number(led[2], known):
        yield led[1]
        yield from _split_number(led[2], known)
    else:
        yield from _split_latin(word, known)


def _is_number(word: str, known: Known) -> bool:
    head = _NUMBER.match(word)
    return head is not None and (head.end() == len(word) or word[head.end() :] in known.units)


def _split_number(word: str, known: Known) -> Iterator[str]:
    head = _NUMBER.match(word)
    tail = word[head.end() :] if head else ""
    if head is None or not tail or _ORDINAL.fullmatch(word):
        yield word
    elif tail in known.units:
        yield from (head[0], tail)
    elif _ARABIC.match(tail):
        yield head[0]
        yield from _split(tail, known)
    elif (two := re.match(r"([a-z]+)(?=[0-9])", tail)) is not None and two[0] in known.units:
        yield from (head[0], two[0])
        yield from _split(tail[two.end() :], known)
    elif len(head[0]) == 1:
        yield from _split_latin(word, known)
    else:
        yield head[0]
        yield from _split(tail, known)


def _split_arabic(word: str, known: Known) -> Iterator[str]:
    parts = _EDGE.split(word)
    if len(parts) > 1:
        for part in parts:
            yield from _split(part, known)
        return
    if bare(word) in known.words:
        yield word
        return
    for prefix, left, the in _CLITICS:
        rest = word[len(prefix) :]
        if word.startswith(prefix) and len(rest) > 1 and (rest in known.words or bare(rest) in known.words):
            yield from left
            if the:
                yield "ال"
            yield rest
            return
    if len(word) == 1 or word in ("وال", "بال"):
        yield word[0]
        return
    yield word


def _split_latin(word: str, known: Known) -> Iterator[str]:
    if word in _SWALLOWED:
        yield from _swallow(word)
        return
    if fold(word) not in known.glued:
        for prefix, left in _FUSED:
            rest = word[len(prefix) :]
            if word.startswith(prefix) and len(rest) > 3 and fold(rest) in known.glued:  # noqa: PLR2004  (shorter ones are chance)
                if left:
                    yield left
                yield from ("el", rest)
                return
    yield word
