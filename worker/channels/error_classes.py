"""What follows from a provider's error. The codes are tables in the folder of each provider.

One rule takes precedence: a reply is sent again at once only if it is *known* that it was not sent. The provider's own
error says so, and so does a connection that was never made. A proxy or a load balancer in between cannot know: its 502 or
504 says that it got no answer, not that the provider did not get the request.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from worker.channels.outcomes import InDoubt, OptedOut, Outcome, Prepared, Rejected, Sent, Stopped, Throttled
from worker.channels.reading import Malformed, load, wellformed

#: Characters of a provider's description that operators see.
_LONGEST_WORDS = 500

#: A provider that asks for a longer pause than a day (in seconds) is asked again after a day.
LONGEST_PAUSE = 86_400.0

_SECONDS = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")

_STATUS_LIMIT = 600  # a higher number is not an HTTP status


class ErrorClass(StrEnum):
    """What follows from an error."""

    RETRY = "retry"  # the same send may succeed later
    REJECT = "reject"  # this message can never be sent
    STOP = "stop"  # this sender can send nothing until an operator acts
    OPT_OUT = "opt-out"  # the customer wants no messages, and has told the provider
    NO_MARKETING = "no-marketing"  # the customer wants no marketing messages; this one can never be sent
    PAUSED = "paused"  # this template is paused, so this message is not sent; others are
    DISABLED = "disabled"  # this template is switched off for good
    DOUBT = "doubt"  # it is unknown whether this message was accepted


#: A code, or a range of codes, and its class.
Table = Mapping[int | range, ErrorClass]


def look_up(table: Table, code: str | int | None) -> ErrorClass | None:
    """Return the class of a code; None if the table does not contain it. A single code takes precedence over a range."""
    number = _number(code)
    if number is None:
        return None
    if number in table:
        return table[number]
    return next((action for key, action in table.items() if isinstance(key, range) and number in key), None)


def _number(code: str | int | None) -> int | None:
    if isinstance(code, int):
        return code
    return int(code) if code and re.fullmatch(r"[0-9]{1,12}", code) else None


def is_success(status_code: int) -> bool:
    """Whether an HTTP status says that the request was carried out."""
    return 200 <= status_code < 300  # noqa: PLR2004 - the class of HTTP statuses


def answer_of(body: bytes) -> dict[str, Any]:
    """Return the JSON object that an answer holds; an empty one if it holds something else."""
    try:
        answer = load(body)
    except Malformed:
        return {}
    return answer if isinstance(answer, dict) else {}


def by_status(status_code: int, *, own: bool) -> ErrorClass | None:
    """Return the class of an HTTP status without a known code; None if the status says nothing.

    `own` says that the provider itself wrote the answer. A 5xx of something in between says nothing about the provider. Nor
    does a 408, with which some gateways report their own time-out, or a 303, which follows completed work. Every other 4xx
    rejects the request before it was processed, and so does a 429. A redirect or an unknown path means that the configured
    address is wrong: the sender stops, because rejecting would lose every reply until it is noticed.
    """
    match status_code:
        case 301 | 302 | 307 | 308 | 401 | 403 | 404 | 405 | 407 | 410:
            return ErrorClass.STOP
        case 425 | 429:
            return ErrorClass.RETRY
        case 408:
            return ErrorClass.RETRY if own else None
    if HTTPStatus.BAD_REQUEST <= status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return ErrorClass.REJECT
    if own and HTTPStatus.INTERNAL_SERVER_ERROR <= status_code < _STATUS_LIMIT:
        return ErrorClass.RETRY
    return None


def refusal(action: ErrorClass | None, *, code: str, words: str, headers: Mapping[str, str]) -> Outcome:
    """Return the outcome of an error class; `InDoubt` for None."""
    said = wellformed(words)[:_LONGEST_WORDS]
    match action:
        case ErrorClass.RETRY:
            return Throttled(code=code, words=said, retry_after=retry_after(headers))
        case ErrorClass.REJECT:
            return Rejected(code=code, words=said)
        case ErrorClass.NO_MARKETING | ErrorClass.PAUSED | ErrorClass.DISABLED:
            return Rejected(code=code, words=said, tells=action.value)
        case ErrorClass.STOP:
            return Stopped(code=code, words=said)
        case ErrorClass.OPT_OUT:
            return OptedOut(code=code, words=said)
        case ErrorClass.DOUBT | None:
            return InDoubt(words=f"{code}: {said}")


def discreet(outcome: Outcome, *secrets: str) -> Outcome:
    """Return an outcome whose words contain none of the secrets: providers repeat a malformed token in an error."""
    return outcome if isinstance(outcome, Sent) else replace(outcome, words=without(outcome.words, *secrets))


def without(words: str, *secrets: str) -> str:
    """Return words that contain none of the secrets."""
    for secret in filter(None, secrets):
        words = words.replace(secret, "***")
    return words


def why_not(outcome: Outcome) -> str | None:
    """Return why a send failed, in words; None if it did not."""
    match outcome:
        case Sent():
            return None
        case InDoubt(words=words) | Prepared(words=words):
            return words
        case Rejected() | Throttled() | Stopped() | OptedOut():
            return f"{outcome.code}: {outcome.words}"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a `Retry-After` header (RFC 9110, 10.2.3), at most a day; None without one.

    A date is compared with the answer's own `Date` header, not with the clock of this machine.
    """
    folded = {name.lower(): value.strip() for name, value in headers.items()}
    value = folded.get("retry-after", "")
    if _SECONDS.fullmatch(value):
        return min(float(value), LONGEST_PAUSE)
    try:
        until = parsedate_to_datetime(value)
        since = parsedate_to_datetime(folded.get("date", ""))
        seconds = (until - since).total_seconds()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(seconds, 0.0), LONGEST_PAUSE)
