"""Judges what a customer sees by what helps: useful, useless, wrong or silent. `tests.conversations` says what the words mean."""

import re
import tomllib
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from operator import ge, le
from pathlib import Path
from typing import Any

from tests.conversations.playing import Seen
from worker.assistants.catalogue import Record, as_json

_MEANINGS = Path(__file__).with_name("meanings.toml")
_NEEDS = Path(__file__).with_name("needs.toml")
_ASCII = str.maketrans("٠١٢٣٤٥٦٧٨٩٫أإآىة", "0123456789.ااايه")
_TASHKEEL = re.compile("[\u064b-\u0652\u0640]")
_THOUSANDS = re.compile(r"(?<=\d)[,٬،](?=\d{3})")
_REFERENCE = re.compile(r"\{(\w+)\.(\w+)\}")
_QUESTION = re.compile(
    r"[?؟]|\b(tell|write|send|choose|say|pick|name)\b|قول|اكتب|ابعت|اختار|2oly|2ool|olly|ekteb|ektb|eb3at|ekhtar|2olly|2olli"
)
_WORDS_OF = {
    1: "one|واحد|واحده|حمام|غرفه|wa7ed|hammam|oda",
    2: "two|اتنين|حمامين|غرفتين|اوضتين|etnein|etneen|7amamein|hammamein|2odtein|odtein",
    3: "three|تلاته|تلات|talata|talat",
    4: "four|اربعه|اربع|arba3a|arba3",
}
_AGENT = re.compile(r"[\"«“](agent|موظف|mowazaf|mowazzaf|human)[\"»”]")


class Verdict(StrEnum):
    """What an answer was worth."""

    USEFUL = "useful"
    USELESS = "useless"
    WRONG = "wrong"
    SILENT = "silent"


def judge(turn: dict[str, Any], seen: Seen, language: str) -> tuple[Verdict, str]:
    """Return the verdict, and why it is not "useful"."""
    if seen.error:
        return Verdict.WRONG, seen.error
    for one in _several(turn.get("wrong", [])):
        if not _missing(one, seen) and (
            "shows" not in one or any(obeys(record, one["shows"]) for record in seen.shown)
        ):
            return Verdict.WRONG, f"it should not: {one}"
    wishes = _several(turn["useful"])
    disobeyed = [_disobeyed(one, seen) for one in wishes if "shows" in one]
    missing = [_missing(one, seen) or _disobeyed(one, seen) for one in wishes]
    if all(missing):
        if not seen.words:
            return Verdict.SILENT, "no answer"
        if disobeyed and all(disobeyed):
            return Verdict.WRONG, disobeyed[0]
        return Verdict.USELESS, "; or ".join(missing)
    if _means("not_understood", seen) and not (
        "human" in seen.options and any("offers_person" in one for one in wishes)
    ):
        return Verdict.USELESS, "not understood"
    if seen.words and not _in_language(seen.words, language):
        return Verdict.USELESS, f"not in the customer's language ({language})"
    return Verdict.USEFUL, ""


def may_hand_over(turn: dict[str, Any]) -> bool:
    """Whether calling for a person is among what helps in this turn."""
    return any(one.keys() & {"hands_over", "offers_person", "waits"} for one in _several(turn["useful"]))


def _several(given: Any) -> list[dict[str, Any]]:
    if isinstance(given, str):
        return _needs()[given]
    return given if isinstance(given, list) else [given]


@cache
def _needs() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(_NEEDS.read_text(encoding="utf-8"))


def _missing(expected: dict[str, Any], seen: Seen) -> str:
    """Return the words of an expectation that do not hold. Raises `ValueError` for a word without a meaning."""
    if unknown := expected.keys() - WORDS.keys():
        raise ValueError(f"what is {', '.join(sorted(unknown))}?")
    return ", ".join(
        f"{word}={value}" for word, value in expected.items() if WORDS[word](value, seen) is (value is False)
    )


def _disobeyed(expected: dict[str, Any], seen: Seen) -> str:
    """Return what is wrong with a record that was shown."""
    wish = expected.get("shows")
    if not isinstance(wish, dict):
        return ""
    bad = [record for record in seen.shown if not obeys(record, wish)]
    return f"{bad[0].id} is not {wish}" if bad else ""


def obeys(record: Record, wish: dict[str, Any]) -> bool:
    """Whether a record has the fields of a wish."""
    has = as_json(record)
    return all(_obeys(name, value, has) for name, value in wish.items())


def _obeys(name: str, value: Any, has: dict[str, Any]) -> bool:
    if name == "not":
        return not any(_obeys(field, refused, has) for field, refused in value.items())
    if name in _COMPARED:
        field, holds = _COMPARED[name]
        return holds(has.get(field, 0), value)
    wanted = set(value) if isinstance(value, list) else {value}
    if name == "name":
        return str(value).casefold() in has["name"].casefold()
    return bool(wanted & {has.get(field) for field in _FIELDS.get(name, (name,))}) or (
        name == "paymentMethod" and has.get(name) == "both"
    )


#: The fields of a record that may have the value of a wish.
_FIELDS = {
    "location": ("location", "city", "locality", "compound"),
    "profession": ("profession", "specialty"),
}
#: The field that a bound is about, and how it is compared.
_COMPARED: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "budget": ("price", le),
    "budgetMin": ("price", ge),
    "bedroomsMin": ("bedrooms", ge),
    "bathroomsMin": ("bathrooms", ge),
    "areaMin": ("area", ge),
    "areaMax": ("area", le),
}


def _told(fragments: list[str], seen: Seen, words: str) -> bool:
    return all(_occurs(fragment, seen, words) for fragment in fragments)


