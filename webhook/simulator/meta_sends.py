"""Reads a send request to Meta, and rejects what Meta would reject. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from session.replies import Button, Row
from webhook.simulator.inbound import customer_of
from webhook.simulator.ledger import SentContent
from webhook.simulator.meta_carried import (
    MEDIA,
    cards_of,
    check_flow,
    check_location_request,
    header_of,
    link_of,
    medium_of,
    place_of,
)
from webhook.simulator.meta_checks import SendRefused, distinct, mapping, missing, sequence, within, wrong
from webhook.simulator.meta_templates import template_content
from webhook.simulator.rejections import Rejection
from webhook.simulator.templates import Templates

_TEXT_LIMIT = 4096
_BODY_LIMIT = 1024
_OPAQUE_LIMIT = 512
_BUTTONS = 3
_ROWS = 10
_LENGTHS = {"footer": 60, "button": 20, "title": 20, "id": 256}
_ROW_LENGTHS = {"title": 24, "description": 72, "id": 200}
_TYPES = frozenset({"text", "interactive", "template", "reaction", "location", "contacts", *MEDIA})


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaSend:
    """A send request that Meta would accept."""

    address: str  #: as the request has it
    customer: str
    content: SentContent
    opaque: str | None


def read_send(payload: object, templates: Templates) -> MetaSend | Rejection:
    """Return the content and the recipient of a request to `/messages`, or why Meta rejects it."""
    try:
        return _send(mapping(payload, "the body"), templates)
    except SendRefused as rejected:
        return rejected.rejection


def _send(payload: Mapping[str, Any], templates: Templates) -> MetaSend:
    if payload.get("messaging_product") != "whatsapp":
        raise missing("messaging_product")
    address = payload.get("to") or payload.get("recipient")
    if not isinstance(address, str):
        raise missing("to")
    customer = customer_of(address)
    if customer is None:
        raise wrong("to is neither a phone number nor a user id")
    opaque = payload.get("biz_opaque_callback_data")
    if opaque is not None:
        within(opaque, "biz_opaque_callback_data", _OPAQUE_LIMIT, least=0)
    return MetaSend(address=address, customer=customer, content=_content(payload, templates), opaque=opaque)


def _content(payload: Mapping[str, Any], templates: Templates) -> SentContent:
    kind = payload.get("type", "text")
    if kind not in _TYPES:
        raise SendRefused(
            Rejection(
                http=400,
                code=100,
                message="Invalid parameter",
                details=f"Param type must be one of {', '.join(sorted(_TYPES))}",
            )
        )
    if kind not in payload:
        raise missing(kind)
    context = payload.get("context")
    reply_to = mapping(context, "context").get("message_id") if context is not None else None
    if kind == "contacts":
        return SentContent(type=kind, contacts=cards_of(payload[kind]), reply_to=reply_to)
    content = mapping(payload[kind], kind)
    if kind == "text":
        body = within(content.get("body"), "text['body']", _TEXT_LIMIT, code=100)
        return SentContent(type=kind, text=body, reply_to=reply_to)
    if kind == "interactive":
        return _interactive(content).model_copy(update={"reply_to": reply_to})
    if kind == "location":
        return SentContent(type=kind, location=place_of(content), reply_to=reply_to)
    if kind in MEDIA:
        caption = content.get("caption")
        text = "" if caption is None else within(caption, "caption", _BODY_LIMIT, least=0)
        return SentContent(type=kind, text=text, media=medium_of(kind, content), reply_to=reply_to)
    if kind == "template":
        return template_content(content, templates)
    return SentContent(type=kind, text=str(content.get("emoji") or ""), reply_to=reply_to)


def _interactive(content: Mapping[str, Any]) -> SentContent:
    kind = content.get("type")
    text = ""
    if kind in {"button", "list", "cta_url", "flow", "location_request_message"} or "body" in content:
        text = within(mapping(content.get("body"), "body").get("text"), "body['text']", _BODY_LIMIT)
    if "text" in (content.get("footer") or {}):
        within(content["footer"]["text"], "footer['text']", _LENGTHS["footer"])
    media = header_of(content)
    action = mapping(content.get("action"), "action")
    if kind == "button":
        return SentContent(type="interactive", text=text, buttons=_buttons(action), media=media)
    if kind == "list":
        opens = within(action.get("button"), "action['button']", _LENGTHS["button"])
        return SentContent(type="interactive", text=text, rows=_rows(action), opens=opens)
    if kind == "cta_url":
        return SentContent(type="interactive", text=text, link=link_of(action), media=media)
    if kind == "location_request_message":
        check_location_request(action)
        return SentContent(type="interactive", text=text, asks_location=True)
    if kind == "flow":
        return SentContent(type="interactive", text=text, opens=check_flow(action), media=media)
    return SentContent(type="interactive", text=text)


def _buttons(action: Mapping[str, Any]) -> tuple[Button, ...]:
    asked = sequence(action.get("buttons"), "buttons")
    if not 1 <= len(asked) <= _BUTTONS:
        raise wrong(f"Invalid buttons count. Min allowed buttons: 1, max allowed buttons: {_BUTTONS}")
    replies = [mapping(mapping(button, "button").get("reply"), "reply") for button in asked]
    buttons = tuple(
        Button(
            id=within(reply.get("id"), "id", _LENGTHS["id"]),
            title=within(reply.get("title"), "title", _LENGTHS["title"]),
        )
        for reply in replies
    )
    distinct([button.id for button in buttons])
    distinct([button.title for button in buttons])
    return buttons


def _rows(action: Mapping[str, Any]) -> tuple[Row, ...]:
    sections = [mapping(one, "section") for one in sequence(action.get("sections"), "sections")]
    asked = [mapping(row, "row") for one in sections for row in sequence(one.get("rows"), "rows")]
    if not 1 <= len(asked) <= _ROWS:
        raise wrong(f"Total row count must be between 1 and {_ROWS}")
    if len(sections) > 1 and not all(section.get("title") for section in sections):
        raise wrong("A title is needed if there is more than one section")
    for row in asked:
        for name, limit in _ROW_LENGTHS.items():
            if name != "description" or row.get(name) is not None:
                within(row.get(name), name, limit)
    distinct([row["id"] for row in asked])
    return tuple(Row(id=row["id"], title=row["title"], description=row.get("description")) for row in asked)
