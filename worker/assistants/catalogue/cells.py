"""Reads the cells of an operator's table. Each function takes a text and returns a value, or raises `BadCell`."""

import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from session.phones import BadNumber, e164
from worker.assistants.catalogue.errors import BadCell
from worker.assistants.catalogue.spelling import key
from worker.assistants.understanding.normal import normal

Value = str | int | float
Read = Callable[[str], Value]

_FIGURE = re.compile(r"(\d[\d.,]*)\s*(.*)", re.DOTALL)
_SCALES = {
    "": 1,
    **dict.fromkeys(("k", "thousand", "الف", "alf"), 1_000),
    **dict.fromkeys(("m", "mn", "mil", "million", "millions", "مليون", "melyon"), 1_000_000),
}
#: How prices in Egyptian pounds are marked.
_POUND_WORDS = "egyptian pounds, egyptian pound, pounds, pound, egp, l e, جنيه مصري, جنيها, جنيه, ج م"
#: Not inside a word: "EGP3m", "3m EGP", "3 مليون جنيه".
_POUNDS = re.compile(
    r"(?<![^\W\d])(?:"
    + "|".join(key(word).replace(" ", r"[\s.]*") for word in _POUND_WORDS.split(","))
    + r")\.?(?![^\W\d])"
)
_MONTHLY = re.compile(r"(?<!\s)(?:\s*+(?:/|per|a))?\s*+(?:monthly|month|mo|شهريا|في الشهر)\.?\s*+$")
_FOOT = 0.09290304
_METRES = set(
    "|m|m2|m 2|sqm|sq m|sq.m|sq. m|meter|meters|metres|square meters|متر|م|م2|م 2|متر مربع".split("|")
)
_FEET = set("ft|ft2|sqft|sq ft|sq. ft|sq.ft|square feet|قدم|قدم مربع".split("|"))
_LEAST_PRICE, _MOST_PRICE = 100, 10**12
_GROUND = frozenset({"ground", "ground floor", "g", "gf", "ارضي", "الارضي", "الدور الارضي", "ardy"})
_FLOOR_WORDS = frozenset(
    {"", "st", "nd", "rd", "th", "floor", "st floor", "nd floor", "rd floor", "th floor"}
)
_HIGHEST = 99
_PERCENT = re.compile(r"(\d{1,2}(?:\.\d+)?)\s*%")
_COORDINATES = re.compile(r"(-?\d{1,2}(?:\.\d+)?)\s*[,;]\s*(-?\d{1,3}(?:\.\d+)?)")

#: The pictures that WhatsApp takes.
_PICTURES = frozenset({".jpg", ".jpeg", ".png"})


def text(cell: str) -> str:
    """Return a text without superfluous whitespace."""
    plain = " ".join(cell.split())
    if not plain.isascii() and any("\ud800" <= letter <= "\udfff" for letter in plain):
        raise BadCell(f"{cell!r} is not valid text")
    return plain


def number(cell: str) -> tuple[float, str]:
    """Return the number that a text begins with, and the rest of the text in its normal spelling."""
    plain = normal(cell).replace("٬", ",").replace("٫", ".").strip()
    found = _FIGURE.fullmatch(plain)
    if not found:
        raise BadCell(f"{cell!r} is not a number")
    figure = found[1].rstrip(".,")
    # The last separator is the decimal one, unless it repeats or is a comma before three digits.
    if figure.count(".") > 1 or ("." in figure and figure.rfind(",") > figure.rfind(".")):
        figure = figure.replace(".", "")
    if "." in figure or figure.count(",") > 1 or re.search(r",\d{3}$", figure):
        figure = figure.replace(",", "")
    try:
        return float(figure.replace(",", ".")), found[2].strip()
    except ValueError:
        raise BadCell(f"{cell!r} is not a number") from None


def price(cell: str) -> int:
    """Return a price in whole EGP: "3,000,000", "EGP 2.5M", "25 ألف جنيه"."""
    try:
        amount, unit = number(_POUNDS.sub(" ", _MONTHLY.sub("", normal(cell))).strip())
    except BadCell:
        amount, unit = 0, "?"
    if unit.strip(" .") not in _SCALES:
        raise BadCell(f"{cell!r} is not a price in EGP")
    pounds = round(amount * _SCALES[unit.strip(" .")])
    if not _LEAST_PRICE <= pounds <= _MOST_PRICE:
        raise BadCell(f"{cell!r} is not a plausible price in EGP")
    return pounds


