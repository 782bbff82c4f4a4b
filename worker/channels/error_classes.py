"""What is to be done about a provider's refusal. The codes themselves are tables beside each provider.

One rule stands above them: a reply is sent again at once only where it is *known* that it was not sent. The provider
itself can say so, in its own words, and so can a connection that was never made. What stands between us and the provider
(a proxy, a load balancer) cannot: its 502 or 504 says that it heard no answer, not that nobody heard the question.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from worker.channels.outcomes import OptedOut, Outcome, Rejected, Sent, Stopped, Throttled, Unknown
from worker.channels.reading import Malformed, load, wellformed

#: A provider's words are shown to operators; more than this many characters tell nothing more.
_LONGEST_WORDS = 500

#: A provider that asks for a longer pause than a day (in seconds) is asked again after a day.
LONGEST_PAUSE = 86_400.0

_SECONDS = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")

_STATUS_LIMIT = 600  # what is no HTTP status tells nothing


class ErrorClass(StrEnum):
    """What a refusal asks for."""

    RETRY = "retry"  # the same send may succeed later
    REJECT = "reject"  # this message never
    STOP = "stop"  # nothing through this sender, until an operator acts
    OPT_OUT = "opt-out"  # nothing to this customer, who has said so to the provider
    DOUBT = "doubt"  # nobody can say whether this message was taken


#: A code, or a range of codes, and what it asks for.
Table = Mapping[int | range, ErrorClass]


def look_up(table: Table, code: str | int | None) -> ErrorClass | None:
    """Return what a code asks for; None if the table does not know it. A single code goes before its range."""
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
    """Return what an HTTP status asks for where no known code says better; None if it tells nothing.

    `own` says that the provider itself wrote the answer. A 5xx of anybody else says nothing about the provider, nor does
    a 408 (some gateways tell their own time-out so) or a 303, which follows work that was done. Every other 4xx is a
    refusal before anything was done, and a 429 comes in place of the work. A redirection or a missing path means that the
    configured address is wrong: to reject would lose every reply until somebody notices, so the sender stops instead.
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
    """Return the outcome that an action stands for; `Unknown` for none."""
    said = wellformed(words)[:_LONGEST_WORDS]
    match action:
        case ErrorClass.RETRY:
            return Throttled(code=code, words=said, retry_after=retry_after(headers))
        case ErrorClass.REJECT:
            return Rejected(code=code, words=said)
        case ErrorClass.STOP:
            return Stopped(code=code, words=said)
        case ErrorClass.OPT_OUT:
            return OptedOut(code=code, words=said)
        case ErrorClass.DOUBT | None:
            return Unknown(words=f"{code}: {said}")


def discreet(outcome: Outcome, *secrets: str) -> Outcome:
    """Return an outcome whose words quote none of the secrets: providers repeat a malformed token in a complaint."""
    return outcome if isinstance(outcome, Sent) else replace(outcome, words=without(outcome.words, *secrets))


def without(words: str, *secrets: str) -> str:
    """Return words that quote none of the secrets."""
    for secret in filter(None, secrets):
        words = words.replace(secret, "***")
    return words


def why_not(outcome: Outcome) -> str | None:
    """Return in words why an outcome is no success; None if it is one."""
    match outcome:
        case Sent():
            return None
        case Unknown(words=words):
            return words
        case Rejected() | Throttled() | Stopped() | OptedOut():
            return f"{outcome.code}: {outcome.words}"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a `Retry-After` header asks for (RFC 9110, 10.2.3), at most a day.

    A date is counted from the answer's own `Date` header: no clock of ours is involved.
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
