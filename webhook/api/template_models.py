"""The definitions of message templates as requests contain them, and what is wrong with one. Pure."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from session.template_definitions import (
    ButtonForm,
    Definition,
    HeaderForm,
    HeaderKind,
    parameters_in,
    put_in,
)
from session.templates import BODY_LIMIT, BUTTON_LIMIT, HEADER_LIMIT, MOST_BUTTONS, ButtonKind, Language, Name
from webhook.api.models import Asked, Page, Text, Title

#: A word of a provider, in capitals.
_Word = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z_]{0,39}$")]
_Form = Annotated[Text, StringConstraints(max_length=BUTTON_LIMIT)]
_META = "meta"


class NewHeader(Asked):
    """The header of a template."""

    kind: HeaderKind
    text: _Form = Field(
        "", description="Of a text; of a file at Twilio, its address. Either may have a parameter."
    )


class NewForm(Asked):
    """A button of a template."""

    title: Title
    needs: ButtonKind | None = Field(None, description="What a message gives it.")
    url: _Form | None = Field(
        None, description="The address that it opens, with {{1}} if a message gives its end."
    )
    payload: _Form | None = Field(None, description="At Twilio: what a tap sends back.")


class NewDefinition(Asked):
    """A message template as a provider has it."""

    status: _Word = Field(
        "APPROVED", description="In the words of Meta. Only APPROVED and FLAGGED ones are sent."
    )
    category: _Word = Field(
        examples=["MARKETING", "UTILITY", "AUTHENTICATION"],
        description="Marketing is not sent to a customer who wishes none.",
    )
    id: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9]{1,64}$",
        description="The provider's own; at Twilio the sid of the Content.",
    )
    header: NewHeader | None = None
    body: Annotated[Text, StringConstraints(min_length=1, max_length=BODY_LIMIT)] = Field(
        description="With {{1}}, {{2}}, ... or {{name}} for parameters."
    )
    footer: Annotated[Text, StringConstraints(min_length=1, max_length=HEADER_LIMIT)] | None = None
    buttons: list[NewForm] = Field(default_factory=list, max_length=MOST_BUTTONS)


class TemplatePath(BaseModel):
    """The address of a definition."""

    account: str = Field(
        pattern=r"^(meta|twilio):[A-Za-z0-9]{1,64}$",
        description="`meta:<business account id>` or `twilio:<account sid>`.",
    )
    name: Name
    language: Language


class TemplatePage(Page):
    """Which definitions."""

    channel: Literal["", "meta", "twilio"] = Field("", description="Without: all.")
    name: str = Field("", max_length=512)
    status: str = Field("", max_length=40)


def definition_of(path: TemplatePath, asked: NewDefinition) -> Definition:
    """Return the definition that a request puts. Raises `ValueError` with everything that is wrong with it."""
    definition = Definition(
        account=path.account,
        name=path.name,
        language=path.language,
        status=asked.status,
        category=asked.category,
        id=asked.id,
        header=HeaderForm(**asked.header.model_dump()) if asked.header else None,
        body=asked.body,
        footer=asked.footer,
        buttons=tuple(ButtonForm(**one.model_dump()) for one in asked.buttons),
    )
    if wrong := [*_wrong_header(definition), *_wrong_body(definition), *_wrong_buttons(definition)]:
        raise ValueError("; ".join(wrong))
    return definition


def _wrong_header(definition: Definition) -> Iterator[str]:
    header = definition.header
    if header is None:
        return
    yield from _wrong_text("header", header.text)
    if len(definition.header_parameters) > 1:
        yield "a header has one parameter at most"
    if header.kind == "text" and not 0 < len(header.text) <= HEADER_LIMIT:
        yield f"the text of a header has 1 to {HEADER_LIMIT} characters"
    if header.text and header.kind == "location":
        yield "a header with a place has no text"
    if header.text and header.kind not in ("text", "location") and definition.channel == _META:
        yield "at Meta a header with a file has no address: a message brings the file"


def _wrong_body(definition: Definition) -> Iterator[str]:
    yield from _wrong_text("body", definition.body)
    names = definition.parameters
    if definition.channel == _META and not (_are_numbered(names) or not any(map(str.isdecimal, names))):
        yield "the parameters of a body are {{1}}, {{2}}, ... without a gap, or all of them have names"


def _wrong_buttons(definition: Definition) -> Iterator[str]:
    for place, one in enumerate(definition.buttons):
        yield from _wrong_text(f"button {place}", f"{one.url or ''} {one.payload or ''}")
        given = parameters_in(one.url or "")
        if len(given) > 1 or (one.needs == "url") != bool(given):
            yield f"button {place} needs a url if its address has a parameter, which is one at most"
        if one.payload is not None and definition.channel == _META:
            yield f"button {place}: at Meta a message brings the payload"


def _wrong_text(part: str, text: str) -> Iterator[str]:
    names = parameters_in(text)
    rest = put_in(text, dict.fromkeys(names, ""))
    if "{{" in rest or "}}" in rest or not all(map(str.isascii, names)):
        yield f"{part}: a parameter is {{{{1}}}}, or {{{{name}}}} with letters, digits and _"


def _are_numbered(names: Sequence[str]) -> bool:
    return sorted(names) == sorted(map(str, range(1, len(names) + 1)))
