"""The names of one person: phone numbers in their spellings, and ids that a network gives. Pure.

A body may show several names of its customer. The first is the **primary name**, by which the conversation is found: the
phone number in its canonical spelling, else the business-scoped id. The others lead to it by aliases, see
`session/store/identities.py`.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from session.conversations import whatsapp_customer


class Spelling(NamedTuple):
    """A second spelling that providers use for the mobile numbers of a country."""

    country: str  #: its calling code
    other: re.Pattern[str]  #: a number in this spelling
    canonical: str  #: how the same number is written in the canonical one


#: The numbers without the changed digit are not given to anybody else, so both spellings are one line:
#:
#: * Brazil: mobile numbers have nine digits and begin with 9 since 2012 to 2016, region after region (Anatel, resolution 553
#:   of 2010). WhatsApp keeps the ids of accounts that are older; echoes and other providers write the 9. Numbers that begin
#:   with 7 are left alone: trunked radio kept eight digits.
#: * Mexico: the 1 between country code and number is not dialled any more since 3 August 2019 (IFT, numbering plan).
#:   WhatsApp keeps it in ids.
#: * Argentina: mobile numbers have a 9 behind the country code when called from abroad (ENACOM, numbering plan; WhatsApp's
#:   help on international numbers). Some providers leave it out.
SPELLINGS = (
    Spelling("55", re.compile(r"\+55([1-9][1-9])([689][0-9]{7})"), r"+55\g<1>9\g<2>"),
    Spelling("52", re.compile(r"\+521([1-9][0-9]{9})"), r"+52\g<1>"),
    Spelling("54", re.compile(r"\+54([1-3][0-9]{9})"), r"+549\g<1>"),
)
_BY_COUNTRY = {spelling.country: spelling for spelling in SPELLINGS}
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
#: Customers whose names are remembered: an item of a body is asked several times, and spellings are in large tables.
_REMEMBERED = 4096


def canonical(customer: str) -> str:
    """Return a customer's name in its canonical spelling; anything but a mobile number of some countries is returned as it is."""
    spelling = _BY_COUNTRY.get(customer[1:3]) if customer.startswith("+") else None
    return (
        _canonical(customer, spelling.country)
        if spelling and spelling.other.fullmatch(customer)
        else customer
    )


@lru_cache(_REMEMBERED)
def _canonical(number: str, country: str) -> str:
    spelling = _BY_COUNTRY[country]
    written = spelling.other.sub(spelling.canonical, number)
    try:
        found = phonenumbers.parse(written)
    except NumberParseException:
        return number
    # The longer spelling of a number that exists as it stands would be somebody else's.
    is_mobile = phonenumbers.is_valid_number(found) and phonenumbers.number_type(found) in _MOBILE
    return written if is_mobile else number


def is_phone(customer: str) -> bool:
    """Whether a customer's name is a phone number, which may be given to another person some day."""
    return customer.startswith("+")


class Names(NamedTuple):
    """The names of one customer, as a body shows them."""

    customer: str  #: the primary name
    also: tuple[str, ...] = ()  #: the others, also a phone number in another spelling
    #: as it came: the phone number, or else the id, to which the provider sends
    reached_at: str = ""


def names_in(words: Iterable[str | None]) -> Names | None:
    """Return the names among the words of a body, in their order; None if there is none."""
    return _names_in(tuple(words))


@lru_cache(_REMEMBERED)
def _names_in(words: tuple[str | None, ...]) -> Names | None:
    shown = [name for name in map(whatsapp_customer, words) if name]
    if not shown:
        return None
    # Phone numbers come first, each before another spelling of it.
    shown.sort(key=is_phone, reverse=True)
    names = dict.fromkeys(spelling for name in shown for spelling in (canonical(name), name))
    customer, *also = names
    return Names(customer, tuple(also), shown[0])


def without(names: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    """Return names that are not among the others, each once."""
    return tuple(dict.fromkeys(name for name in names if name not in {*others}))
