"""Reads what a send request to Meta carries beside a text: media, places, cards, links and forms. Pure."""

from collections.abc import Mapping
from typing import Any

from session.replies import Button
from webhook.simulator.ledger import SentMedia, SentPlace
from webhook.simulator.meta_checks import SendRefused, mapping, missing, sequence, within, wrong
from webhook.simulator.rejections import Rejection

CAPTIONED = frozenset({"image", "video", "document"})
MEDIA = frozenset({"audio", "sticker", *CAPTIONED})
_HEADER_LIMIT = 60
_LABEL_LIMIT = 20
_URL_LIMIT = 2000
_CONTACTS = 257
_NAME_PARTS = ("first_name", "last_name", "middle_name", "prefix", "suffix")


def medium_of(kind: str, content: Mapping[str, Any]) -> SentMedia:
    """Return the medium that a request names, by its id or by a link."""
    id_, link = content.get("id"), content.get("link")
    if (id_ is None) == (link is None):
        message = "Either one of media ID or link must be present"
        raise SendRefused(Rejection(http=400, code=100, message=message, subcode=2494009))
    if link is not None:
        _url(link, f"{kind}['link']")
    if "caption" in content and kind not in CAPTIONED:
        raise wrong(f"{kind} takes no caption")
    return SentMedia(kind=kind, id=id_ and str(id_), link=link, filename=content.get("filename"))


def place_of(content: Mapping[str, Any]) -> SentPlace:
    """Return the place that a request names."""
    for name, most in (("latitude", 90), ("longitude", 180)):
        value = content.get(name)
        if value is None:
            raise missing(name)
        try:
            within_range = -most <= float(value) <= most
        except (TypeError, ValueError):
            within_range = False
        if not within_range:
            raise wrong(f"{name} must be a number between -{most} and {most}")
    return SentPlace(
        latitude=float(content["latitude"]),
        longitude=float(content["longitude"]),
        name=content.get("name"),
        address=content.get("address"),
    )


def cards_of(content: object) -> tuple[dict[str, Any], ...]:
    """Return the contact cards of a request."""
    cards = [dict(mapping(card, "contacts")) for card in sequence(content, "contacts")]
    if not 1 <= len(cards) <= _CONTACTS:
        raise wrong(f"between 1 and {_CONTACTS} contacts")
    for card in cards:
        name = mapping(card.get("name"), "name")
        within(name.get("formatted_name"), "name['formatted_name']", 1024)
        if not any(name.get(part) for part in _NAME_PARTS):
            raise wrong(f"a name needs one of {', '.join(_NAME_PARTS)}")
    return tuple(cards)


def header_of(content: Mapping[str, Any]) -> SentMedia | None:
    """Return the medium above an interactive message, if there is one; a header of text is only checked."""
    if content.get("header") is None:
        return None
    header = mapping(content["header"], "header")
    kind = header.get("type")
    if kind == "text":
        within(header.get("text"), "header['text']", _HEADER_LIMIT)
        return None
    if kind not in CAPTIONED:
        raise wrong("header['type'] must be one of text, image, video, document")
    if content.get("type") == "list":
        raise wrong("a list has only a header of text")
    return medium_of(kind, mapping(header.get(kind), kind))


def link_of(action: Mapping[str, Any]) -> Button:
    """Return the button of a `cta_url` message; its id is the address."""
    parameters = _parameters(action, "cta_url")
    title = within(parameters.get("display_text"), "display_text", _LABEL_LIMIT)
    return Button(id=_url(parameters.get("url"), "url"), title=title)


def check_location_request(action: Mapping[str, Any]) -> None:
    """Check the action of a location request."""
    if action.get("name") != "send_location":
        raise wrong("action['name'] must be send_location")


def check_flow(action: Mapping[str, Any]) -> str:
    """Return the label of the button that opens a form."""
    parameters = _parameters(action, "flow")
    if str(parameters.get("flow_message_version")) != "3":
        raise wrong("flow_message_version must be 3")
    if ("flow_id" in parameters) == ("flow_name" in parameters):
        raise wrong("either flow_id or flow_name, not both")
    if parameters.get("flow_action", "navigate") not in {"navigate", "data_exchange"}:
        raise wrong("flow_action must be navigate or data_exchange")
    return within(parameters.get("flow_cta"), "flow_cta", _LABEL_LIMIT)


def _parameters(action: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    if action.get("name") != name:
        raise wrong(f"action['name'] must be {name}")
    return mapping(action.get("parameters"), "parameters")


def _url(value: object, name: str) -> str:
    url = within(value, name, _URL_LIMIT)
    if not url.startswith(("http://", "https://")):
        raise wrong(f"{name} must begin with http:// or https://")
    return url
