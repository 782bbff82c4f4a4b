"""Reads what a bot sends beside texts: files in the request or at an address, places and contacts."""

import json
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from flask import request

from webhook.simulator.ledger import SentContent, SentMedia, SentPlace
from webhook.simulator.media.files import UPLOADED_FOR, number_of
from webhook.simulator.simulator import Simulator

#: The methods that send a file, and the parameter that carries it.
FILES = {
    "sendPhoto": "photo",
    "sendVideo": "video",
    "sendAudio": "audio",
    "sendVoice": "voice",
    "sendDocument": "document",
    "sendSticker": "sticker",
}
OTHERS = frozenset({"sendLocation", "sendVenue", "sendContact"})
CAPTION_LIMIT = 1024


def parameters() -> dict[str, Any]:
    """Return the parameters of a call: JSON, or a form whose structured values are JSON."""
    if not request.form:
        payload = request.get_json(silent=True)
        return payload if isinstance(payload, dict) else {}
    return {name: _value(text) for name, text in request.form.items()}


def _value(text: str) -> Any:
    try:
        return json.loads(text) if text[:1] in "[{" else text
    except ValueError:
        return text


def carried(simulator: Simulator, method: str, payload: Mapping[str, Any]) -> SentContent | str:
    """Return the content of a call other than `sendMessage`, without its buttons; or why Telegram refuses it."""
    if method in FILES:
        return _file(simulator, FILES[method], payload)
    if method == "sendContact":
        if not payload.get("phone_number") or not payload.get("first_name"):
            return "phone number and first name are needed"
        card = {
            "name": {"formatted_name": payload["first_name"]},
            "phones": [{"phone": payload["phone_number"]}],
        }
        return SentContent(type="contacts", contacts=(card,))
    try:
        place = SentPlace(
            latitude=payload["latitude"],
            longitude=payload["longitude"],
            name=payload.get("title"),
            address=payload.get("address"),
        )
    except (KeyError, ValueError):
        return "wrong latitude or longitude"
    return SentContent(type="location", location=place)


def _file(simulator: Simulator, field: str, payload: Mapping[str, Any]) -> SentContent | str:
    text = str(payload.get("caption", ""))
    if len(text) > CAPTION_LIMIT:
        return "message caption is too long"
    kind = "image" if field == "photo" else field
    given = request.files.get(field)
    if given is None:
        named = payload.get(field)
        if not isinstance(named, str) or not named:
            return f"there is no {field} in the request"
        is_link = named.startswith(("http://", "https://"))
        media = SentMedia(kind=kind, link=named) if is_link else SentMedia(kind=kind, id=named)
        return SentContent(type=kind, text=text, media=media)
    with closing(given):
        content = given.read()
    file = simulator.files.keep(
        number_of(simulator.new_id()),
        content,
        given.mimetype,
        filename=given.filename,
        lives=UPLOADED_FOR,
    )
    known = {"filename": file.filename, "mime_type": file.mime_type, "size": len(content), "file": file.id}
    return SentContent(type=kind, text=text, media=SentMedia(kind=kind, id=file.id, **known))
