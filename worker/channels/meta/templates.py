"""Meta's definitions of message templates, and what its webhook reports about them. Pure.

The shapes are those of Meta's references of `message_templates` and of the `message_template_*` webhooks.
"""

from collections.abc import Mapping
from typing import Any

from session.template_definitions import ButtonForm, Definition, HeaderForm, HeaderKind, TemplateChange
from session.templates import ButtonKind
from worker.channels.reading import Malformed, list_at, object_at, text_at, word_at

_HEADERS: Mapping[str, HeaderKind] = {
    "TEXT": "text",
    "IMAGE": "image",
    "VIDEO": "video",
    "DOCUMENT": "document",
    "LOCATION": "location",
}
_NEEDS: Mapping[str, ButtonKind] = {"QUICK_REPLY": "payload", "COPY_CODE": "code"}
#: Reported of a template that may be sent again.
_AGAIN = frozenset({"REINSTATED", "UNPAUSED", "UNARCHIVED", "UNLOCKED"})
#: No status of a template.
_NO_STATUS = frozenset({"", "LIMIT_EXCEEDED", "IN_APPEAL"})
#: What a field of the webhook reports, and where its new value stands.
_CHANGES = {
    "message_template_status_update": "status",
    "message_template_quality_update": "quality",
    "template_category_update": "category",
}
_VALUES = {"status": "event", "quality": "new_quality_score", "category": "new_category"}
FIELDS = frozenset(_CHANGES)


def account_of(business_account: str) -> str:
    """Return the name of a business account among all accounts with templates."""
    return f"meta:{business_account}"


def definition_of(item: Mapping[str, Any], *, account: str) -> Definition | None:
    """Return the definition in an item of a page; None without a name and a language."""
    name, language = word_at(item, "name"), word_at(item, "language")
    if not name or not language:
        return None
    parts = {
        text_at(one, "type").upper(): one for one in list_at(item, "components") if isinstance(one, dict)
    }
    reason = text_at(item, "rejected_reason")
    return Definition(
        account=account,
        name=name,
        language=language.replace("-", "_"),
        status=text_at(item, "status").upper() or "PENDING",
        why=reason if reason not in ("", "NONE") else None,
        category=text_at(item, "category").upper() or None,
        quality=text_at(object_at(item, "quality_score"), "score").upper() or None,
        id=word_at(item, "id"),
        header=_header(parts.get("HEADER", {})),
        body=text_at(parts.get("BODY", {}), "text"),
        footer=text_at(parts.get("FOOTER", {}), "text") or None,
        buttons=tuple(
            _button(one) for one in list_at(parts.get("BUTTONS", {}), "buttons") if isinstance(one, dict)
        ),
    )


def change_from(field: str, value: Mapping[str, Any], *, account: str, at: int = 0) -> TemplateChange | None:
    """Return what a change of a field says about a template; None if that is nothing that is kept. `at` is its time, in ms.

    Raises `Malformed` if it names no template.
    """
    what = _CHANGES[field]
    name, language = word_at(value, "message_template_name"), word_at(value, "message_template_language")
    if not name or not language:
        raise Malformed("it names no template")
    after = text_at(value, _VALUES[what]).upper()
    if (what == "status" and after in _NO_STATUS) or not after:
        return None
    reason = text_at(value, "reason")
    said = text_at(object_at(value, "rejection_info"), "reason") or text_at(
        object_at(value, "other_info"), "description"
    )
    why = ": ".join(one for one in (reason if reason != "NONE" else "", said) if one)
    return TemplateChange.model_validate(
        {
            "account": account_of(account),
            "name": name,
            "language": language.replace("-", "_"),
            "what": what,
            "after": "APPROVED" if after in _AGAIN else after,
            "why": why or None,
            "at": at,
        }
    )


def _header(part: Mapping[str, Any]) -> HeaderForm | None:
    kind = _HEADERS.get(text_at(part, "format").upper())
    return HeaderForm(kind=kind, text=text_at(part, "text") if kind == "text" else "") if kind else None


def _button(part: Mapping[str, Any]) -> ButtonForm:
    kind, title = text_at(part, "type").upper(), text_at(part, "text")
    if kind == "URL":
        url = text_at(part, "url")
        return ButtonForm(title=title, needs="url" if "{{" in url else None, url=url)
    return ButtonForm(title=title or kind.replace("_", " ").capitalize(), needs=_NEEDS.get(kind))
