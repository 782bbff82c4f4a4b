"""Telegram's error codes and their classes; turns an HTTP answer into an outcome.

The codes are those of HTTP. Only a 403 has several meanings, which its text tells apart.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from session.channels.telegram import message_id
from worker.channels.error_classes import (
    LONGEST_PAUSE,
    ErrorClass,
    Table,
    answer_of,
    by_status,
    is_success,
    look_up,
    refusal,
    why_not,
)
from worker.channels.outcomes import InDoubt, Outcome, Sent, Throttled
from worker.channels.reading import number_at, object_at, text_at, word_at

TABLE: Table = {
    400: ErrorClass.REJECT,  # no such chat, an empty or too long text
    401: ErrorClass.STOP,  # the token was revoked
    403: ErrorClass.REJECT,  # the customer has never written to the bot
    404: ErrorClass.STOP,  # there is no bot with this token
    429: ErrorClass.RETRY,  # too many messages, in this chat or of the bot
    range(500, 600): ErrorClass.RETRY,  # an internal server error
}

#: Texts of a 403 that say that the customer wants or gets nothing any more.
_GONE = ("blocked by the user", "user is deactivated")


def class_of(code: str | int | None) -> ErrorClass:
    """Return the class of a code; an unknown one has failed for good."""
    return look_up(TABLE, code) or ErrorClass.REJECT


def classify(status_code: int, headers: Mapping[str, str], body: bytes) -> Outcome:
    """Return the outcome of an answer to a send.

    A success that names no message, and an error without Telegram's own code, come from something in between and are
    `InDoubt`, unless the HTTP status itself says that nothing was sent.
    """
    answer = answer_of(body)
    code = word_at(answer, "error_code")
    if code is None and is_success(status_code):
        sent = object_at(answer, "result")
        chat, number = word_at(object_at(sent, "chat"), "id"), word_at(sent, "message_id")
        if chat and number:
            return Sent(provider_id=message_id(chat, number))
        return InDoubt(words=f"HTTP {status_code} with an answer that is not Telegram's")
    outcome = refusal(
        _class_of_answer(code, answer) or by_status(status_code, own=False),
        code=code or f"http-{status_code}",
        words=text_at(answer, "description") or "an answer without a code",
        headers=headers,
    )
    pause = number_at(object_at(answer, "parameters"), "retry_after")
    if isinstance(outcome, Throttled) and pause is not None:
        return replace(outcome, retry_after=min(max(pause, 0.0), LONGEST_PAUSE))
    return outcome


def why_refused(status_code: int, headers: Mapping[str, str], body: bytes) -> str | None:
    """Return in words why a request that sends nothing failed; None if it did not."""
    if is_success(status_code) and answer_of(body).get("ok") is True:
        return None
    return why_not(classify(status_code, headers, body))


def _class_of_answer(code: str | None, answer: dict[str, Any]) -> ErrorClass | None:
    if code is None or answer.get("ok") is not False:
        return None  # gateways write JSON too
    text = text_at(answer, "description").lower()
    if code == "403" and any(gone in text for gone in _GONE):
        return ErrorClass.OPT_OUT
    return class_of(code)
