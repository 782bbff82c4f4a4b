"""Exchange rates that the operator sets: what one unit of another currency is in Egyptian pounds. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Self

_CODE = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Rates by currency."""

    pounds: Mapping[str, float] = field(default_factory=dict)  #: ISO 4217 -> pounds for one unit

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the rates of a text like "USD=48.5, EUR=52". Raises `ValueError` that says what is wrong."""
        pounds: dict[str, float] = {}
        for pair in filter(None, (part.strip() for part in text.split(","))):
            code, _, rate = (part.strip() for part in pair.partition("="))
            if not _CODE.fullmatch(code) or code in pounds:
                raise ValueError(f"{pair!r}: a rate is CODE=POUNDS, each currency once, for example USD=48.5")
            try:
                pounds[code] = float(rate)
            except ValueError:
                raise ValueError(f"{pair!r}: {rate!r} is not a number") from None
            if not isfinite(pounds[code]) or pounds[code] <= 0:
                raise ValueError(f"{pair!r}: a rate is greater than zero")
        return cls(pounds=pounds)

    def of_one(self, currency: str) -> float | None:
        """Return the pounds for one unit of a currency, None if its rate is not known."""
        return self.pounds.get(currency)


#: No rate is known.
NO_RATES = Rates()
