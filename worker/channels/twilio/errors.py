"""Twilio's error codes and their classes; turns an HTTP answer into an outcome. Pure.

The codes are those of Twilio's error and warning dictionary; many arrive only later, in a status callback after a 201.
"""

from collections.abc import Mapping

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
from worker.channels.outcomes import InDoubt, Outcome, Sent
from worker.channels.reading import text_at, word_at

#: The class of each code, in an answer and in a status that reports a later failure.
TABLE: Table = {
    20429: ErrorClass.RETRY,  # too many requests; was not processed
    21611: ErrorClass.RETRY,  # the sender's queue is full
    30001: ErrorClass.RETRY,  # the queue overflowed
    63018: ErrorClass.RETRY,  # the rate of the channel is exceeded
    21211: ErrorClass.REJECT,  # no valid recipient
    21617: ErrorClass.REJECT,  # the text is too long
    21656: ErrorClass.REJECT,  # the variables of a content are invalid
    21658: ErrorClass.REJECT,  # a variable of a content is too long
    63003: ErrorClass.REJECT,  # no such recipient on WhatsApp
    63005: ErrorClass.REJECT,  # the channel refused the content
    63013: ErrorClass.REJECT,  # against the channel's policy
    63016: ErrorClass.REJECT,  # the customer service window is closed
    63017: ErrorClass.REJECT,  # refused by the channel
    63021: ErrorClass.REJECT,  # the channel refused the content as invalid
    63024: ErrorClass.REJECT,  # no valid recipient
    63027: ErrorClass.REJECT,  # the template does not exist in this language
    63028: ErrorClass.REJECT,  # the template has another number of parameters
    63032: ErrorClass.REJECT,  # WhatsApp limits messages to this customer
    63040: ErrorClass.REJECT,  # the template was rejected
    63041: ErrorClass.PAUSED,  # the template is paused
    63042: ErrorClass.DISABLED,  # the template is disabled
    63049: ErrorClass.REJECT,  # WhatsApp held a marketing message back
    21610: ErrorClass.OPT_OUT,  # the recipient has opted out
    20003: ErrorClass.STOP,  # the credentials are wrong
    21606: ErrorClass.STOP,  # the sender is none of the account's
    21655: ErrorClass.STOP,  # no such content: the setting names a wrong sid
    21659: ErrorClass.STOP,  # the sender is no number of Twilio's
    63007: ErrorClass.STOP,  # no such sender on WhatsApp
    63015: ErrorClass.STOP,  # the sandbox: the recipient has not joined
}

_SHORTEST_CODE = 5


def class_of(code: str | int | None) -> ErrorClass:
    """Return the class of a code in a `failed` or `undelivered` status; an unknown one has failed for good."""
    return look_up(TABLE, code) or ErrorClass.REJECT


def classify(status_code: int, headers: Mapping[str, str], body: bytes) -> Outcome:
    """Return the outcome of a send.

    A 2xx that names a message was accepted. A 2xx that names none was not written by Twilio (a proxy, a maintenance page)
    and is `InDoubt`, because it is not known whether Twilio saw the request; so is a 5xx without Twilio's own error.
    """
    answer = answer_of(body)
    if is_success(status_code):
        sid = word_at(answer, "sid")
        return (
            Sent(provider_id=sid)
            if sid
            else InDoubt(words=f"HTTP {status_code} with an answer that is not Twilio's")
        )
    code = word_at(answer, "code")
    # Gateways write JSON too, with the HTTP status as its code; Twilio's codes have five digits.
    own = code is not None and len(code) >= _SHORTEST_CODE
    return refusal(
        (look_up(TABLE, code) if own else None) or by_status(status_code, own=own),
        code=code or f"http-{status_code}",
        words=text_at(answer, "message") or "an answer without a code",
        headers=headers,
    )


def why_refused(status_code: int, headers: Mapping[str, str], body: bytes) -> str | None:
    """Return in words why a request that sends nothing failed; None if it did not."""
    if is_success(status_code) and answer_of(body):
        return None
    return why_not(classify(status_code, headers, body))
