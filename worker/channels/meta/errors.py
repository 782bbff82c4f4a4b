"""Meta's error codes and their classes; turns an HTTP answer into an outcome. Pure.

The codes are those of Meta's error reference for the Cloud API. Branching is on the code alone: throttles come as
HTTP 400, and the words change.
"""

from collections.abc import Mapping
from typing import Any

from worker.channels.error_classes import (
    ErrorClass,
    Table,
    answer_of,
    by_status,
    is_success,
    look_up,
    refusal,
    why_not,
)
from worker.channels.outcomes import InDoubt, Outcome, Rejected, Sent
from worker.channels.reading import object_at, text_at, word_at

#: The class of each code, or range of codes, in an answer and in a status that reports a later failure.
TABLE: Table = {
    1: ErrorClass.DOUBT,  # an unknown error of the platform, which does not say whether it came before or after the work
    2: ErrorClass.RETRY,  # the platform is down or overloaded
    4: ErrorClass.RETRY,  # calls of the app an hour
    80007: ErrorClass.RETRY,  # calls of the business account an hour
    80008: ErrorClass.RETRY,  # the same, about templates
    130429: ErrorClass.RETRY,  # messages of the sender a second
    131000: ErrorClass.RETRY,  # something went wrong
    131016: ErrorClass.RETRY,  # a service is temporarily unavailable
    131056: ErrorClass.RETRY,  # too many messages from this sender to this customer
    131057: ErrorClass.RETRY,  # the account is in maintenance
    133004: ErrorClass.RETRY,  # the server is temporarily unavailable
    133016: ErrorClass.RETRY,  # registered too often
    33: ErrorClass.REJECT,  # the parameter's value names nothing
    100: ErrorClass.REJECT,  # a parameter is wrong
    130472: ErrorClass.REJECT,  # the customer is part of an experiment
    131008: ErrorClass.REJECT,  # a parameter is missing
    131009: ErrorClass.REJECT,  # a parameter's value is wrong
    131021: ErrorClass.REJECT,  # the recipient is the business itself
    131026: ErrorClass.REJECT,  # cannot be delivered to this customer
    131030: ErrorClass.REJECT,  # the recipient is not on the test number's list
    131047: ErrorClass.REJECT,  # the customer service window is closed
    131049: ErrorClass.REJECT,  # held back for the sake of the customer, who had enough marketing messages
    131050: ErrorClass.NO_MARKETING,  # the customer stopped marketing messages
    131051: ErrorClass.REJECT,  # the type is not supported
    131052: ErrorClass.REJECT,  # a medium cannot be fetched
    131053: ErrorClass.REJECT,  # a medium cannot be uploaded: its type, its size
    131062: ErrorClass.REJECT,  # business-scoped ids are not taken for this message
    132015: ErrorClass.PAUSED,  # a template that too many customers have blocked, for hours
    132016: ErrorClass.DISABLED,  # a template that was paused too often
    range(
        132000, 133000
    ): ErrorClass.REJECT,  # templates: missing, other parameters, a text that becomes too long, ...
    0: ErrorClass.STOP,  # the token is not valid
    3: ErrorClass.STOP,  # the app lacks a capability
    10: ErrorClass.STOP,  # a permission is missing
    190: ErrorClass.STOP,  # the token has expired
    range(200, 300): ErrorClass.STOP,  # permissions
    368: ErrorClass.STOP,  # blocked for a policy violation
    130497: ErrorClass.STOP,  # the account may not write to this country
    131005: ErrorClass.STOP,  # access denied
    131031: ErrorClass.STOP,  # the account is locked
    131037: ErrorClass.STOP,  # the display name is not approved
    131042: ErrorClass.STOP,  # payment is not settled
    131045: ErrorClass.STOP,  # the sender is not registered
    131048: ErrorClass.STOP,  # too many of our messages were reported or blocked
    133006: ErrorClass.STOP,  # the sender must be verified
    133010: ErrorClass.STOP,  # the sender is not registered with the Cloud API
}

