"""Reads a message template in a send request to Meta, and rejects what Meta would reject. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from session.replies import Button
from session.template_definitions import parameters_in, put_in
from webhook.simulator.ledger import SentContent
from webhook.simulator.meta_carried import CAPTIONED, medium_of, place_of
from webhook.simulator.meta_checks import SendRefused, mapping, missing, sequence, within
from webhook.simulator.rejections import Rejection
from webhook.simulator.templates import Definition, Templates, part_of

_LONGEST_BODY = 1024
_UNFIT = re.compile(r"[\n\r\t]| {5}")
_INDEX = re.compile(r"[0-9]{1,2}")
_KINDS = {"quick_reply": "QUICK_REPLY", "url": "URL", "copy_code": "COPY_CODE"}
_VALUES = {"payload": "payload", "text": "text", "coupon_code": "coupon_code"}


def template_content(content: Mapping[str, Any], templates: Templates) -> SentContent:
    """Return what the customer sees of a template. Raises `SendRefused`."""
    name = within(content.get("name"), "template['name']", 512)
    language = mapping(content.get("language"), "template['language']").get("code")
    definition = templates.find(name, str(language))
    if definition is None:
        said = f"template name ({name}) does not exist in {language}"
        raise _refused(132001, "Template name does not exist in the translation", said, http=404)
    _check_status(definition)
    given = [mapping(one, "component") for one in sequence(content.get("components") or [], "components")]
    by_type = {str(one.get("type")).lower(): one for one in given if one.get("type") != "button"}
    text = _filled(part_of(definition, "BODY").get("text", ""), by_type.get("body"), "body")
    if len(text) > _LONGEST_BODY:
        raise _refused(132005, "Translated text too long", f"body: {len(text)} characters")
    category = str(definition.get("category", "utility")).lower()
    shown = {
        "template": name,
        "category": category,
        "text": text,
        "footer": part_of(definition, "FOOTER").get("text"),
    }
    shown |= _header(definition, by_type.get("header"))
    buttons = [one for one in given if str(one.get("type")).lower() == "button"]
    return SentContent(type="template", **shown, **_buttons(definition, buttons))


def _check_status(definition: Definition) -> None:
    status, name = definition["status"], definition["name"]
    if status == "PAUSED":
        raise _refused(132015, "Template is Paused", f"{name} is paused due to low quality")
    if status == "DISABLED":
        raise _refused(132016, "Template is Disabled", f"{name} is disabled due to low quality")
    if status != "APPROVED":
        raise _refused(
            132001, "Template name does not exist in the translation", f"{name} is {status}", http=404
        )


def _header(definition: Definition, given: Mapping[str, Any] | None) -> dict[str, Any]:
    part = part_of(definition, "HEADER")
    kind = str(part.get("format", "")).lower()
    if kind in ("", "text"):
        text = _filled(part.get("text", ""), given, "header")
        return {"header": text} if text else {}
    found = [
        mapping(one, "parameter") for one in sequence((given or {}).get("parameters") or [], "parameters")
    ]
    if len(found) != 1:
        raise _count("header", len(found), 1)
    if found[0].get("type") != kind:
        said = f"header: Format mismatch, expected {kind.upper()}, received {found[0].get('type')}"
        raise _refused(132012, "Parameter format does not match format in the created template", said)
    value = mapping(found[0].get(kind), kind)
    return {"media": medium_of(kind, value)} if kind in CAPTIONED else {"location": place_of(value)}


def _filled(text: str, given: Mapping[str, Any] | None, where: str) -> str:
    """Return a text with its parameters."""
    names = parameters_in(text)
    found = [
        mapping(one, "parameter") for one in sequence((given or {}).get("parameters") or [], "parameters")
    ]
    if len(found) != len(names):
        raise _count(where, len(found), len(names))
    values = {}
    for name, one in zip(names, found, strict=True):
        if one.get("type") != "text":
            said = f"{where}: Format mismatch, expected TEXT, received {one.get('type')}"
            raise _refused(132012, "Parameter format does not match format in the created template", said)
        if not name.isdecimal() and one.get("parameter_name") not in names:
            raise _refused(100, "Invalid parameter", "Parameter name is missing or empty")
        value = within(one.get("text"), f"{where} parameter", _LONGEST_BODY)
        if _UNFIT.search(value):
            said = "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
            raise _refused(132018, "There is an issue with the parameters in your template", said)
        values[one.get("parameter_name") or name] = value
    return put_in(text, values)


def _buttons(definition: Definition, given: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    forms = part_of(definition, "BUTTONS").get("buttons", [])
    values = dict(_value_of(one, forms) for one in given)
    taps, links = [], []
    for place, form in enumerate(forms):
        title, value = form.get("text", "Copy code"), values.get(place)
        is_needed = form["type"] == "COPY_CODE" or "{{" in form.get("url", "")
        if is_needed and value is None:
            raise missing(f"buttons: Button at index {place} of type {form['type']} requires a parameter")
        if form["type"] == "URL":
            url = put_in(form["url"], dict.fromkeys(parameters_in(form["url"]), value or ""))
            links.append(Button(id=url, title=title))
        elif form["type"] == "QUICK_REPLY":
            taps.append(Button(id=value or title, title=title))
    return {"buttons": tuple(taps), "link": links[0] if links else None}


def _value_of(component: Mapping[str, Any], forms: Sequence[Mapping[str, Any]]) -> tuple[int, str]:
    """Return the place of a button and the value that it is given."""
    kind, written = str(component.get("sub_type")).lower(), str(component.get("index") or 0)
    index = int(written) if _INDEX.fullmatch(written) else len(forms)
    fits = index < len(forms) and forms[index]["type"] == _KINDS.get(kind)
    if not fits:
        raise _refused(
            132012, "Parameter format does not match format in the created template", f"button {written}"
        )
    found = [mapping(each, "parameter") for each in sequence(component.get("parameters"), "parameters")]
    if len(found) != 1:
        raise _count(f"button {index}", len(found), 1)
    (one,) = found
    return index, within(one.get(_VALUES.get(str(one.get("type")), "")), f"button {index}", 2000)


def _count(where: str, given: int, expected: int) -> SendRefused:
    said = f"{where}: number of localizable_params ({given}) does not match the expected number of params ({expected})"
    return _refused(132000, "Number of parameters does not match the expected number of params", said)


def _refused(code: int, message: str, details: str, *, http: int = 400) -> SendRefused:
    return SendRefused(Rejection(http=http, code=code, message=message, details=details))