def currency(cell: str) -> str:
    """Return "EGP"; prices in another currency are not accepted."""
    if _POUNDS.fullmatch(normal(cell).strip()):
        return "EGP"
    raise BadCell(f"{cell!r}: only prices in EGP are accepted")


def count(cell: str) -> int:
    """Return a number of rooms: "3", "3 BR", "3.0"; a studio has 0."""
    if key(cell) in {"studio", "استوديو", "none"}:
        return 0
    figure, _ = number(cell)
    if not figure.is_integer() or figure > 99:  # noqa: PLR2004
        raise BadCell(f"{cell!r} is not a number of rooms")
    return int(figure)


def floor(cell: str) -> int:
    """Return the number of a floor: "3", "3rd floor", "الدور ٣"; the ground floor is 0."""
    if key(cell) in _GROUND:
        return 0
    plain = key(cell)
    for word in ("floor", "level", "الدور", "الطابق", "دور"):
        plain = plain.removeprefix(word).strip()
    figure, unit = number(plain)
    if not figure.is_integer() or figure > _HIGHEST or unit not in _FLOOR_WORDS:
        raise BadCell(f"{cell!r} is not the number of a floor")
    return int(figure)


def deposit(cell: str) -> str:
    """Return a down payment: "10%", or whole EGP as digits."""
    share = _PERCENT.fullmatch(normal(cell).replace("٪", "%").strip())
    return f"{float(share[1]):g}%" if share else str(price(cell))


def coordinates(cell: str) -> str:
    """Return latitude and longitude in degrees: "30.0131,31.4289"."""
    found = _COORDINATES.fullmatch(normal(cell).strip())
    if not found or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:  # noqa: PLR2004 - degrees
        raise BadCell(f"{cell!r} is not a latitude and a longitude")
    return f"{found[1]},{found[2]}"


def area(cell: str) -> float:
    """Return square metres; square feet are converted."""
    figure, unit = number(cell)
    if unit.strip(" .") in _FEET:
        figure = round(figure * _FOOT)
    elif unit.strip(" .") not in _METRES:
        raise BadCell(f"{cell!r} is not an area in m² or ft²")
    if not 1 <= figure <= 10**7:
        raise BadCell(f"{cell!r} is not a plausible area")
    return figure


def phone(cell: str, country: str) -> str:
    """Return a phone number in E.164; numbers without country code are taken as those of `country` ("": refused)."""
    try:
        return e164(cell, country)
    except BadNumber as error:
        raise BadCell(str(error)) from None


def email(cell: str) -> str:
    """Return an e-mail address."""
    found = text(cell)
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", found):
        raise BadCell(f"{cell!r} is not an e-mail address")
    return found


def url(cell: str) -> str:
    """Return a web address."""
    found = text(cell)
    if not re.fullmatch(r"https?://\S+", found):
        raise BadCell(f"{cell!r} is not a web address")
    return found


def image(cell: str) -> str:
    """Return a web address, or the path of a picture beside the table."""
    found = text(cell)
    if found.startswith(("http://", "https://")):
        return url(found)
    place = PurePosixPath(found.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts or place.suffix.lower() not in _PICTURES:
        raise BadCell(f"{cell!r} is neither a web address nor a .jpg or .png beside the table")
    return str(place)


def spellings(choices: dict[str, str]) -> dict[str, str]:
    """Return the key of every spelling with the name that it stands for."""
    return {key(word): name for name, said in choices.items() for word in said.split(",")}


def choice(spellings: Mapping[str, str], *, closed: bool) -> Read:
    """Return a function that reads a column with few values; if `closed`, other values are refused."""

    def read(cell: str) -> str:
        said = key(cell)
        if closed and said not in spellings:
            raise BadCell(f"{cell!r} is not one of {', '.join(dict.fromkeys(spellings.values()))}")
        return spellings.get(said, said)

    return read
