"""Parses phone numbers that a person typed or a file contains. Pure.

Identifiers from providers are parsed by `customers`, without guessing.
"""

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

#: What may stand between digits; a text with letters is not a number.
_BETWEEN = re.compile(r"[\s().\-\u2010-\u2015\u2212/_~·]+")
_LONGEST = 60  #: characters; no real number is longer
_SHORTEST = 4  #: digits


class BadNumber(ValueError):
    """Raised for a text that is not a phone number, or has no known country; the message says which."""


def is_country(code: str) -> bool:
    """Whether this is a country code of two capital letters (ISO 3166-1) with phone numbers: "IN", "EG"."""
    return code in phonenumbers.SUPPORTED_REGIONS


def digits_of(text: str) -> str:
    """Return a typed number without decoration: digits 0 to 9, with a "+" in front if it has a country code.

    Returns "" if it contains anything else. "00" in front counts as "+".
    """
    plain = unicodedata.normalize("NFKC", text[:_LONGEST]) if len(text) <= _LONGEST else ""
    plain = "".join(_digit(letter) for letter in plain if unicodedata.category(letter) != "Cf").strip()
    plain = plain.removeprefix("tel:")
    plain = re.sub(r"^([0-9+]+)\.0$", r"\1", plain)  # a number that a spreadsheet converted to a float
    # "+91 (0) 98408…": the zero is for calls within the country.
    plain = re.sub(r"^([(\s]*(?:\+|00)[^(]+)\(0\)", r"\1", plain)
    plain = re.sub(r"^00", "+", _BETWEEN.sub("", plain))
    return plain if re.fullmatch(r"\+?[0-9]+", plain) else ""


def e164(text: str, country: str) -> str:
    """Return a phone number as "+", country code and number: "+201001234567".

    `country` applies to a number without a country code; "" if there is no default. Raises `BadNumber`.
    """
    plain = digits_of(text)
    told = plain.startswith("+")
    if len(plain) < _SHORTEST:
        raise BadNumber(f"{text!r} is not a phone number")
    if not told and not country:
        raise BadNumber(
            f"{text!r} has no country code: write it with + and the country code, or set DEFAULT_COUNTRY"
        )
    try:
        number = phonenumbers.parse(plain, None if told else country)
    except NumberParseException:
        raise BadNumber(f"{text!r} is not a phone number") from None
    # Lengths are reliable; new ranges appear faster than the tables that list them.
    right = phonenumbers.is_possible_number(number) if told else phonenumbers.is_valid_number(number)
    if not right:
        what = (
            "not a phone number"
            if told
            else f"not a phone number of {country}; numbers of other countries need + and their country code"
        )
        raise BadNumber(f"{text!r} is {what}")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _digit(letter: str) -> str:
    value = unicodedata.decimal(letter, None)
    return letter if value is None else str(value)
