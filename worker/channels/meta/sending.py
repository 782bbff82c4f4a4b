"""Writes the body of a send to Meta, from values only: no text of a reply can become structure."""

import json
from typing import Any

from session.conversations import is_business_scoped
from session.messages import Delivery, Reply
from worker.channels.meta.statuses import echo_of


def payload_of(delivery: Delivery) -> dict[str, Any]:
    """Return what `POST /{phone_number_id}/messages` takes for one rendered reply.

    A customer without a phone number is addressed by `recipient` instead of `to`.
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
        **_content(delivery.reply),
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


def _content(reply: Reply) -> dict[str, Any]:
    if reply.buttons:
        return _interactive(
            "button", reply.text, {"buttons": [_button(b.id, b.title) for b in reply.buttons]}
        )
    if reply.menu:
        # The rows of a single section need no title.
        rows = [
            row.model_dump(include={"id", "title", "description"}, exclude_none=True)
            for row in reply.menu.rows
        ]
        return _interactive("list", reply.text, {"button": reply.menu.button, "sections": [{"rows": rows}]})
    return {"type": "text", "text": {"body": reply.text, "preview_url": False}}


def _interactive(kind: str, text: str, action: dict[str, Any]) -> dict[str, Any]:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": text}, "action": action}}


def _button(identifier: str, title: str) -> dict[str, Any]:
    return {"type": "reply", "reply": {"id": identifier, "title": title}}
