"""Reads Meta's warnings about an account or a sender: bans, restrictions, quality, rejected names, locked accounts. Pure.

The fields and their values are those of Meta's webhook reference for WhatsApp business accounts. Other
values are ignored, and counted by the name of the field.
"""

from dataclasses import dataclass
from typing import Any

from session.pauses import Trouble
from worker.channels.outcomes import AccountNews
from worker.channels.reading import list_at, object_at, text_at, word_at

_BAD_EVENTS = {
    "ACCOUNT_DELETED",
    "ACCOUNT_OFFBOARDED",
    "ACCOUNT_RESTRICTION",
    "ACCOUNT_VIOLATION",
    "DISABLED_UPDATE",
    "PARTNER_APP_UNINSTALLED",
    "PARTNER_REMOVED",
    "PHONE_NUMBER_REMOVED",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judgement:
    """How a change reports a problem, or the end of one."""

    says: str  #: the member with the value
    bad: frozenset[str]
    good: frozenset[str]
    why: str = ""  #: the member with a reason


_REFUSED, _ACCEPTED = frozenset({"REJECTED", "DECLINED"}), frozenset({"APPROVED"})
_JUDGED = {
    "phone_number_quality_update": _Judgement(
        says="event",
        bad=frozenset({"FLAGGED", "DOWNGRADE"}),
        good=frozenset({"UNFLAGGED", "UPGRADE"}),
        why="current_limit",
    ),
    "phone_number_status": _Judgement(
        says="status",
        bad=frozenset({"FLAGGED", "RESTRICTED", "RATE_LIMITED", "BANNED", "DISCONNECTED"}),
        good=frozenset({"CONNECTED"}),
    ),
    "phone_number_name_update": _Judgement(
        says="decision", bad=_REFUSED, good=_ACCEPTED, why="rejection_reason"
    ),
    "account_review_update": _Judgement(says="decision", bad=_REFUSED, good=_ACCEPTED),
}
_LOUD = {"CRITICAL", "WARNING"}


def account_news(field: str, value: dict[str, Any], *, account: str) -> AccountNews | None:
    """Return the warning in a change of a field other than messages, None if there is none.

    `account` is the id of the business account of the entry.
    """
    if field == "account_update":
        return _account_update(value, account)
    if field == "account_alerts":
        return _alert(value, account)
    judgement = _JUDGED.get(field)
    return _judged(field, value, judgement, account) if judgement else None


def value_error(error: dict[str, Any], *, sender: str, account: str) -> AccountNews:
    """Return the warning for an error of a whole change, which concerns the sender or its account."""
    code = word_at(error, "code") or "error"
    words = text_at(error, "message") or text_at(error, "title")
    details = text_at(object_at(error, "error_data"), "details")
    about = f"meta:{sender}" if sender else f"meta:account:{account}"
    return _news(about, "errors", code, ": ".join(dict.fromkeys(filter(None, (words, details)))))


def _news(about: str, kind: str, code: str, words: str = "", *, over: bool = False) -> AccountNews:
    return AccountNews(trouble=Trouble(about=about, kind=kind, code=code, words=words), over=over)


def _account_update(value: dict[str, Any], account: str) -> AccountNews | None:
    about, event = f"meta:account:{account}", text_at(value, "event")
    ban = object_at(value, "ban_info")
    states = [state for state in _words_of(ban.get("waba_ban_state")) if state]
    if "REINSTATE" in states or event == "ACCOUNT_REINSTATED":
        return _news(about, "account_update", event, over=True)
    if event not in _BAD_EVENTS:
        return None
    violation = text_at(object_at(value, "violation_info"), "violation_type")
    restrictions = [
        text_at(one, "restriction_type")
        for one in list_at(value, "restriction_info")
        if isinstance(one, dict)
    ]
    words = [*states, text_at(ban, "waba_ban_date"), violation, *restrictions, text_at(value, "phone_number")]
    return _news(about, "account_update", event, " ".join(filter(None, words)))


def _judged(field: str, value: dict[str, Any], judgement: _Judgement, account: str) -> AccountNews | None:
    said = text_at(value, judgement.says).upper()
    if said not in judgement.bad | judgement.good:
        return None
    number = word_at(value, "display_phone_number")
    about = f"meta:number:{number}" if number else f"meta:account:{account}"
    return _news(about, field, said, text_at(value, judgement.why), over=said in judgement.good)


def _alert(value: dict[str, Any], account: str) -> AccountNews | None:
    info = object_at(value, "alert_info") or value
    if text_at(info, "alert_severity").upper() not in _LOUD:
        return None
    code = text_at(info, "alert_type") or "alert"
    entity = word_at(value, "entity_id") or account
    over = text_at(info, "alert_status").upper() in {"RESOLVED", "NONE", "INACTIVE"}
    return _news(
        f"meta:account:{entity}",
        f"account_alerts.{code}",
        code,
        text_at(info, "alert_description"),
        over=over,
    )


def _words_of(value: object) -> list[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
