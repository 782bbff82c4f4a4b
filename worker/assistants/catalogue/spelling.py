"""How text is spelled in the index and in a search of it: normal words, and beside each the form without its clitics.

Whatever is searched passes through here, so nothing that a customer writes is ever taken for FTS5 syntax.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from worker.assistants.catalogue.stopwords import STOPWORDS
from worker.assistants.understanding.normal import words

#: More words than a question has; the rest is left out, so that a novel is no load.
_MOST_WORDS = 16

#: Characters of a name or a word that is remembered: strangers choose what is looked up.
_LONGEST_NAME = 100

#: Characters of one cell of an operator's table that can be found.
_LONGEST_CELL = 100_000

#: The article, "and", "with", "for" and their unions, before three letters or more.
_CLITICS = re.compile(r"^(?:[وفبك]?ال|[وف]?لل|[وبل])(?=[\u0621-\u064a]{3,}$)")
_PLURALS = (
    (re.compile(r"^([a-z]{2,})ies$"), r"\1y"),
    (re.compile(r"^([a-z]{2,}(?:s|x|ch|sh))es$"), r"\1"),
    (re.compile(r"^([a-z]{2,}[^s\W\d])s$"), r"\1"),
)


def key(text: str) -> str:
    """Return what two spellings of one name have in common."""
    return _key(text) if len(text) <= _LONGEST_NAME else " ".join(words(text))


@lru_cache(maxsize=20_000)
def _key(text: str) -> str:
    return " ".join(words(text))


def forms(word: str) -> tuple[str, ...]:
    """Return a normal word and, where it has one, its form without clitics or plural."""
    return _forms(word) if len(word) <= _LONGEST_NAME else (word,)


@lru_cache(maxsize=50_000)
def _forms(word: str) -> tuple[str, ...]:
    bare = _CLITICS.sub("", word)
    for plural, singular in _PLURALS:
        if plural.match(word):
            bare = plural.sub(singular, word)
            break
    return (word,) if bare == word else (word, bare)


def indexed(texts: Iterable[str]) -> str:
    """Return what the index keeps of some texts."""
    return " ".join(map(_indexed, texts))


@lru_cache(maxsize=20_000)
def _indexed(text: str) -> str:
    """Do it for one text; places and kinds come again and again."""
    return " ".join(form for word in words(text, most=_LONGEST_CELL) for form in forms(word))


def asked(text: str) -> tuple[str, ...]:
    """Return the words of a question that say what is looked for, each once."""
    return tuple(dict.fromkeys(word for word in words(text) if word not in STOPWORDS))[:_MOST_WORDS]


def matching(word: str) -> str:
    """Return the FTS5 expression that one word matches in any of its forms."""
    quoted = ['"' + form.replace('"', '""') + '"' for form in forms(word)]
    return quoted[0] if len(quoted) == 1 else f"({' OR '.join(quoted)})"


def all_of(found: Iterable[str]) -> str:
    """Return the expression that only a record with all these words matches."""
    return " AND ".join(map(matching, found))
