"""Blanks out what has digits but no meaning for a search: phone numbers, addresses of the web and of mail. Pure."""

import re

#: What stands in their place; a boundary between clauses.
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
#: Thousands with spaces between them, which would else look like a phone number.
_SPACED = re.compile(r"(?<![\w.,+])[0-9]{1,3}(?:(?: [0-9]{3}){2,}| 000)(?![\w.,]*[0-9])")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\w+")


def masked(plain: str) -> str:
    """Return a text in its normal spelling without phone numbers and addresses; thousands are joined."""
    if "@" in plain or "://" in plain or "www." in plain:
        plain = _ADDRESS.sub(BLANK, plain)
    plain = _SPACED.sub(lambda thousands: thousands[0].replace(" ", ""), plain)
    return _PHONE.sub(BLANK, plain)
