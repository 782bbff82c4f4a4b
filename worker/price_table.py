"""What a message costs: prices by the country of the customer, the category and the day.

A file has one table `[[card]]` for each rate card, `prices.toml` in `channels/meta` for example:

    [[card]]
    since = 2026-10-01                        # until a later card has the same price
    channel = "meta"                          # or "twilio", whose rates are { fee = 0.005 } for each message
    currency = "USD"
    [card.markets]                            # the countries of a market of several
    north-america = ["US", "CA"]
    [card.rates]                              # a country, a market, or "other"
    EG = { marketing = 0.0644, service = 0.0036 }
    north-america = { marketing = 0.025 }
    other = { marketing = 0.0604 }

What no card says is unknown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import phonenumbers
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from session.channels import PROVIDERS
from session.conversations import customer_of
from session.errors import SettingsError
from session.messages import DeliveryState, Status
from session.prices import Cost, Price, Priced
from session.records import from_ms
from worker.tables import tables_in, text_in, wrong_in

SETTING = "PRICES_FILE"

_MICROS = 1_000_000
_OTHER = "other"
#: The class of the price of a message of a provider that names none with its statuses.
_FEE = Price.of(category="fee", billable=True, model="PMP", type="regular")
_ARRIVED = (DeliveryState.DELIVERED, DeliveryState.READ)

_Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
_Rate = Annotated[Decimal, Field(ge=0, le=1_000_000, max_digits=16, decimal_places=6)]


def _channel(name: str) -> str:
    if name not in PROVIDERS:
        raise ValueError(f"must be one of {', '.join(PROVIDERS)}")
    return name


class Card(BaseModel):
    """One rate card."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: date
    channel: Annotated[str, AfterValidator(_channel)] = "meta"
    currency: _Currency
    markets: Mapping[str, frozenset[str]] = Field(default_factory=dict)
    rates: Mapping[str, Mapping[str, _Rate]]

    def price(self, country: str, category: str) -> Cost | None:
        """Return the price of a message, None if this card does not say it."""
        for market in (country, *self._market_of(country)):
            if rates := self.rates.get(market):
                rate = rates.get(category)
                return None if rate is None else Cost(micros=int(rate * _MICROS), currency=self.currency)
        return None

    def _market_of(self, country: str) -> tuple[str, ...]:
        named = [name for name, countries in self.markets.items() if country in countries]
        return (*named, *([] if named else [_OTHER]))


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTable:
    """Rate cards: those of an operator come first, of each the newest."""

    cards: Sequence[Card]

    def price(self, country: str, category: str, on: date, *, channel: str = "meta") -> Cost | None:
        """Return the price of a message on a day; None if it is unknown. `country` is ISO 3166-1, "" if it is unknown."""
        if not country:
            return None
        valid = (card for card in self.cards if card.channel == channel and card.since <= on)
        return next((found for card in valid if (found := card.price(country, category))), None)

    def priced(self, status: Status, now: datetime, assistant: str = "") -> Status:
        """Return a status with what its delivery costs, for an `assistant` that answers there.

        The class of the price is the provider's. A provider that names none may have a fee for each message, which counts when
        that has arrived; without either, the status is unchanged. The day is that of the status, in UTC. What the provider
        calls free costs nothing, whatever the cards say.
        """
        price = status.price or (_FEE if status.state in _ARRIVED else None)
        if price is None:
            return status
        country, on = country_of(status.conversation), (from_ms(status.at) if status.at else now).date()
        channel = status.sender.partition(":")[0] or "meta"
        cost = self.price(country, price.category, on, channel=channel) if price.billable else None
        if price is _FEE and cost is None:
            return status
        priced = Priced(price=price, cost=cost, country=country, sender=status.sender, assistant=assistant)
        return status.model_copy(update={"priced": priced})


#: Nothing is known of prices.
NO_PRICES = PriceTable(cards=())


# A reply has several statuses within seconds, and to find the country takes longer than all else here.
@lru_cache(256)
def country_of(conversation: str) -> str:
    """Return the country of a customer of WhatsApp: ISO 3166-1, "" if it is unknown."""
    customer = customer_of(conversation)
    if not customer.startswith("+"):
        # A business-scoped id begins with the country.
        country, dot, _ = customer.partition(".")
        return country if dot and country in phonenumbers.SUPPORTED_REGIONS else ""
    try:
        number = phonenumbers.parse(customer)
    except phonenumbers.NumberParseException:
        return ""
    found = phonenumbers.region_code_for_number(number)
    if found is None:
        # New ranges appear faster than the tables that list them.
        found = phonenumbers.region_code_for_country_code(number.country_code or 0)
    return found if found in phonenumbers.SUPPORTED_REGIONS else ""


def read_cards(text: str, named: str) -> list[Card]:
    """Return the cards of a file, the newest first. Raises `SettingsError` that names the file and the problem."""
    try:
        cards = [Card.model_validate(card) for card in tables_in(text, "card", named=named)]
    except ValidationError as error:
        raise SettingsError(": ".join((named, *wrong_in(error)))) from None
    return sorted(cards, key=lambda card: card.since, reverse=True)


@cache
def shipped() -> tuple[Card, ...]:
    """Return the cards that come with the program."""
    sources = (files(f"worker.channels.{name}") / "prices.toml" for name in ("meta", "twilio"))
    return tuple(card for one in sources for card in read_cards(one.read_text(encoding="utf-8"), str(one)))


def open_prices(path: Path | None) -> PriceTable:
    """Return the shipped prices, behind those of an operator's file. Raises `SettingsError`."""
    if path is None:
        return PriceTable(cards=shipped())
    text = text_in(path, named := f"{SETTING}={path}")
    return PriceTable(cards=(*read_cards(text, named), *shipped()))
