"""Reads a send request to Meta, and rejects what Meta would reject. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from session.messages import Button, Row
from webhook.simulator.inbound import customer_of
from webhook.simulator.ledger import SentContent
from webhook.simulator.rejections import Rejection

_TEXT_LIMIT = 4096
_BODY_LIMIT = 1024
_OPAQUE_LIMIT = 512
_BUTTONS = 3
_ROWS = 10
_LENGTHS = {"header": 60, "footer": 60, "button": 20, "title": 20, "id": 256}
_ROW_LENGTHS = {"title": 24, "description": 72, "id": 200}
_CAPTIONED = frozenset({"image", "video", "document"})
_TYPES = frozenset(
    {"text", "interactive", "template", "reaction", "location", "contacts", "audio", "sticker", *_CAPTIONED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaSend:
    """A send request that Meta would accept."""

    address: str  #: as the request has it
    customer: str
    content: SentContent
    opaque: str | None


class _RejectedError(Exception):
    def __init__(self, code: int, message: str, details: str) -> None:
        super().__init__(details)
        self.rejection = Rejection(http=400, code=code, message=message, details=details)


def read_send(payload: object) -> MetaSend | Rejection:
    """Return the content and the recipient of a request to `/messages`, or why Meta rejects it."""
    try:
        return _send(_mapping(payload, "the body"))
    except _RejectedError as rejected:
        return rejected.rejection


def _send(payload: Mapping[str, Any]) -> MetaSend:
    if payload.get("messaging_product") != "whatsapp":
        raise _missing("messaging_product")
    address = payload.get("to") or payload.get("recipient")
    if not isinstance(address, str):
        raise _missing("to")
    customer = customer_of(address)
    if customer is None:
        raise _wrong("to is neither a phone number nor a user id")
    opaque = payload.get("biz_opaque_callback_data")
    if opaque is not None:
        _within(opaque, "biz_opaque_callback_data", _OPAQUE_LIMIT, least=0)
    return MetaSend(address=address, customer=customer, content=_content(payload), opaque=opaque)


def _content(payload: Mapping[str, Any]) -> SentContent:
    kind = payload.get("type", "text")
    if kind not in _TYPES:
        raise _RejectedError(
            100, "Invalid parameter", f"Param type must be one of {', '.join(sorted(_TYPES))}"
        )
    if kind not in payload:
        raise _missing(kind)
    context = payload.get("context")
    reply_to = _mapping(context, "context").get("message_id") if context is not None else None
    if kind == "contacts":
        return SentContent(type=kind, reply_to=reply_to)
    content = _mapping(payload[kind], kind)
    if kind == "text":
        body = _within(content.get("body"), "text['body']", _TEXT_LIMIT, code=100)
        return SentContent(type=kind, text=body, reply_to=reply_to)
    if kind == "interactive":
        return _interactive(content).model_copy(update={"reply_to": reply_to})
    word = {"template": "name", "reaction": "emoji", "location": "name"}.get(kind, "caption")
    return SentContent(type=kind, text=str(content.get(word) or ""), reply_to=reply_to)


def _interactive(content: Mapping[str, Any]) -> SentContent:
    kind = content.get("type")
    text = ""
    if kind in {"button", "list"} or "body" in content:
        text = _within(_mapping(content.get("body"), "body").get("text"), "body['text']", _BODY_LIMIT)
    for part in ("header", "footer"):
        if "text" in (content.get(part) or {}):
            _within(content[part]["text"], f"{part}['text']", _LENGTHS[part])
    action = _mapping(content.get("action"), "action")
    if kind == "button":
        return SentContent(type="interactive", text=text, buttons=_buttons(action))
    if kind == "list":
        opens = _within(action.get("button"), "action['button']", _LENGTHS["button"])
        return SentContent(type="interactive", text=text, rows=_rows(action), opens=opens)
    return SentContent(type="interactive", text=text)


def _buttons(action: Mapping[str, Any]) -> tuple[Button, ...]:
    asked = _sequence(action.get("buttons"), "buttons")
    if not 1 <= len(asked) <= _BUTTONS:
        raise _wrong(f"Invalid buttons count. Min allowed buttons: 1, max allowed buttons: {_BUTTONS}")
    replies = [_mapping(_mapping(button, "button").get("reply"), "reply") for button in asked]
    buttons = tuple(
        Button(
            id=_within(reply.get("id"), "id", _LENGTHS["id"]),
            title=_within(reply.get("title"), "title", _LENGTHS["title"]),
        )
        for reply in replies
    )
    _distinct([button.id for button in buttons])
    _distinct([button.title for button in buttons])
    return buttons


def _rows(action: Mapping[str, Any]) -> tuple[Row, ...]:
    sections = [_mapping(one, "section") for one in _sequence(action.get("sections"), "sections")]
    asked = [_mapping(row, "row") for one in sections for row in _sequence(one.get("rows"), "rows")]
    if not 1 <= len(asked) <= _ROWS:
        raise _wrong(f"Total row count must be between 1 and {_ROWS}")
    if len(sections) > 1 and not all(section.get("title") for section in sections):
        raise _wrong("A title is needed if there is more than one section")
    for row in asked:
        for name, limit in _ROW_LENGTHS.items():
            if name != "description" or row.get(name) is not None:
                _within(row.get(name), name, limit)
    _distinct([row["id"] for row in asked])
    return tuple(Row(id=row["id"], title=row["title"], description=row.get("description")) for row in asked)


def _mapping(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _missing(name) if value is None else _wrong(f"{name} must be an object")
    return value


def _sequence(value: object, name: str) -> Sequence[Any]:
    if not isinstance(value, list):
        raise _missing(name) if value is None else _wrong(f"{name} must be an array")
    return value


def _within(value: object, name: str, limit: int, *, least: int = 1, code: int = 131009) -> str:
    if value is None:
        raise _missing(name)
    if not isinstance(value, str) or not least <= len(value) <= limit:
        message = "Invalid parameter" if code == 100 else "Parameter value is not valid"  # noqa: PLR2004
        raise _RejectedError(code, message, f"Param {name} must be a string of {least} to {limit} characters")
    return value


def _distinct(values: Sequence[str]) -> None:
    if len(set(values)) < len(values):
        raise _wrong("Two buttons or rows have the same id or title")


def _missing(name: str) -> _RejectedError:
    if name == "to":
        return _RejectedError(100, "Invalid parameter", "The parameter to is required")
    return _RejectedError(131008, "Required parameter is missing", f"The parameter {name} is missing")


def _wrong(details: str) -> _RejectedError:
    return _RejectedError(131009, "Parameter value is not valid", details)