def _occurs(fragment: str, seen: Seen, words: str) -> bool:
    for alternative in fragment.split("|"):
        reference = _REFERENCE.fullmatch(alternative)
        resolved = _values(reference[1], reference[2], seen) if reference else [alternative]
        if any(_has(words, plain(one)) for one in resolved if one):
            return True
    return False


def _has(words: str, fragment: str) -> bool:
    if fragment.replace(".", "").isdigit():
        return re.search(rf"(?<![\d.]){re.escape(fragment)}(?!\.?\d)", words) is not None
    return fragment in words


def _values(which: str, name: str, seen: Seen) -> list[str]:
    """Return the ways to write a field of a record that was shown."""
    record = referred(which, seen)
    if record is None:
        return []
    value = as_json(record).get(name)
    if value is None:
        return []
    if not isinstance(value, int | float):
        return [str(value), *_IN_WORDS.get(value, "").split("|"), *seen.names.get(value, [])]
    if name == "floor" and not value:
        return ["ground", "ارضي", "ardy", "ardi"]
    number = f"{value:.0f}"
    if value >= 100_000:
        return [number, f"{value / 1_000_000:g}", f"{value / 1000:g} thousand"]
    return [number, *_WORDS_OF.get(int(value), "").split("|")] if value < 5 else [number]


#: How customers are told of a value, besides the value itself.
_IN_WORDS = {
    "ready": "جاهز|استلام فوري|gahz|gahez|fawry",
    "cash": "كاش|نقد|kash",
    "installments": "instal|تقسيط|اقساط|قسط|ta2seet|ta2sit|taqseet|a2sat",
    "both": "instal|تقسيط|قسط|ta2seet|ta2sit|taqseet|a2sat",
    "fully finished": "finished|متشطب|تشطيب كامل|كامل التشطيب|metshatab|tashteeb|tashtib",
    "semi finished": "semi|نص تشطيب|نصف تشطيب|نص|nos",
    "core and shell": "core|shell|محاره|علي الطوب|طوب احمر|عظم|3azm|toob",
    "furnished": "مفروش|فرش|mafroosh|mafrosh|mafroush|farsh",
}


def referred(which: str, seen: Seen) -> Record | None:
    """Return the record that `one`, `shown` or a number stands for."""
    if which == "one":
        return seen.one
    if which == "shown":
        return seen.shown[0] if seen.shown else None
    at = int(which) - 1
    return seen.listed[at] if at < len(seen.listed) else None


@cache
def meanings() -> dict[str, list[str]]:
    """Return the words of each subject, folded."""
    read = tomllib.loads(_MEANINGS.read_text(encoding="utf-8"))
    return {name: [plain(word) for word in words] for name, words in read.items()}


def _means(names: Any, seen: Seen) -> bool:
    words = plain(seen.words)
    return all(any(word in words for word in meanings()[name]) for name in _names(names))


def _asks(names: Any, seen: Seen) -> bool:
    return _means(names, seen) and _QUESTION.search(plain(seen.words)) is not None


def _names(given: Any) -> list[str]:
    return [given] if isinstance(given, str) else given


def _hands_over(value: Any, seen: Seen) -> bool:
    reason = seen.answer.escalated if seen.answer else None
    if isinstance(value, bool):
        return reason is not None
    return reason is not None and _told(_names(value), seen, plain(reason))


def _waits(_: Any, seen: Seen) -> bool:
    return seen.waits and seen.told_to_wait and not seen.hands_over


def _offers_person(_: Any, seen: Seen) -> bool:
    if seen.hands_over or "human" in seen.options or _waits(_, seen):
        return True
    return _AGENT.search(plain(seen.words)) is not None and _means("not_known", seen)


def _details(which: Any, seen: Seen) -> bool:
    record = referred(str(which), seen)
    return record is not None and [one.id for one in seen.shown] == [record.id]


def _courteous(_: Any, seen: Seen) -> bool:
    answer = seen.answer
    bare = answer is not None and not answer.searched and answer.escalated is None
    return bare and bool(seen.words) and not (_means("not_understood", seen) or _means("not_known", seen))


def _keeps(wish: dict[str, Any], seen: Seen) -> bool:
    return all(seen.known.get(name) == value for name, value in wish.items())


def _searched(_: Any, seen: Seen) -> bool:
    return bool(seen.answer and seen.answer.searched)


def _reminds(_: Any, seen: Seen) -> bool:
    return bool(seen.answer and any(seen.answer.planned.values()))


#: word -> whether it holds of what the customer sees
WORDS: dict[str, Callable[[Any, Seen], bool]] = {
    "shows": lambda _, seen: bool(seen.shown),
    "details": _details,
    "tells": lambda fragments, seen: _told(_names(fragments), seen, plain(seen.words)),
    "means": _means,
    "asks": _asks,
    "hands_over": _hands_over,
    "offers_person": _offers_person,
    "waits": _waits,
    "assists": lambda _, seen: not seen.waits,
    "searches": _searched,
    "keeps": _keeps,
    "forgets": lambda names, seen: not any(name in seen.known for name in _names(names)),
    "courteous": _courteous,
    "reminds": _reminds,
}


def plain(text: str) -> str:
    """Return a text for comparing: ASCII figures without thousands separators, one form of each Arabic letter."""
    return _THOUSANDS.sub("", _TASHKEEL.sub("", text.translate(_ASCII))).casefold()


def _in_language(words: str, language: str) -> bool:
    arabic = sum("\u0600" <= sign <= "\u06ff" and sign.isalpha() for sign in words)
    latin = sum(sign.isascii() and sign.isalpha() for sign in re.sub(r"\S*[@/]\S*", "", words))
    # Names of members and compounds stay as they are written in the records.
    return arabic > latin / 8 if language == "ar" else latin >= arabic
