"""Removes phone numbers, web addresses and e-mail addresses: their digits mean nothing for a search. Pure."""

import re

#: Replaces them; it separates clauses like punctuation.
BLANK = " | "
_GAP = r"[ ().\-\u2013/]{0,3}"
_PHONE = re.compile(
    rf"""(?<![\w.,+])(?:
      (?:\+|00)[ ]?[0-9](?:{_GAP}[0-9]){{6,14}}           # international
    | \(?0[0-9](?:{_GAP}[0-9]){{6,11}}                    # national, with its zero
    | (?:20{_GAP}1[0125]|91{_GAP}[6-9][0-9])(?:{_GAP}[0-9]){{8}}   # Egypt and India without the plus
    | 1[0125](?:[ -]?[0-9]){{8}}                          # an Egyptian mobile without its zero
    | [6-9][0-9]{{4}}[ -]?[0-9]{{5}}                      # an Indian mobile
    | [0-9]{{10,}}
    )(?![0-9])""",
    re.VERBOSE,
)
#: Thousands separated by spaces, which would otherwise look like a phone number.
_SPACED = re.compile(r"(?<![\w.,+])[0-9]{1,3}(?:(?: [0-9]{3}){2,}| 000)(?![\w.,]*[0-9])")
_WEB = re.compile(r"(?:https?://|www\.)(?=.)")
_DOMAIN = re.compile(r"\.\w+")
_UNBROKEN = re.compile(r"\S+")


def redacted(plain: str) -> str:
    """Return a text without phone numbers and addresses; the text must be in its normal spelling. Thousands are joined."""
    if "@" in plain or "://" in plain or "www." in plain:
        plain = _UNBROKEN.sub(lambda unbroken: _without_address(unbroken[0]), plain)
    plain = _SPACED.sub(lambda thousands: thousands[0].replace(" ", ""), plain)
    return _PHONE.sub(BLANK, plain)


def _without_address(unbroken: str) -> str:
    """Return a text without blanks, minus its address. One pattern for a whole address would take cubic time."""
    web = _WEB.search(unbroken)
    if web is not None and not web.start():
        return BLANK
    end = _mail_end(unbroken)
    if end:
        return BLANK + _without_address(unbroken[end:])
    return unbroken if web is None else unbroken[: web.start()] + BLANK


def _mail_end(unbroken: str) -> int:
    """Return where an e-mail address ends, 0 if there is none: text, an at sign, text, a dot, a word."""
    at = unbroken.find("@", 1)
    if at < 0:
        return 0
    *_, last = [0, *(domain.end() for domain in _DOMAIN.finditer(unbroken, at + 2))]
    return last