#: Code and subcode, if the code alone is not enough.
_BY_SUBCODE = {
    ("100", "33"): ErrorClass.STOP,  # there is no such sender, or the token has no access to it
}

#: The code of a status of a message whose upload cannot be used.
UNUSABLE_UPLOAD = "131053"

#: Of the words of code 100, which has many reasons.
_NO_SUCH_MEDIUM = "media attachment id"

#: Members of every error of Meta, which others rarely have.
_METAS_OWN = frozenset({"type", "fbtrace_id"})

#: A known code with this many digits is Meta's too.
_SHORTEST_CODE = 5


def class_of(code: str | int | None) -> ErrorClass:
    """Return the class of a code in a `failed` status; an unknown one has failed for good."""
    return look_up(TABLE, code) or ErrorClass.REJECT


def classify(status_code: int, headers: Mapping[str, str], body: bytes) -> Outcome:
    """Return the outcome of a send.

    A 2xx that names a message was accepted. A 2xx that names none was not written by Meta (a proxy, a maintenance page)
    and is `InDoubt`, because it is not known whether Meta saw the request; so is a 5xx without Meta's own error.
    """
    answer = answer_of(body)
    if isinstance(answer.get("error"), dict):
        return _refused(status_code, headers, answer["error"])
    if is_success(status_code):
        named = _message_id(answer)
        return (
            Sent(provider_id=named)
            if named
            else InDoubt(words=f"HTTP {status_code} with an answer that is not Meta's")
        )
    code = f"http-{status_code}"
    return refusal(
        by_status(status_code, own=False), code=code, words="an answer without a code", headers=headers
    )


def media_id_in(status_code: int, headers: Mapping[str, str], body: bytes) -> str | Outcome:
    """Return the id of a medium that was uploaded, or what prevents the send that needs it."""
    answer = answer_of(body)
    if is_success(status_code) and (found := word_at(answer, "id")) and "error" not in answer:
        return found
    return classify(status_code, headers, body)


def is_unknown_upload(outcome: Outcome) -> bool:
    """Whether Meta refused a message because it does not know the medium: it was deleted, or has expired."""
    return (
        isinstance(outcome, Rejected) and outcome.code == "100" and _NO_SUCH_MEDIUM in outcome.words.lower()
    )


def why_refused(status_code: int, headers: Mapping[str, str], body: bytes) -> str | None:
    """Return in words why a request that sends nothing failed; None if it did not."""
    answer = answer_of(body)
    if is_success(status_code) and answer and not isinstance(answer.get("error"), dict):
        return None
    return why_not(classify(status_code, headers, body))


def first_error(errors: list[Any]) -> tuple[str | None, str | None]:
    """Return code and words of the first error of a list, as statuses carry it."""
    error = next((one for one in errors if isinstance(one, dict)), {})
    return word_at(error, "code"), _words(error) or None


def _refused(status_code: int, headers: Mapping[str, str], error: dict[str, Any]) -> Outcome:
    code = word_at(error, "code")
    action = _BY_SUBCODE.get((code or "", word_at(error, "error_subcode") or "")) or look_up(TABLE, code)
    own = bool(_METAS_OWN & error.keys()) or (action is not None and len(code or "") >= _SHORTEST_CODE)
    if not own and by_status(status_code, own=False) is None:
        action = None  # gateways write JSON too, with the HTTP status as its code
    elif action is None:
        transient = error.get("is_transient") is True
        action = ErrorClass.RETRY if transient else by_status(status_code, own=own)
        if action is None and is_success(status_code):
            action = ErrorClass.REJECT
    return refusal(action, code=code or f"http-{status_code}", words=_words(error), headers=headers)


def _words(error: dict[str, Any]) -> str:
    message = text_at(error, "message") or text_at(error, "title")
    details = text_at(object_at(error, "error_data"), "details")
    return ": ".join(dict.fromkeys(filter(None, (message, details))))


def _message_id(answer: dict[str, Any]) -> str:
    messages = answer.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    return (word_at(first, "id") or "") if isinstance(first, dict) else ""
