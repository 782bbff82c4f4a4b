"""Brings phone numbers into the one form that customers have: "+", country, number. Pure."""

import re

from worker.understanding.normal import normal

_DECORATION = re.compile(r"[\s().\-/_]+")
#: What is written in India and Egypt without a country, and with one but no plus; the first that fits is taken.
_FORMS = (
    (re.compile(r"(?:\+|00)([1-9]\d{6,14})"), "+{}"),
    (re.compile(r"(91[6-9]\d{9}|201[0125]\d{8})"), "+{}"),
    (re.compile(r"0(1[0125]\d{8})"), "+20{}"),
    (re.compile(r"0?([6-9]\d{9})"), "+91{}"),
    (re.compile(r"0([1-9]\d{9})"), "+91{}"),  # a landline with its area
)


def e164(text: str) -> str | None:
    """Return a phone number as "+" and digits, or None if this is no number or its country is not told.

    Without a country, mobile numbers of Egypt (01…) and all numbers of India are known.
    """
    plain = _DECORATION.sub("", re.sub(r"\.0$", "", normal(text).strip()))
    # "+91 (0) 98408…": the zero is for callers from inside the country.
    plain = re.sub(r"^(\+|00)(91|20)0(?=\d{9,10}$)", r"\1\2", plain)
    for form, written in _FORMS:
        if fits := form.fullmatch(plain):
            return written.format(fits[1])
    return None
