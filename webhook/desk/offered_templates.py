"""The message templates that an agent can send to a customer who wrote too long ago, and what the agent fills in. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from session.content_parts import Location
from session.files import LONGEST_URL, File
from session.template_definitions import SENDABLE, Definition, Definitions, key_of, put_in
from session.template_fitting import filled
from session.templates import (
    BODY_LIMIT,
    BUTTON_LIMIT,
    CODE_LIMIT,
    HEADER_LIMIT,
    Template,
    UnusableTemplate,
)

#: Templates of an account that are offered; more would be no choice any more.
_MOST_OFFERED = 200
_FURTHEST = {"latitude": 90, "longitude": 180}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value that an agent gives."""

    name: str  #: of the field in the form
    part: str  #: where it is: "header", "body", "button", or what is above the text: "image", "latitude" ...
    label: str  #: the parameter, the title of the button, or the address in which a value is put
    most: int  #: characters
    form: Literal["text", "number", "file"] = "text"  #: a file is at an address, or attached


def offered(known: Definitions, channel: str) -> list[Definition]:
    """Return the templates of a channel that may be sent, by name and language."""
    found = [one for one in known.known if one.channel == channel and one.status in SENDABLE and one.is_read]
    return sorted(found, key=lambda one: (one.name, one.language))[:_MOST_OFFERED]


def one_of(offers: Sequence[Definition], key: str) -> Definition | None:
    """Return the offered template with a key; None if it is not offered."""
    return next((one for one in offers if key_of(one.account, one.name, one.language) == key), None)


def fields_of(one: Definition) -> list[Field]:
    """Return what an agent fills in, in the order in which the customer reads it. A quick reply sends its title back."""
    body = [
        Field(name=f"body.{name}", part="body", label=f"{{{{{name}}}}}", most=BODY_LIMIT)
        for name in one.parameters
    ]
    buttons = [
        Field(
            name=f"button.{place}",
            part=form.needs,
            label=form.url or form.title,
            most=CODE_LIMIT if form.needs == "code" else BUTTON_LIMIT,
        )
        for place, form in enumerate(one.buttons)
        if form.needs in ("url", "code")
    ]
    return [*_fields_above(one), *body, *buttons]


def _fields_above(one: Definition) -> Iterator[Field]:
    if one.header is None or not one.needs_header:
        return
    match one.header.kind:
        case "text":
            for name in one.header_parameters[:1]:
                yield Field(name="header", part="header", label=f"{{{{{name}}}}}", most=HEADER_LIMIT)
        case "location":
            for part in ("latitude", "longitude"):
                yield Field(name=f"header.{part}", part=part, label="", most=24, form="number")
            for part in ("name", "address"):
                yield Field(name=f"header.{part}", part=part, label="", most=BODY_LIMIT)
        case kind if one.header.text:
            yield Field(name="header", part=kind, label=one.header.text, most=LONGEST_URL)
        case kind:
            yield Field(name="header", part=kind, label="", most=LONGEST_URL, form="file")


def template_in(form: Mapping[str, str], one: Definition, attached: File | None = None) -> Template:
    """Return the template with what an agent has filled in, and attached. Raises `ValueError` with what is wrong with it."""
    values = {field.name: form.get(field.name, "").strip() for field in fields_of(one)}
    body = {name: values[f"body.{name}"] for name in one.parameters}
    buttons: list[dict[str, Any]] = [
        {"index": place, each.needs: values.get(f"button.{place}", each.title)}
        for place, each in enumerate(one.buttons)
        if each.needs
    ]
    named = any(not name.isdecimal() for name in body)
    try:
        template = Template.model_validate(
            {
                "name": one.name,
                "language": one.language,
                "header": _header(values, one, attached),
                "body": body if named else tuple(body.values()),
                "buttons": buttons,
            }
        )
        return filled(template, one)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise ValueError(first["msg"].removeprefix("Value error, ")) from None
    except UnusableTemplate as error:
        raise ValueError(error.why) from None


def _header(
    values: Mapping[str, str], one: Definition, attached: File | None
) -> str | Location | File | None:
    """Return what stands above the text. Raises `ValueError`."""
    if one.header is None or not one.needs_header:
        return None
    written = values.get("header", "")
    match one.header.kind:
        case "text":
            return written
        case "location":
            return Location(
                latitude=_degrees(values, "latitude"),
                longitude=_degrees(values, "longitude"),
                name=values["header.name"] or None,
                address=values["header.address"] or None,
            )
        case kind:
            if attached and not one.header.text:
                return attached
            # An account at Twilio has an address with a place for its end.
            is_whole = not one.header.text or written.startswith(("https://", "http://"))
            address = (
                written
                if is_whole
                else put_in(one.header.text, dict.fromkeys(one.header_parameters, written))
            )
            return File.model_validate({"url": address, "kind": kind}) if written else None


def _degrees(values: Mapping[str, str], part: str) -> float:
    most = _FURTHEST[part]
    try:
        degrees = float(values[f"header.{part}"])
    except ValueError:
        degrees = float("nan")
    if not -most <= degrees <= most:
        raise ValueError(f"the {part} of a place is a number from -{most} to {most}")
    return degrees
