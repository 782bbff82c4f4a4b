"""What the text of a record says besides its type, its place and its price: what a wish in other words may mean. Pure.

"4-bedroom apartment in Madinaty, with a large balcony" is described by "a place with a large balcony": the rest is a matter of
filters, and would make all records alike. Records share such descriptions, so that each needs one vector.
"""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from typing import Any, Final

from worker.assistants.catalogue.schema import RecordKind
from worker.assistants.catalogue.spelling import forms
from worker.assistants.understanding.normal import words

_PARTS: Final = re.compile(r"[,،;؛|()\n]|\s[-–—]\s|\.\s")
_ARABIC: Final = re.compile(r"[\u0600-\u06ff]")
#: Words of one description, descriptions of one record, and words of the longest name.
_MOST_WORDS, _MOST, _LONGEST_NAME = 24, 12, 5
#: What comes before a name: "for rent in Maadi", "غرفتين في المعادي".
_BEFORE_NAMES: Final = "a an and at by for from in of on the to with في ب من و غرفتين نومين واحدة قطعة"

Name = tuple[str, ...]


class RecordDescriptions:
    """Describes records of one kind."""

    def __init__(self, kind: RecordKind) -> None:
        self._kind = kind
        self._naming = [column.name for column in kind.columns if column.named or column.names_for]
        said = [text for texts in kind.synonyms_of_values.values() for text in texts.values()]
        counted = [column.indexed_as for column in kind.columns if column.indexed_as != "{}"]
        names = [name for text in said for name in text.split(",")]
        self._always = {_name(name) for name in [*names, *" ".join(counted).split()]} - {()}

    def of(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the descriptions in the fields of a record, each once."""
        names = {_name(one) for field in self._naming for one in str(row[field] or "").split("|")}
        names.discard(())
        found = [
            self._framed(told.format(said))
            for field, told in self._kind.meant.items()
            for part in _PARTS.split(str(row[field] or ""))
            if (said := part.strip() if field in self._naming else self._besides(part.split(), names))
        ]
        return tuple(dict.fromkeys(found))[:_MOST]

    def _besides(self, said: list[str], names: AbstractSet[Name]) -> str:
        """Return a part of a title without what it begins with that has a field, and a place at its end; "" if nothing is left."""
        plain, first, last = [_name(word) for word in said], 0, len(said)
        while length := _named_first(plain[first:last], self._always | names):
            first += length
        while length := _named_last(plain[first:last], names):
            last -= length
        return " ".join(said[first:last][:_MOST_WORDS]) if any(map(_tells, plain[first:last])) else ""

    def _framed(self, said: str) -> str:
        """Return it as a wish would be said: "with parking" alone tells a model less than "a place with parking"."""
        return self._kind.frames["ar" if _ARABIC.search(said) else "en"].format(said)


def _named_first(plain: list[Name], known: AbstractSet[Name]) -> int:
    """Return how many words at the beginning are a name, with what comes before it; 0 if none are."""
    before = next((at for at, word in enumerate(plain) if _tells(word)), len(plain))
    lengths = range(min(len(plain) - before, _LONGEST_NAME), 0, -1)
    return next((before + some for some in lengths if sum(plain[before : before + some], ()) in known), 0)


def _named_last(plain: list[Name], known: AbstractSet[Name]) -> int:
    lengths = range(min(len(plain), _LONGEST_NAME), 0, -1)
    return next((some for some in lengths if sum(plain[-some:], ()) in known), 0)


def _tells(word: Name) -> bool:
    return not _before_names().issuperset(word)


@cache
def _before_names() -> frozenset[str]:
    return frozenset(_name(_BEFORE_NAMES))


@lru_cache(maxsize=20_000)
def _name(text: str) -> Name:
    """Return the words of a name without numbers, each in its bare form."""
    return tuple(forms(word)[-1] for word in words(text) if not word.isdigit())
