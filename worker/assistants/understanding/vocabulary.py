"""The vocabulary, read once from the files in `data/`; the files say what their words are for."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from session.errors import SettingsError
from worker.assistants.understanding.joined_words import KnownWords
from worker.assistants.understanding.normal import fold, normal, without_article
from worker.assistants.understanding.phrases import Phrases
from worker.assistants.understanding.tokens import phrase_words

#: Kind of meaning -> its values: {"unit": ("metres",), "times": ("1000000",)}.
Senses = Mapping[str, tuple[str, ...]]
_LANGUAGES = ("en", "ar", "franco", "one", "two", "many")
#: What the words of such a list mean besides: they stand for one, for two, or for several.
_COUNTED = {"one": ("count", "1"), "two": ("count", "2"), "many": ("plural", "many")}
#: Kinds of words that may be written together with a number.
_JOINED = frozenset({"unit", "times", "each"})
#: Kinds of Arabic words that are often written together with the next word.
_BEFORE_OTHERS = frozenset({"type", "through", "purpose", "number", "before", "bound"})
#: Kinds of words that may have an attached article or preposition in Franco-Arabic.
_GLUED = frozenset({"type", "purpose", "paymentMethod", "unit", "number", "times", "name", "part"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """What a number counts."""

    role: str
    factor: float = 1.0  #: of an area: one of it in square metres
    letter: str = ""  #: of a duration: as ISO 8601 writes it


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """All phrases except names, the units, and the known single words."""

    phrases: Phrases[dict[str, tuple[str, ...]]]
    units: Mapping[str, Unit]
    known: KnownWords
    franco: frozenset[str]  #: words that only Franco-Arabic has


#: The operator's directory of word files; each replaces the built-in file of the same name.
_own: list[Path] = []


def use_words_from(directory: Path) -> None:
    """Read the word files of a directory instead of the built-in ones of the same names.

    To be called before the first message is understood. Raises `SettingsError` that names the file and the problem.
    """
    if not directory.is_dir():
        raise SettingsError(f"WORDS_DIR={directory}: this directory does not exist")
    ours = {entry.name for entry in files("worker.assistants.understanding").joinpath("data").iterdir()}
    for file in sorted(directory.glob("*.toml")):
        if file.name not in ours:
            raise SettingsError(
                f"WORDS_DIR: {file.name} is not a word file; these can be replaced: {', '.join(sorted(ours))}"
            )
        try:
            tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"WORDS_DIR: {file.name} cannot be read: {error}") from error
    _own[:] = [directory]


def read(name: str) -> dict[str, Any]:
    """Return the content of a word file: the operator's if there is one, otherwise the built-in one."""
    for directory in _own:
        if (directory / name).is_file():
            return tomllib.loads((directory / name).read_text(encoding="utf-8"))
    return tomllib.loads(
        files("worker.assistants.understanding").joinpath("data", name).read_text(encoding="utf-8")
    )


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary."""
    phrases: Phrases[dict[str, tuple[str, ...]]] = Phrases()
    words, glued, joined, franco = set[str](), set[str](), set[str](), set[str]()
    together = set[str]()
    english = set(read("language.toml")["words"]["english"].split())
    for kind, value, language, phrase in _entries():
        parts = put_senses(phrases, phrase, language, _meanings(kind, value, language))
        words |= {*parts, *map(without_article, parts)}
        if language == "en":
            english |= set(parts)
        elif language == "franco":
            franco |= {part for part in parts if part.isalnum()}
        if language != "en" and kind in _GLUED and parts[0].isascii():
            glued |= {fold(part) for part in parts}
        if (kind in _BEFORE_OTHERS or value in _BEFORE_OTHERS) and len(parts) == 1 and language == "ar":
            together |= {parts[0]}
        if kind in _JOINED and len(parts) == 1:
            joined.add(parts[0])
    for _, _, language, phrase in time_phrases():
        parts = phrase_words(normal(phrase))
        words |= {*parts, *map(without_article, parts)}
        glued |= {fold(part) for part in parts if language == "franco"}
    for name in ("cities.toml", "professions.toml"):
        english |= {word for key in read(name) for word in key.lower().split()}
    units = {
        name: Unit(role=unit["role"], factor=unit.get("factor", 1.0), letter=unit.get("letter", ""))
        for name, unit in read("units.toml").items()
    }
    known = KnownWords(
        words=frozenset(words),
        english=frozenset(english),
        glued=frozenset(glued),
        units=frozenset(joined),
        joined=frozenset(together),
    )
    return Vocabulary(phrases=phrases, units=units, known=known, franco=frozenset(franco - english))


def put_senses(
    phrases: Phrases[dict[str, tuple[str, ...]]],
    phrase: str,
    language: str,
    meanings: Iterable[tuple[str, str]],
) -> list[str]:
    """Give a phrase these meanings, of a kind each, besides those that it has, and return its words."""
    senses = phrases.get(phrase)
    if senses is None:
        senses = {}
    parts = phrases.put(phrase, senses, also_loose=language != "en")
    for kind, meaning in meanings:
        if meaning not in senses.get(kind, ()):
            senses[kind] = (*senses.get(kind, ()), meaning)
    return parts


def _meanings(kind: str, value: str, language: str) -> list[tuple[str, str]]:
    return [(kind, value), *([_COUNTED[language]] if language in _COUNTED else [])]


def _entries() -> Iterator[tuple[str, str, str, str]]:
    """Yield kind, value, language and phrase of every entry in the files."""
    for kind, name in (("unit", "units.toml"), ("type", "types.toml")):
        for value, table in read(name).items():
            yield from _phrases(kind, value, table)
            if "currency" in table:
                yield from _phrases("foreign", table["currency"], table)
    for name in ("numbers.toml", "choices.toml", "cues.toml", "slots.toml", "talk.toml"):
        for kind, values in read(name).items():
            for value, table in values.items():
                yield from _phrases(kind, value, table)


def time_phrases() -> Iterator[tuple[str, str, str, str]]:
    """Yield kind, value, language and phrase of the words of times, which have a grammar of their own."""
    for kind, values in read("times.toml").items():
        for value, table in values.items():
            yield from _phrases(kind, value, table)
    for value, table in read("choices.toml").get("month", {}).items():
        yield from _phrases("month", value, table)


def _phrases(kind: str, value: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for language in _LANGUAGES:
        for phrase in table.get(language, ()):
            yield kind, value, language, phrase
            if phrase.startswith("mesh "):
                yield kind, value, language, phrase.replace("mesh ", "msh ", 1)
            if "n't" in phrase:
                yield kind, value, language, phrase.replace("n't", "nt")  # as many type it
