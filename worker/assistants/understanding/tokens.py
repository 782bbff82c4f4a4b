"""Splits a message into words and numbers. Joined ones are separated, articles dropped."""

import re
from dataclasses import dataclass

from worker.assistants.understanding.joined_words import (
    ARABIC,
    ARTICLES,
    NUMBER,
    KnownWords,
    separated,
    split,
)
from worker.assistants.understanding.normal import fold, without_article

#: Prepositions that are written together with a price: "b3.5m", "ب3,200,000".
_BEFORE_DIGITS = r"(?:b|l|le|egp|max|upto|under|[بلو])"
#: A word as written: digits and what follows them, letters (with digits as letters), or a meaningful sign.
RAW = re.compile(
    r"[0-9]+(?:[.,][0-9]+)*[^\W_]*(?:'[^\W_]+)*|\.[0-9]+[^\W_]*"
    rf"|{_BEFORE_DIGITS}(?=[0-9]+[.,][0-9])|[^\W\d_][^\W_]*(?:'[^\W_]+)*"
    r"|[%$£€₹#&]|/(?=\s?(?:mo?|mths?|mnth|months?|shahr|nights?|weeks?|days?|sqm|m2|meter)\b)|(?<=[0-9kmمفن\s])-(?=\s*[0-9])|(?<=[0-9kmم])~(?=[0-9])|(?<=[0-9kmم]\s):(?=\s[0-9])|(?<=[0-9]{3}):(?=[0-9]{3})"
)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]{1,3}(?:\.[0-9]{3}){2,}")
_DECIMAL = re.compile(r"[0-9]*[.,][0-9]+")
_BREAK = re.compile(r"[,;!?\n()|]|(?<=\w{4})\.(?=\s)")
_DIGITS_AT_MOST = 15
#: Longer words are not split: each part costs one level of recursion.
_LONGEST_JOIN = 64


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


def tokenise(plain: str, known: KnownWords) -> list[Token]:
    """Return the words and numbers of a text in its normal spelling."""
    tokens: list[Token] = []
    end, after_break, has_article = 0, False, False
    for raw in RAW.finditer(plain):
        start = raw.start()
        if start - end != 1 or plain[end] != " ":
            after_break = after_break or _BREAK.search(plain, end, start) is not None
        end = raw.end()
        for word in split(raw[0], known) if len(raw[0]) <= _LONGEST_JOIN else (raw[0],):
            if word in ARTICLES:
                has_article = True
                continue
            tokens.append(_token(word, known, raw.span(), after_break=after_break, has_article=has_article))
            after_break = has_article = False
    return tokens


def phrase_words(plain: str) -> list[str]:
    """Return the words of a phrase of the vocabulary; joined words do not occur in it."""
    found = [part for raw in RAW.findall(plain) or [plain] for part in separated(raw)]
    return [word for word in found if word not in ARTICLES] or found


def loose_form(word: str) -> str:
    """Return the form in which a word is looked up if its own spelling is not found."""
    return without_article(word) if ARABIC.match(word) else fold(word)


def _token(
    word: str, known: KnownWords, place: tuple[int, int], *, after_break: bool, has_article: bool
) -> Token:
    number = _value(word) if NUMBER.fullmatch(word) else None
    stem = word
    if word.isascii():
        stem = word if NUMBER.fullmatch(word) or word in known.english else fold(word)
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
