"""Telegram's `getFile`, and the address of the bytes to which it leads."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify

from webhook.simulator.media.answers import bytes_of
from webhook.simulator.media.files import File, number_of
from webhook.simulator.simulator import Simulator

#: The Bot API hands out no larger files.
LARGEST = 20 * 1024 * 1024
_FOLDER = "documents"


def file_id_of(message_id: str) -> str:
    """Return the id of what is attached to a message."""
    return f"file-{number_of(message_id)}"


def file_values(file: File) -> dict[str, Any]:
    """Return what `getFile` answers."""
    return {
        "file_id": file.id,
        "file_unique_id": file.id.removeprefix("file-"),
        "file_size": len(file.content),
        "file_path": f"{_FOLDER}/{file.id}",
    }


def file_routes(simulator: Simulator, *, is_ours: Callable[[str], bool]) -> Blueprint:
    """Return GET /file/bot<token>/<path>; `is_ours` says whether a token is valid."""
    routes = Blueprint("telegram_files", __name__)

    @routes.get(f"/file/bot<token>/{_FOLDER}/<file_id>")
    def fetch(token: str, file_id: str) -> Response:
        file = simulator.files.find(file_id) if is_ours(token) else None
        if file is None:
            code, words = (404, "Not Found") if is_ours(token) else (401, "Unauthorized")
            answer = jsonify(ok=False, error_code=code, description=words)
            answer.status_code = code
            return answer
        return bytes_of(file)

    return routes
