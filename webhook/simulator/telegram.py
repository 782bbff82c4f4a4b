"""Plays Telegram: the methods of the Bot API with which a bot sends, and the updates by which it is told of its customers."""

import hmac
import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import blake2b
from typing import Any

from flask import Blueprint, Response, jsonify, request

from session.channels.telegram import PROVIDER as TELEGRAM
from session.channels.telegram import message_id, number_in
from session.content_parts import Kind
from session.conversations import id_of
from session.replies import Button
from webhook.simulator.faults import Fault, Mode
from webhook.simulator.inbound import MIME_TYPES
from webhook.simulator.ledger import SentContent
from webhook.simulator.media.telegram_files import LARGEST, file_id_of, file_routes, file_values
from webhook.simulator.media.telegram_sends import FILES, OTHERS, carried, parameters
from webhook.simulator.provider import CustomerPost, SimulatedProvider, WebhookRequest
from webhook.simulator.settings import Settings
from webhook.simulator.simulator import Simulator, bad_gateway

_TEXT_LIMIT = 4096
_DATA_LIMIT = 64
#: What the Bot API calls an attachment; a photo comes in several sizes.
_MEMBERS = {kind: str(kind) for kind in MIME_TYPES} | {Kind.IMAGE: "photo"}


class _BotApiError(Exception):
    def __init__(self, code: int, description: str, **parameters: object) -> None:
        super().__init__(description)
        self.code = code
        self.answer: dict[str, object] = {"ok": False, "error_code": code, "description": description}
        self.answer |= {"parameters": parameters} if parameters else {}


def telegram_routes(simulator: Simulator) -> Blueprint:
    """Return POST /bot<token>/<method>."""
    routes = Blueprint(TELEGRAM.name, __name__)
    routes.register_blueprint(file_routes(simulator, is_ours=partial(_is_ours, simulator)))

    @routes.post("/bot<token>/<method>")
    def call(token: str, method: str) -> Response:
        payload = parameters()
        try:
            _check(simulator, token)
            if method == "sendMessage" or method in FILES or method in OTHERS:
                return _send(simulator, method, payload)
            if method == "getFile":
                return jsonify(ok=True, result=_file(simulator, payload))
            return jsonify(ok=True, result=_result(simulator, token, method))
        except _BotApiError as rejected:
            answer = jsonify(rejected.answer)
            answer.status_code = rejected.code
            return answer

    return routes


def _check(simulator: Simulator, token: str) -> None:
    if not _is_ours(simulator, token):
        raise _BotApiError(401, "Unauthorized")


def _is_ours(simulator: Simulator, token: str) -> bool:
    ours = simulator.settings.secret("telegram_bot_token")
    return bool(ours) and hmac.compare_digest(token.encode(), ours.encode())


