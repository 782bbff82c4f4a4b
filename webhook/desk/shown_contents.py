"""What the pages show of a content: places, answers, orders, and one line for a list. Pure.

Everything here was written by strangers. So links are http or https, lists have an end, and nothing is parsed twice.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from session.bounds import bounded
from session.business_contents import Options
from session.content_parts import Kind, Location, OrderItem
from session.contents import Attachment, Contacts, Content, Form, Order, Place, Text, Unsupported
from session.history import HistoryEntry
from session.printable import visible, visible_json

#: Answers of a form, lines of an order, and cards that are shown; the rest is counted.
MOST_SHOWN = 40
#: Characters of one answer of a form, and of a name.
_LONGEST_ANSWER, _LONGEST_NAME = 1_000, 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One line about a message, for a list."""

    kind: Kind
    text: str  #: "" if its kind says it all


def text_of(content: Content) -> str:
    """Return the text that stands below what a content shows; "" if it would only say the same again."""
    match content:
        case Place(text=text, location=Location(name=name, address=address)):
            return "" if text in ("", name, address, f"{name}\n{address}") else text
        case Contacts(text=text, cards=cards) if cards:
            names = bounded(", ".join(card.name for card in cards if card.name))
            return "" if text == names else text
        case Attachment(text=text, media=media):
            # The words of a voice note are its text too.
            return "" if text in [one.words for one in media] else text
        case _:
            return content.text


def arguments_in(data: Any) -> list[tuple[str, str]]:
    """Return the data of an approval as names and values in words; what is no object has no names."""
    named = data if isinstance(data, dict) else {} if data is None else {"": data}
    return [
        (visible(name), in_order(value) if isinstance(value, str) else visible_json(value))
        for name, value in named.items()
    ]


def in_order(text: str) -> str:
    """Return a text to decide about in which no direction override has it read otherwise than it is done."""
    return "\n".join(map(visible, text.split("\n")))


def coordinates(place: Location) -> str:
    """Return the coordinates of a place, as exactly as a phone knows them."""
    return f"{_degrees(place.latitude)}, {_degrees(place.longitude)}"


def map_link(place: Location) -> str:
    """Return the address of a map, which is only fetched if somebody follows it."""
    at = f"{_degrees(place.latitude)}/{_degrees(place.longitude)}"
    return "https://www.openstreetmap.org/?mlat={0}&mlon={1}#map=17/{0}/{1}".format(*at.split("/"))


def _degrees(value: float) -> str:
    return f"{value:.7f}".rstrip("0").rstrip(".")


def web_link(address: str | None) -> str:
    """Return an address if it is one of the web, "" if it is anything else."""
    return address if address and address.lower().startswith(("https://", "http://")) else ""


def answers_of(form: Form) -> list[tuple[str, str]]:
    """Return the answers of a form, each with a readable name of its field."""
    return [
        (bounded(name.replace("_", " ").strip().capitalize(), _LONGEST_NAME), _answer(value))
        for name, value in form.answers.items()
    ]


def _answer(value: Any) -> str:
    match value:
        case str():
            return bounded(value, _LONGEST_ANSWER)
        case bool():
            return "✓" if value else "✗"
        case list() if all(isinstance(one, str | int | float) for one in value):
            return bounded(", ".join(map(str, value)), _LONGEST_ANSWER)
    try:
        return bounded(json.dumps(value, ensure_ascii=False), _LONGEST_ANSWER)
    except RecursionError:
        return "…"


def quantity_of(item: OrderItem) -> str:
    """Return how many of something are ordered."""
    return f"{item.quantity:,.15g}"


def price_of(item: OrderItem) -> str:
    """Return the price of one of something; "" if it is not known."""
    return money(item.price, item.currency) if item.price is not None else ""


def total_of(order: Order) -> str:
    """Return the price of a whole order; "" if a price is missing, or they are in several currencies."""
    currencies = {item.currency for item in order.items}
    prices = [item.price * item.quantity for item in order.items if item.price is not None]
    if len(prices) < max(2, len(order.items)) or len(currencies) != 1:
        return ""
    return money(sum(prices), currencies.pop())


def money(amount: float, currency: str | None) -> str:
    """Return an amount of money."""
    shown = f"{amount:,.2f}".removesuffix(".00")
    return f"{shown} {currency or ''}".rstrip()


def preview_of(entry: HistoryEntry) -> Preview:
    """Return one line about an entry."""
    content = entry.content
    return Preview(kind=content.kind, text=next(filter(None, _one_line(entry)), ""))


def _one_line(entry: HistoryEntry) -> Iterator[str]:
    content = entry.content
    match content:
        case Text():
            yield entry.text
        case Attachment(media=media):
            yield content.text
            yield from (one.words or "" for one in media)
            yield from (one.filename or "" for one in media)
        case Place(location=Location() as place):
            yield content.text
            yield coordinates(place)
        case Order(items=items):
            yield content.text
            yield ", ".join(item.product for item in items[:MOST_SHOWN])
        case Form() | Unsupported():
            pass
        case _:
            yield content.text


def searched_in(entry: HistoryEntry) -> Iterator[str]:
    """Yield what a search finds of an entry beside its text."""
    match entry.content:
        case Attachment(media=media) | Contacts(media=media):
            yield from (one.filename for one in media if one.filename)
        case Place(location=Location(name=name, address=address)):
            yield from filter(None, (name, address))
        case Options(options=options):
            yield from (one.title for one in options)
