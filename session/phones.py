"""Reads phone numbers that a person typed or an operator's file holds. Pure.

What a provider sends is read by `customers` and never guessed at.
"""

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

#: What may stand between digits; a number with letters in it is none.
_BETWEEN = re.compile(r"[\s().\-\u2010-\u2015\u2212/_~·]+")
_LONGEST = 60  #: characters; nobody writes a number with more
_SHORTEST = 4  #: digits


class BadNumber(ValueError):
    """Raised for what is no phone number, or one whose country nobody knows; its text says which."""


def is_country(code: str) -> bool:
    """Whether this is a country by its two capital letters (ISO 3166-1) that has phone numbers: "IN", "EG"."""
    return code in phonenumbers.SUPPORTED_REGIONS


def digits_of(text: str) -> str:
    """Return a number as it was typed, without decoration: digits 0 to 9, and a "+" in front if its country is told.

    "" if it holds anything that no number does. "00" in front is a "+".
    """
    plain = unicodedata.normalize("NFKC", text[:_LONGEST]) if len(text) <= _LONGEST else ""
    plain = "".join(_digit(letter) for letter in plain if unicodedata.category(letter) != "Cf").strip()
    plain = plain.removeprefix("tel:")
    plain = re.sub(r"^([0-9+]+)\.0$", r"\1", plain)  # a number that a spreadsheet took for a figure
    # "+91 (0) 98408…": the zero is for callers from inside the country.
    plain = re.sub(r"^([(\s]*(?:\+|00)[^(]+)\(0\)", r"\1", plain)
    plain = re.sub(r"^00", "+", _BETWEEN.sub("", plain))
    return plain if re.fullmatch(r"\+?[0-9]+", plain) else ""


def e164(text: str, country: str) -> str:
    """Return a phone number as "+", country and number: "+201001234567".

    `country` is that of a number that does not name its own, "" if nobody has said. Raises `BadNumber`.
    """
    plain = digits_of(text)
    told = plain.startswith("+")
    if len(plain) < _SHORTEST:
        raise BadNumber(f"{text!r} is no phone number")
    if not told and not country:
        raise BadNumber(
            f"{text!r} names no country: write it with + and the country's code, or set DEFAULT_COUNTRY"
        )
    try:
        number = phonenumbers.parse(plain, None if told else country)
    except NumberParseException:
        raise BadNumber(f"{text!r} is no phone number") from None
    # The lengths are known for certain; new ranges come faster than the tables that list them.
    right = phonenumbers.is_possible_number(number) if told else phonenumbers.is_valid_number(number)
    if not right:
        what = (
            "no phone number"
            if told
            else f"no phone number of {country}; with + and its country's code any is"
        )
        raise BadNumber(f"{text!r} is {what}")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _digit(letter: str) -> str:
    value = unicodedata.decimal(letter, None)
    return letter if value is None else str(value)
