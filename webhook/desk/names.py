"""What an agent may be called. Pure."""

import unicodedata

_LONGEST = 40
#: What the house itself calls whoever answers from the business' own phone.
_TAKEN = frozenset({"phone"})


def tidy(name: str) -> str:
    """Return a name without needless blanks, composed the usual way; "" if nobody may be called so."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    odd = any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn") for letter in name)
    return "" if odd or len(name) > _LONGEST or name.casefold() in _TAKEN else name
