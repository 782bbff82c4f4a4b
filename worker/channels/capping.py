"""Limits the size of what a provider delivered: each string of a message, and all of it together. No other module does.

A signed body can contain megabytes. What exceeds a limit is cut off, and the message says so. An id that is too long is
not cut, because the result would be another id: its message is unreadable.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from session.bounds import LONGEST_TEXT, bounded
from session.content_parts import Card, Location, Media, OrderItem, Product
from session.contents import (
    Attachment,
    Contacts,
    Content,
    Edit,
    Form,
    Order,
    Place,
    Reaction,
    System,
    Tap,
    Text,
    Unsupported,
    Welcome,
)
from session.messages import Message, Referral, Status
from session.template_definitions import TemplateChange
from worker.channels.outcomes import AccountNews, Echo
from worker.channels.reading import Malformed

#: Characters of the id of a message or an attachment; real ones have about a hundred.
LONGEST_ID = 512
#: Characters of the answers of a form, and of `Message.details` with everything in it.
LONGEST_STRUCTURE = 32_768
#: Characters of a name, of a person or a file; WhatsApp takes 240 for a file.
_LONGEST_NAME = 256
#: Characters of a name or an address of a place.
_LONGEST_PLACE = 1000
#: Characters of a URL; browsers and proxies accept no more.
_LONGEST_URL = 2048
#: Characters of a reaction; an emoji of a family has eleven.
_LONGEST_EMOJI = 64
#: Characters of a provider's description of a failure.
_LONGEST_WORDS = 500
#: Attachments of one message; Twilio sends ten, Meta one.
_MOST_MEDIA = 16
#: Cards of one message, and numbers and addresses of one card.
_MOST_CARDS = 20
#: Lines of one order.
_MOST_ITEMS = 50
#: What each value counts in addition to its characters, because many small values are large too.
_VALUE = 8


def capped(message: Message) -> Message:
    """Return a message within the limits; `cut` says whether anything was cut off. Raises `Malformed` for a long id."""
    _check_ids(message.id, message.route.sender)
    within = message.model_copy(
        update={
            "content": capped_content(message.content),
            "name": _bounded(message.name, _LONGEST_NAME),
            "reply_to": _unless_longer(message.reply_to, LONGEST_ID),
            "referral": message.referral and _referral(message.referral),
            # Cut, not left out: without it the message would be answered in private.
            "group": _bounded(message.group, LONGEST_ID),
            "details": message.details and _Room(LONGEST_STRUCTURE).of(message.details),
        }
    )
    return message if within == message else within.model_copy(update={"cut": True})


def capped_content(content: Content) -> Content:
    """Return a content within the limits."""
    limits: dict[str, Any] = {"text": bounded(content.text)}
    match content:
        case Attachment(media=media) | Contacts(media=media, cards=()):
            limits["media"] = tuple(map(_media, media[:_MOST_MEDIA]))
        case Contacts(cards=cards):
            limits["cards"] = tuple(map(_card, cards[:_MOST_CARDS]))
        case Place(location=Location() as place, url=url):
            limits |= {"location": _location(place), "url": _unless_longer(url, _LONGEST_URL)}
        case Tap(payload=payload) | Welcome(payload=payload):
            limits["payload"] = _bounded(payload, LONGEST_TEXT)
        case Form(payload=payload, name=name):
            limits |= {"payload": _bounded(payload, LONGEST_STRUCTURE), "name": _bounded(name, _LONGEST_NAME)}
        case Order(items=items, catalog=catalog):
            limits |= {
                "items": tuple(map(_item, items[:_MOST_ITEMS])),
                "catalog": _bounded(catalog, LONGEST_ID),
            }
        case Text(product=Product(id=id_, catalog=catalog)):
            product = Product(id=bounded(id_, LONGEST_ID), catalog=_bounded(catalog, LONGEST_ID))
            limits["product"] = product
        case Edit(new=new) if new:
            limits["new"] = capped_content(new)
        case Reaction(text=emoji):
            limits["text"] = bounded(emoji, _LONGEST_EMOJI)
        case System(change=change):
            limits["change"] = _bounded(change, _LONGEST_NAME)
        case Unsupported(type=type_, code=code, reason=reason):
            words = _bounded(reason, _LONGEST_WORDS)
            limits |= {
                "type": _bounded(type_, _LONGEST_NAME),
                "code": _bounded(code, _LONGEST_NAME),
                "reason": words,
            }
    if isinstance(content, Tap):
        limits["description"] = _bounded(content.description, _LONGEST_PLACE)
    return content.model_copy(update=limits)


def capped_echo(echo: Echo) -> Echo:
    """Return an echo whose text is within the limits. Raises `Malformed` for a long id."""
    _check_ids(echo.action.id, echo.route.sender)
    content = echo.action.content
    within = {"text": bounded(echo.action.text), "content": content and capped_content(content)}
    return replace(echo, action=echo.action.model_copy(update=within))


def capped_status(status: Status) -> Status:
    """Return a status whose words are within the limits. Raises `Malformed` for a long id."""
    _check_ids(status.provider_id, status.delivery)
    return status.model_copy(
        update={
            "code": _bounded(status.code, _LONGEST_NAME),
            "words": _bounded(status.words, _LONGEST_WORDS),
        }
    )


def capped_news(news: AccountNews) -> AccountNews:
    """Return news of an account whose words are within the limits."""
    trouble = news.trouble.model_copy(
        update={
            "about": bounded(news.trouble.about, _LONGEST_NAME),
            "kind": bounded(news.trouble.kind, _LONGEST_NAME),
            "code": bounded(news.trouble.code, _LONGEST_NAME),
            "words": bounded(news.trouble.words, _LONGEST_WORDS),
        }
    )
    return replace(news, trouble=trouble)


def capped_change(change: TemplateChange) -> TemplateChange:
    """Return a change of a template whose words are within the limits. Raises `Malformed` for a long name."""
    _check_ids(change.account, change.name, change.language)
    return change.model_copy(
        update={"after": bounded(change.after, _LONGEST_NAME), "why": _bounded(change.why, _LONGEST_WORDS)}
    )


def _check_ids(*ids: str | None) -> None:
    if any(len(one) > LONGEST_ID for one in ids if one):
        raise Malformed("an id that is too long")


def _bounded(text: str | None, most: int) -> str | None:
    return None if text is None else bounded(text, most)


def _unless_longer(text: str | None, most: int) -> str | None:
    """Return a text that would be useless if it were cut, or None if it is too long."""
    return None if text is None or len(text) > most else text


def _media(media: Media) -> Media:
    return Media(
        mime_type=bounded(media.mime_type, _LONGEST_NAME),
        id=_unless_longer(media.id, LONGEST_ID),
        url=_unless_longer(media.url, _LONGEST_URL),
        filename=_bounded(media.filename, _LONGEST_NAME),
        sha256=_unless_longer(media.sha256, _LONGEST_NAME),
    )


def _location(place: Location) -> Location:
    return place.model_copy(
        update={
            "name": _bounded(place.name, _LONGEST_PLACE),
            "address": _bounded(place.address, _LONGEST_PLACE),
        }
    )


def _card(card: Card) -> Card:
    return Card(
        name=bounded(card.name, _LONGEST_NAME),
        phones=tuple(bounded(one, _LONGEST_NAME) for one in card.phones[:_MOST_CARDS]),
        emails=tuple(bounded(one, _LONGEST_NAME) for one in card.emails[:_MOST_CARDS]),
        organisation=_bounded(card.organisation, _LONGEST_NAME),
    )


def _item(item: OrderItem) -> OrderItem:
    within = {
        "product": bounded(item.product, LONGEST_ID),
        "currency": _bounded(item.currency, _LONGEST_NAME),
    }
    return item.model_copy(update=within)


def _referral(ad: Referral) -> Referral:
    return Referral(
        headline=_bounded(ad.headline, _LONGEST_PLACE),
        body=_bounded(ad.body, _LONGEST_PLACE),
        source_url=_unless_longer(ad.source_url, _LONGEST_URL),
        source_id=_unless_longer(ad.source_id, LONGEST_ID),
        source_type=_bounded(ad.source_type, _LONGEST_NAME),
        ctwa_clid=_unless_longer(ad.ctwa_clid, LONGEST_ID),
        media_url=_unless_longer(ad.media_url, _LONGEST_URL),
    )


@dataclass(slots=True)
class _Room:
    """The characters that are left for a structure; values beyond them are left out."""

    left: int

    def of(self, value: Any) -> Any:
        """Return as much of a value as fits."""
        self.left -= _VALUE
        if isinstance(value, str):
            kept = bounded(value, max(1, min(LONGEST_TEXT, self.left)))
            self.left -= len(kept)
            return kept
        if isinstance(value, list):
            return self._list(value)
        return self._object(value) if isinstance(value, Mapping) else value

    def _list(self, values: list[Any]) -> list[Any]:
        kept = []
        for value in values:
            if self.left <= 0:
                break
            kept.append(self.of(value))
        return kept

    def _object(self, values: Mapping[str, Any]) -> dict[str, Any]:
        kept = {}
        for name, value in values.items():
            self.left -= len(name)
            if self.left <= 0:
                break
            kept[name] = self.of(value)
        return kept