def _file(simulator: Simulator, payload: object) -> dict[str, Any]:
    wanted = (payload if isinstance(payload, dict) else request.values).get("file_id")
    file = simulator.files.find(str(wanted))
    if file is None:
        raise _BotApiError(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
    if len(file.content) > LARGEST:
        raise _BotApiError(400, "Bad Request: file is too big")
    return file_values(file)


def _result(simulator: Simulator, token: str, method: str) -> object:
    match method:
        case "getMe":
            return {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "Simulated Business"}
        case "getWebhookInfo":
            return {"url": simulator.settings.public_url + TELEGRAM.path, "pending_update_count": 0}
        case "answerCallbackQuery" | "sendChatAction":
            return True
    raise _BotApiError(404, "Not Found")


def _send(simulator: Simulator, method: str, payload: dict[str, Any]) -> Response:
    chat = str(payload.get("chat_id", ""))
    if not TELEGRAM.namespace.id.fullmatch(chat):
        raise _BotApiError(400, "Bad Request: chat not found")
    content = _content(simulator, method, payload, chat)
    customer = f"{TELEGRAM.namespace.name}:{chat}"
    fault = simulator.faults.take(TELEGRAM.name, customer)
    if fault and fault.mode is Mode.HTML:
        return bad_gateway()
    if fault:
        _apply(fault)
    number = _number(simulator.new_id())
    sent = {"message_id": number, "chat": {"id": int(chat), "type": "private"}, "text": content.text}
    return simulator.accept(
        jsonify(ok=True, result=sent),
        content,
        fault=fault,
        message_id=message_id(chat, number),
        channel=TELEGRAM.name,
        customer=customer,
    )


def _content(simulator: Simulator, method: str, payload: Mapping[str, Any], chat: str) -> SentContent:
    content = _text(payload) if method == "sendMessage" else carried(simulator, method, payload)
    if isinstance(content, str):
        raise _BotApiError(400, f"Bad Request: {content}")
    markup = payload.get("reply_markup", {})
    keyboard = [one for row in markup.get("inline_keyboard", []) for one in row]
    links = [Button(id=one["url"], title=one["text"]) for one in keyboard if "url" in one]
    asks = any("request_location" in one for row in markup.get("keyboard", []) for one in row)
    buttons = tuple(
        Button(id=one["callback_data"], title=one["text"]) for one in keyboard if "callback_data" in one
    )
    if any(not 1 <= len(button.id.encode()) <= _DATA_LIMIT for button in buttons):
        raise _BotApiError(400, "Bad Request: BUTTON_DATA_INVALID")
    quoted = payload.get("reply_parameters", {}).get("message_id")
    reply_to = message_id(chat, quoted) if quoted else None
    shown = {"buttons": buttons, "reply_to": reply_to, "link": links[0] if links else None}
    return content.model_copy(update=shown | {"asks_location": asks or None})


def _text(payload: Mapping[str, Any]) -> SentContent | str:
    text = payload.get("text")
    if not isinstance(text, str) or not text.strip():
        return "message text is empty"
    return SentContent(type="text", text=text) if len(text) <= _TEXT_LIMIT else "message is too long"


def _apply(fault: Fault) -> None:
    """Raise the rejection that a fault stands for, if it stands for one."""
    match fault.mode:
        case Mode.THROTTLE:
            seconds = int(fault.seconds)
            words = f"Too Many Requests: retry after {seconds}"
            raise _BotApiError(429, words, retry_after=seconds)
        case Mode.ERROR500:
            raise _BotApiError(500, "Internal Server Error")
        case Mode.REJECT if fault.code == 401:  # noqa: PLR2004
            raise _BotApiError(401, "Unauthorized")
        case Mode.REJECT if fault.code == 403:  # noqa: PLR2004
            raise _BotApiError(403, "Forbidden: bot was blocked by the user")
        case Mode.REJECT:
            raise _BotApiError(400, "Bad Request: chat not found")


def _number(text: str) -> int:
    """Return a number that is the same for the same text, and hardly for another one."""
    return int.from_bytes(blake2b(text.encode(), digest_size=5).digest()) + 1


def _update(post: CustomerPost, settings: Settings) -> WebhookRequest:
    message, chat = post.message, id_of(post.customer)
    author = {"id": int(chat), "is_bot": False, "first_name": message.name}
    ends = {"chat": {"id": int(chat), "type": "private", "first_name": message.name}}
    update: dict[str, Any] = {"update_id": _number(post.message_id)}
    quoted = number_in(message.reply_to or "")
    if tapped := message.button:
        keyboard = [[{"text": tapped.title, "callback_data": tapped.id}]]
        under = {"message_id": quoted or 1, **ends, "reply_markup": {"inline_keyboard": keyboard}}
        about = {"id": str(update["update_id"]), "from": author, "data": tapped.id}
        update["callback_query"] = about | {"message": under}
    elif message.kind is Kind.EDIT:
        written = {"message_id": quoted or 1, "from": author, **ends, "text": message.text}
        update["edited_message"] = written | {"edit_date": int(post.at.timestamp())}
    else:
        number = number_in(post.message_id) or _number(post.message_id)
        told = {"message_id": number, "from": author, **ends, "date": int(post.at.timestamp())}
        told |= {"reply_to_message": {"message_id": quoted}} if quoted else {}
        update["message"] = told | _said(post)
    headers = {
        "Content-Type": "application/json",
        "X-Telegram-Bot-Api-Secret-Token": settings.secret("telegram_webhook_secret"),
    }
    return WebhookRequest(
        url=settings.public_url + TELEGRAM.path, headers=headers, body=json.dumps(update).encode()
    )


def _said(post: CustomerPost) -> dict[str, Any]:
    message = post.message
    if message.kind is Kind.WELCOME:
        return {"text": "/start"}
    if message.location:
        place = message.location
        return {"location": {"latitude": place.latitude, "longitude": place.longitude}}
    if post.file:
        file = file_values(post.file) | {"mime_type": post.file.mime_type}
        file |= {"file_name": post.file.filename} if post.file.filename else {}
        del file["file_path"]
        media = [{"file_id": "small"}, file] if message.kind is Kind.IMAGE else file
        return {_MEMBERS[message.kind]: media, **({"caption": message.text} if message.text else {})}
    return {"text": message.text}


#: What BotFather makes.
_REAL_TOKEN = re.compile(r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}")


def _why_real(settings: Settings) -> str | None:
    real = _REAL_TOKEN.fullmatch(settings.secret("telegram_bot_token"))
    return "TELEGRAM_BOT_TOKEN is a token of BotFather's" if real else None


def _message_id(new_id: Callable[[], str], customer: str) -> str:
    return message_id(id_of(customer), _number(new_id()))


PROVIDER = SimulatedProvider(
    name=TELEGRAM.name,
    message_id=_message_id,
    carries=frozenset({Kind.TEXT, Kind.BUTTON, Kind.EDIT, Kind.LOCATION, Kind.WELCOME, *_MEMBERS}),
    file_id=file_id_of,
    number=lambda _: "@simulated_bot",
    message=_update,
    why_real=_why_real,
)
