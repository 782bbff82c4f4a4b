"""Writes Franco-Arabic in Arabic letters, as models of embeddings know it: "fih 7amam seba7a" is "فيه حمم سبحة". Pure.

Short vowels are left out, as Arabic leaves them out; long ones that are written once are lost with them.
"""

import re
from typing import Final

from worker.assistants.understanding.normal import normal

_WORD: Final = re.compile(r"[a-z0-9']+")
#: Words that Arabic writes together with the next one.
_JOINED: Final = {
    "el": "ال",
    "al": "ال",
    "il": "ال",
    "w": "و",
    "we": "و",
    "wel": "وال",
    "bel": "بال",
    "lel": "لل",
}
#: Short words of which the letters alone say too little.
_WORDS: Final = {
    "ana": "انا", "3ayez": "عايز", "3ayz": "عايز", "3ayza": "عايزة", "3awez": "عاوز", "fe": "في", "fi": "في", "fel": "في ال",
    "men": "من", "3al": "على ال", "3ala": "على", "ma3": "مع", "fih": "فيه", "feeh": "فيه", "fiha": "فيها", "mesh": "مش",
}  # fmt: skip
_PAIRS: Final = {
    "3'": "غ", "7'": "خ", "5'": "خ", "sh": "ش", "ch": "ش", "kh": "خ", "gh": "غ", "th": "ث",
    "aa": "ا", "ee": "ي", "oo": "و", "ou": "و", "ei": "ي", "ai": "ي",
}  # fmt: skip
_LETTERS: Final = dict(
    zip("bcdfghjklmnpqrstvwyz23456789", "بكدفجهجكلمنبقرستفويزقعذخطحغص", strict=True), x="كس"
)
_VOWELS: Final = "aeiou"
_LAST: Final = dict(zip(_VOWELS, "ةهيوو", strict=True))
_SOUNDS: Final = re.compile("|".join(map(re.escape, _PAIRS)) + r"|([a-z0-9])\1|.")
#: Letters of a word that begins with the article: "elbet".
_WITH_ARTICLE: Final = 5


def in_arabic_letters(text: str) -> str:
    """Return a text in Franco-Arabic in Arabic letters; its other characters are left out."""
    found = ""
    for word in _WORD.findall(normal(text)):
        joined = _JOINED.get(word)
        found += joined or f"{_WORDS.get(word) or _spelled(word)} "
    return found.replace("ال ", "ال").strip()


def _spelled(word: str) -> str:
    if word.startswith("el") and len(word) >= _WITH_ARTICLE:
        return f"ال{_spelled(word[2:])}"
    return "".join(_letter(sound, word) for sound in _SOUNDS.finditer(word))


def _letter(sound: re.Match[str], word: str) -> str:
    said = sound[0]
    if said in _PAIRS:
        return _PAIRS[said]
    if said[0] not in _VOWELS:
        return "ا" if said == "2" and sound.start() == 0 else _LETTERS.get(said[0], "")
    if sound.start() == 0:
        return "ا"
    return _LAST[said[0]] if sound.end() == len(word) else ""
