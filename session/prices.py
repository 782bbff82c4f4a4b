"""What a provider says about the price of a delivery, and what it costs by a rate card. Pure.

The price itself is in no API; a status names the class of it, for which a rate card is published. The members are those of
`pricing` in Meta's reference of status webhooks.
"""

import re
from dataclasses import dataclass
from typing import Self

from session.records import Record

#: Classes are words of the provider; anything else would be a label of the metrics with many values.
_WORD = re.compile(r"[A-Za-z0-9_]{1,32}")
_UNKNOWN = "other"
_APART = ";"
_MICROS = 1_000_000
_COST = re.compile(r"([0-9]{1,15}) ([A-Z]{3})")

#: As people write a cost, with six decimals at most.
_AMOUNT = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,6}))? ?([A-Z]{3})")


class Cost(Record):
    """An amount of money."""

    micros: int  #: millionths of the currency
    currency: str  #: ISO 4217

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return what `str` has written; None if it is something else."""
        found = _COST.fullmatch(text)
        return cls(micros=int(found[1]), currency=found[2]) if found else None

    @classmethod
    def of(cls, text: str) -> Self:
        """Return what people write: "20 USD", "12.50 EUR". Raises `ValueError`."""
        found = _AMOUNT.fullmatch(text.strip())
        if found is None:
            raise ValueError(
                f"must be an amount and its currency, for example 12.50 USD; it is {text[:40]!r}"
            )
        return cls(micros=int(found[1]) * _MICROS + int((found[2] or "").ljust(6, "0")), currency=found[3])

    @property
    def amount(self) -> str:
        """The amount with at least two decimals: "0.0036", "12.50"."""
        whole, part = divmod(self.micros, _MICROS)
        return f"{whole:,}.{f'{part:06}'.rstrip('0').ljust(2, '0')}"

    def __str__(self) -> str:
        """Return it in one line: "3600 USD"."""
        return f"{self.micros} {self.currency}"


class Price(Record):
    """The class of the price of one delivery."""

    category: str = _UNKNOWN  #: "service", "utility", "marketing", "authentication", ...
    billable: bool = False
    model: str = _UNKNOWN  #: "PMP": per message; "CBP", earlier: per conversation
    type: str = _UNKNOWN  #: "regular", "free_customer_service", "free_entry_point"

    @classmethod
    def of(cls, *, category: str, billable: bool, model: str, type: str) -> Self:  # noqa: A002  (the provider's word)
        """Return it with every word that is none replaced by "other"."""
        return cls(category=_word(category), billable=billable, model=_word(model), type=_word(type))

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return what `str` has written; None if it is something else."""
        match text.split(" "):
            case [category, "billable" | "free" as billable, model, type_]:
                return cls.of(category=category, billable=billable == "billable", model=model, type=type_)
        return None

    def __str__(self) -> str:
        """Return it in one line: "service billable PMP regular"."""
        return f"{self.category} {'billable' if self.billable else 'free'} {self.model} {self.type}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """All that is known of the price of one delivery, as `prices:<conversation>` keeps it until it has arrived."""

    price: Price
    cost: Cost | None = None  #: by the rate card; None if that does not say it, or it is free
    country: str = ""  #: of the customer, ISO 3166-1
    sender: str = ""  #: "<channel>:<name>"
    assistant: str = ""  #: that answers at the sender: "package.module:name"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return what `str` has written, also in an earlier release; None if it is something else."""
        class_, cost, *words = text.split(_APART)[:5] + [""] * 4
        if (price := Price.read(class_)) is None:
            return None
        country, sender, assistant, *_ = words
        return cls(price=price, cost=Cost.read(cost), country=country, sender=sender, assistant=assistant)

    def __str__(self) -> str:
        """Return it in one line: "service billable PMP regular;3600 USD;EG;meta:106540352242922;mybot:assistant"."""
        words = (self.country, self.sender, self.assistant)
        return _APART.join(
            [str(self.price), str(self.cost or ""), *(one.replace(_APART, ",") for one in words)]
        )


def _word(text: str) -> str:
    return text if _WORD.fullmatch(text) else _UNKNOWN
