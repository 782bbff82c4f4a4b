"""Splits a message into words and numbers. Joined ones are separated ("2br", "120م2", "felmaadi"), articles dropped."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from worker.assistants.understanding.normal import fold, without_article

#: A word as written: digits and what follows them, letters (with digits as letters), or a meaningful sign.
RAW = re.compile(
    r"[0-9]+(?:[.,][0-9]+)*[^\W_]*(?:'[^\W_]+)*|\.[0-9]+[^\W_]*|[^\W\d_][^\W_]*(?:'[^\W_]+)*"
    r"|[%$£€₹#&]|(?<=[0-9kmمفن\s])-(?=\s*[0-9])"
)
_NUMBER = re.compile(r"(?:[0-9]+(?:[.,][0-9]+)*|\.[0-9]+)")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]{1,3}(?:\.[0-9]{3}){2,}")
_DECIMAL = re.compile(r"[0-9]*[.,][0-9]+")
_BREAK = re.compile(r"[,;!?\n()|]|(?<=\w{4})\.(?=\s)")
_ORDINAL = re.compile(r"[0-9]+(?:st|nd|rd|th)")
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_DIGIT_BOUNDARY = re.compile(r"(?<=[0-9])(?=[^\W\d_])|(?<=[^\W\d_])(?=[0-9])")
_PREFIXED_NUMBER = re.compile(
    r"(b|w|l|f|x|egp|le|top|number|no|max|under|usd|rs|inr|budget|for|from)([0-9].*)"
)
_DIGITS_AT_MOST = 15
#: Longer words are not split: each part costs one level of recursion.
_LONGEST_JOIN = 64

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
class Token:
    """One word or number of a message."""

    text: str
    stem: str  #: without an article; Franco-Arabic folded by sound
    number: float | None = None
    after_break: bool = False  #: punctuation comes before it
    has_article: bool = False  #: an article comes before it
    start: int = 0  #: where it was written; words that were written together have one place
    end: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownWords:
    """The known words; a joined word is split only into these."""

    words: Collection[str]  #: every word of every phrase, with and without article
    english: Collection[str]  #: words that are not Franco-Arabic
    glued: Collection[str]  #: words that may have an attached article or preposition, folded by sound
    units: Collection[str]  #: what may be written together with a number


def tokenise(plain: str, known: KnownWords) -> list[Token]:
    """Return the words and numbers of a text in its normal spelling."""
    tokens: list[Token] = []
    end, after_break, has_article = 0, False, False
    for raw in RAW.finditer(plain):
        start = raw.start()
        if start - end != 1 or plain[end] != " ":
            after_break = after_break or _BREAK.search(plain, end, start) is not None
        end = raw.end()
        for word in _split(raw[0], known) if len(raw[0]) <= _LONGEST_JOIN else (raw[0],):
            if word in ARTICLES:
                has_article = True
                continue
            tokens.append(_token(word, known, raw.span(), after_break=after_break, has_article=has_article))
            after_break = has_article = False
    return tokens


def phrase_words(plain: str) -> list[str]:
    """Return the words of a phrase of the vocabulary; joined words do not occur in it."""
    found = [part for raw in RAW.findall(plain) or [plain] for part in _separated(raw)]
    return [word for word in found if word not in ARTICLES] or found


def loose_form(word: str) -> str:
    """Return the form in which a word is looked up if its own spelling is not found."""
    return without_article(word) if _ARABIC.match(word) else fold(word)


def _token(
    word: str, known: KnownWords, place: tuple[int, int], *, after_break: bool, has_article: bool
) -> Token:
    number = _value(word) if _NUMBER.fullmatch(word) else None
    stem = word
    if word.isascii():
        stem = word if _NUMBER.fullmatch(word) or word in known.english else fold(word)
    elif number is None:
        stem = without_article(word)
        has_article = has_article or stem != word
    return Token(
        text=word,
        stem=stem,
        number=number,
        after_break=after_break,
        has_article=has_article,
        start=place[0],
        end=place[1],
    )


def _value(digits: str) -> float | None:
    if len(digits) > _DIGITS_AT_MOST:
        return None
    if _GROUPED.fullmatch(digits):
        many = digits.count(".") > 1
        return float(digits.replace("." if many else ",", ""))
    if digits.isdigit() or _DECIMAL.fullmatch(digits):
        return float(digits.replace(",", "."))
    return None


def _separated(word: str) -> tuple[str, ...]:
    return (_PREPOSITIONS_WITH_ARTICLE[word], "el") if word in _PREPOSITIONS_WITH_ARTICLE else (word,)


def _split(word: str, known: KnownWords) -> Iterator[str]:
    if word in known.words or word in known.english:
        yield from _separated(word)
    elif "0" <= word[0] <= "9":
        yield from _split_number(word, known)
    elif _ARABIC.match(word):
        yield from _split_arabic(word, known)
    elif (prefixed := _PREFIXED_NUMBER.fullmatch(word)) is not None and _is_number(prefixed[2], known):
        yield prefixed[1]
        yield from _split_number(prefixed[2], known)
    else:
        yield from _split_latin(word, known)


def _is_number(word: str, known: KnownWords) -> bool:
    head = _NUMBER.match(word)
    return head is not None and (head.end() == len(word) or word[head.end() :] in known.units)


def _split_number(word: str, known: KnownWords) -> Iterator[str]:
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


def _split_arabic(word: str, known: KnownWords) -> Iterator[str]:
    parts = _DIGIT_BOUNDARY.split(word)
    if len(parts) > 1:
        for part in parts:
            yield from _split(part, known)
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
    yield word


def _split_latin(word: str, known: KnownWords) -> Iterator[str]:
    if word in _PREPOSITIONS_WITH_ARTICLE:
        yield from _separated(word)
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
