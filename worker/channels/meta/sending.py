"""Writes the body of a send to Meta, from values only: no text of a reply can become structure."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from session.content_parts import Card, Location
from session.conversations import is_business_scoped
from session.files import File
from session.messages import Delivery
from session.replies import Flow, Reply
from session.template_definitions import parameters_in
from session.templates import ButtonKind, Template
from worker.channels.meta.statuses import echo_of
from worker.channels.reading import wellformed

#: What Meta calls a button of a template, and its parameter, by what it needs.
_SUB_TYPES: Mapping[ButtonKind, str] = {"payload": "quick_reply", "url": "url", "code": "copy_code"}
_BUTTON_PARAMETERS: Mapping[ButtonKind, Callable[[str], dict[str, str]]] = {
    "payload": lambda value: {"type": "payload", "payload": value},
    "url": lambda value: {"type": "text", "text": value},
    "code": lambda value: {"type": "coupon_code", "coupon_code": value},
}


def payload_of(delivery: Delivery, media_id: str | None = None) -> dict[str, Any]:
    """Return what `POST /{phone_number_id}/messages` takes for one rendered reply.

    `media_id` names an attachment that was uploaded. A customer without a phone number is addressed by `recipient` instead of `to`.
    """
    address = delivery.route.address
    recipient = {"recipient": address} if is_business_scoped(address) else {"to": address.removeprefix("+")}
    quoted = delivery.reply.reply_to
    echo = echo_of(delivery.conversation, delivery.id)
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **recipient,
        **({"context": {"message_id": quoted}} if quoted else {}),
        **_content(delivery.reply, media_id),
        **({"biz_opaque_callback_data": echo} if echo else {}),
    }


def read_mark(message_id: str, *, typing: bool) -> dict[str, Any]:
    """Return what the same endpoint takes to mark a customer's message as read, and to show the typing indicator."""
    return {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": message_id,
        **({"typing_indicator": {"type": "text"}} if typing else {}),
    }


def write(payload: dict[str, Any]) -> bytes:
    """Return a payload as JSON; in ASCII, so that there is no character that cannot be written."""
    return json.dumps(payload).encode("ascii")


def _content(reply: Reply, media_id: str | None) -> dict[str, Any]:
    if reply.buttons:
        action = {"buttons": [_button(b.id, b.title) for b in reply.buttons]}
        return _interactive("button", reply, action, media_id)
    if reply.menu:
        # The rows of a single section need no title.
        rows = [
            row.model_dump(include={"id", "title", "description"}, exclude_none=True)
            for row in reply.menu.rows
        ]
        return _interactive("list", reply, {"button": reply.menu.button, "sections": [{"rows": rows}]})
    if reply.is_plain:
        return {"type": "text", "text": {"body": reply.text, "preview_url": False}}
    return _carried(reply, media_id)


def _carried(reply: Reply, media_id: str | None) -> dict[str, Any]:
    if reply.template:
        return {"type": "template", "template": _template(reply.template, media_id)}
    if reply.link:
        parameters = {"display_text": reply.link.title, "url": reply.link.url}
        return _interactive("cta_url", reply, {"name": "cta_url", "parameters": parameters}, media_id)
    if reply.flow:
        return _interactive("flow", reply, {"name": "flow", "parameters": _flow(reply.flow)})
    if reply.asks_location:
        return _interactive("location_request_message", reply, {"name": "send_location"})
    if reply.location:
        return {"type": "location", "location": reply.location.model_dump(exclude_none=True)}
    if reply.contacts:
        return {"type": "contacts", "contacts": [_card(one) for one in reply.contacts]}
    assert reply.media is not None  # noqa: S101  (it is the last thing that a reply can carry)
    name, medium = _medium(reply.media, media_id)
    return {"type": name, name: {**medium, **({"caption": reply.text} if reply.text else {})}}


def _template(template: Template, media_id: str | None) -> dict[str, Any]:
    components = [*_header(template, media_id)]
    if template.body:
        values = (
            [_text(value, name) for name, value in template.body.items()]
            if isinstance(template.body, dict)
            else [_text(value) for value in template.body]
        )
        components.append({"type": "body", "parameters": values})
    components += [
        {
            "type": "button",
            "sub_type": _SUB_TYPES[one.kind],
            "index": str(one.index),
            "parameters": [_BUTTON_PARAMETERS[one.kind](wellformed(one.value))],
        }
        for one in template.buttons
    ]
    return {
        "name": template.name,
        "language": {"code": template.language},
        **({"components": components} if components else {}),
    }


def _header(template: Template, media_id: str | None) -> Iterator[dict[str, Any]]:
    match template.header:
        case None:
            return
        case str(text):
            names = parameters_in(template.header_form or "")
            parameter = _text(text, next((name for name in names if not name.isdecimal()), None))
        case Location() as place:
            parameter = {"type": "location", "location": place.model_dump(exclude_none=True)}
        case file:
            name, medium = _medium(file, media_id)
            parameter = {"type": name, name: medium}
    yield {"type": "header", "parameters": [parameter]}


def _text(value: str, name: str | None = None) -> dict[str, Any]:
    named = {"parameter_name": name} if name else {}
    return {"type": "text", **named, "text": wellformed(value)}


def _interactive(
    kind: str, reply: Reply, action: dict[str, Any], media_id: str | None = None
) -> dict[str, Any]:
    header = {}
    if reply.media:
        name, medium = _medium(reply.media, media_id)
        header = {"header": {"type": name, name: medium}}
    body = {"body": {"text": reply.text}, "action": action}
    return {"type": "interactive", "interactive": {"type": kind, **header, **body}}


def _medium(attachment: File, media_id: str | None) -> tuple[str, dict[str, Any]]:
    """Return the type of a medium and its object, without a caption."""
    source = {"link": attachment.url} if attachment.url else {"id": media_id}
    if attachment.kind == "document" and attachment.filename:
        return "document", {**source, "filename": wellformed(attachment.filename)}
    if attachment.kind == "voice":
        return "audio", {**source, "voice": True}
    return attachment.kind, source


def _button(identifier: str, title: str) -> dict[str, Any]:
    return {"type": "reply", "reply": {"id": identifier, "title": title}}


def _card(contact: Card) -> dict[str, Any]:
    name = wellformed(contact.name)
    return {
        # Meta demands a part of the name beside the whole.
        "name": {"formatted_name": name, "first_name": name},
        **(
            {"phones": [{"phone": phone, "type": "CELL"} for phone in contact.phones]}
            if contact.phones
            else {}
        ),
        **(
            {"emails": [{"email": email, "type": "WORK"} for email in contact.emails]}
            if contact.emails
            else {}
        ),
        **({"org": {"company": contact.organisation}} if contact.organisation else {}),
    }


def _flow(flow: Flow) -> dict[str, Any]:
    screen = {"screen": flow.screen, **({"data": flow.data} if flow.data else {})} if flow.screen else {}
    return {
        "flow_message_version": "3",
        **({"flow_id": flow.id} if flow.id else {"flow_name": flow.name}),
        "flow_cta": flow.button,
        "flow_token": flow.token,
        "flow_action": flow.action,
        **({"flow_action_payload": screen} if screen and flow.action == "navigate" else {}),
        **({"mode": "draft"} if flow.draft else {}),
    }
