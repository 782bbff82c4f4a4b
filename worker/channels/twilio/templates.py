"""Message templates at Twilio: which Content and which variables send one, and the definitions in its Content API. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from session.channels.twilio import sid_of
from session.template_definitions import ButtonForm, Definition, HeaderForm, HeaderKind, parameters_in
from session.templates import Template
from worker.channels.reading import list_at, object_at, text_at, word_at
from worker.channels.twilio.contents import Content

#: The kinds of content that WhatsApp has as templates, the richest first.
_TYPES = (
    "whatsapp/card",
    "twilio/card",
    "twilio/quick-reply",
    "twilio/call-to-action",
    "twilio/media",
    "twilio/text",
)
#: The kind of a file by the end of its address, as far as it can be seen.
_KINDS: Mapping[str, HeaderKind] = {"mp4": "video", "3gp": "video", "pdf": "document"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,511}")


def content_of_template(template: Template, sids: Mapping[str, str], address: str | None) -> Content | None:
    """Return the Content that sends a template; None if its sid is not known, or the file in its header does not fit it.

    Without its definition the values of the body are the variables 1, 2 ..., or those that are named; a text in the header
    and what the buttons need follow in this order. `address` is that of the file in the header.
    """
    sid = template.id or sid_of(sids, template.name, template.language)
    if sid is None:
        return None
    if template.variables is None:
        if template.file:
            return None
        return Content(sid, by_name=dict(_numbered(template)))
    variables = dict(template.variables)
    if template.header_form and address:
        (name, *_) = parameters_in(template.header_form)
        before, after = re.split(r"\{\{\s*\w+\s*\}\}", template.header_form, maxsplit=1)
        if not address.startswith(before) or not address.endswith(after):
            return None
        variables[name] = address[len(before) : len(address) - len(after)]
    return Content(sid, by_name=variables)


def _numbered(template: Template) -> Iterator[tuple[str, str]]:
    body = template.body if isinstance(template.body, dict) else {}
    yield from body.items()
    positional = [] if body else template.values
    header = [template.header] if isinstance(template.header, str) else []
    for number, value in enumerate([*positional, *header, *(one.value for one in template.buttons)], start=1):
        yield str(number), value


def definition_of(item: Mapping[str, Any], *, account: str) -> Definition | None:
    """Return the definition in an item of `ContentAndApprovals`; None for one that is no template of WhatsApp's."""
    types = object_at(item, "types")
    kind = next((one for one in _TYPES if isinstance(types.get(one), dict)), None)
    approval = object_at(item, "approval_requests")
    name = word_at(approval, "name") or word_at(item, "friendly_name") or ""
    sid = word_at(item, "sid")
    if kind is None or sid is None or not _NAME.fullmatch(name):
        return None
    parts = object_at(types, kind)
    media = next((one for one in list_at(parts, "media") if isinstance(one, str)), None)
    title = text_at(parts, "header_text") or text_at(parts, "title")
    has_own_title = kind == "twilio/card" and not text_at(parts, "body")
    status = text_at(approval, "status") or "unsubmitted"
    return Definition(
        account=account,
        name=name,
        language=(word_at(item, "language") or "en").replace("-", "_"),
        status=status.upper(),
        why=text_at(approval, "rejection_reason") or None,
        category=text_at(approval, "category").upper() or None,
        id=sid,
        header=_header(media, "" if has_own_title else title),
        body=title if has_own_title else text_at(parts, "body"),
        footer=text_at(parts, "footer") or text_at(parts, "subtitle") or None,
        buttons=tuple(_button(one) for one in list_at(parts, "actions") if isinstance(one, dict)),
    )


def _header(media: str | None, title: str) -> HeaderForm | None:
    if media:
        return HeaderForm(kind=_KINDS.get(media.rpartition(".")[2].lower(), "image"), text=media)
    return HeaderForm(kind="text", text=title) if title else None


def _button(action: Mapping[str, Any]) -> ButtonForm:
    title, url = text_at(action, "title"), text_at(action, "url") or None
    payload, kind = text_at(action, "id") or None, text_at(action, "type").upper()
    if kind == "COPY_CODE":
        code = text_at(action, "code")
        return ButtonForm(title=title or "Copy", needs="code" if parameters_in(code) else None, payload=code)
    if url:
        return ButtonForm(title=title, needs="url" if parameters_in(url) else None, url=url)
    return ButtonForm(title=title, needs="payload" if parameters_in(payload or "") else None, payload=payload)
