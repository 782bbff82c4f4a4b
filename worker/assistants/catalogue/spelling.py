"""How text is spelled in the index and in a search: words in normal spelling, each also without prefix or plural.

All searched text goes through this module, so nothing that a customer writes is interpreted as FTS5 syntax.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from worker.assistants.understanding.normal import words

_ENGLISH = """
a about all am an and any anyone anything are around at available be best big by can could dear do does find for
from get give good hello help hey hi i im i'm in interested is it kindly like list located looking
look lookup may me my near nearby need of offers on one ones or our please recommend actually make search searching see show
some somebody someone tell thank thanks that the their them there they to top up us want wanna was we what which
who who's whose with within would you your between over under max maximum min minimum more than less least move
"""
_ARABIC = """
انا عايز عاوز عايزه عاوزه اريد ابحث ابغى محتاج محتاجه ممكن لو سمحت من في علي عن الي مع او و يا عندك عندكم
هل ايه ما هي هو دي ده كل اي بحث دور دورلي وريني اعرض شوف لي ليا حد حاجه
"""
_FRANCO = """
ana 3ayez 3ayz 3awez 3ayza 3awza ayez ayza me7tag mehtag momken law sama7t fi fe fel fl el al b w l le men 3an 3ala ma3 aw ya 3andak
"""
#: Titles before a name.
_TITLES = "dr doctor mr mrs ms miss prof shri smt adv"

#: Ignored in a search, in their normal spelling.
STOPWORDS = frozenset(word for word in words(_ENGLISH + _ARABIC + _FRANCO) if not word.isdigit())
#: Ignored in a person's name.
TITLES = frozenset(words(_TITLES))


#: Words of a search that are used; the limit bounds the cost of a very long text.
_MOST_WORDS = 16

#: Characters of the longest text that is cached, so that customers cannot fill the cache with long texts.
_LONGEST_NAME = 100

#: Characters of one cell of an operator's table that are indexed.
_LONGEST_CELL = 100_000

#: The article, "and", "with", "for" and their combinations, before at least three letters.
_CLITICS = re.compile(r"^(?:[وفبك]?ال|[وف]?لل|[وبل])(?=[\u0621-\u064a]{3,}$)")
_PLURALS = (
    (re.compile(r"^([a-z]{2,})ies$"), r"\1y"),
    (re.compile(r"^([a-z]{2,}(?:s|x|ch|sh))es$"), r"\1"),
    (re.compile(r"^([a-z]{2,}[^s\W\d])s$"), r"\1"),
)


def key(text: str) -> str:
    """Return the key of a name, which is the same for all its spellings."""
    return _key(text) if len(text) <= _LONGEST_NAME else " ".join(words(text))


@lru_cache(maxsize=20_000)
def _key(text: str) -> str:
    return " ".join(words(text))


def forms(word: str) -> tuple[str, ...]:
    """Return a word in normal spelling and, if it is different, its form without prefix or plural."""
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
    """Return the text that the index keeps for some texts."""
    return " ".join(map(_indexed, texts))


@lru_cache(maxsize=20_000)
def _indexed(text: str) -> str:
    """Return it for one text; cached, since places and types repeat."""
    return " ".join(form for word in words(text, most=_LONGEST_CELL) for form in forms(word))


def search_words(text: str) -> tuple[str, ...]:
    """Return the words of a search without stop words, each once."""
    return tuple(dict.fromkeys(word for word in words(text) if word not in STOPWORDS))[:_MOST_WORDS]


def matching(word: str) -> str:
    """Return the FTS5 expression that matches a word in any of its forms."""
    quoted = ['"' + form.replace('"', '""') + '"' for form in forms(word)]
    return quoted[0] if len(quoted) == 1 else f"({' OR '.join(quoted)})"


def all_of(found: Iterable[str]) -> str:
    """Return the FTS5 expression that matches records with all of these words."""
    return " AND ".join(map(matching, found))
