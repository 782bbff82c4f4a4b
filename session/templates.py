"""Message templates as replies name them: which one, in which language, and its parameters. Pure.

A template is defined, and approved, at the provider; see `session.template_definitions`. The limits are those of Meta's
template reference.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from session.business_contents import TemplateMessage
from session.content_parts import Location
from session.errors import InturnError
from session.files import File
from session.records import Record

#: Characters of a parameter in the text of the header, in the body, of what a button says or adds, and of a code.
HEADER_LIMIT, BODY_LIMIT, BUTTON_LIMIT, CODE_LIMIT = 60, 1024, 2000, 20
#: Characters of the payload of a tapped button.
PAYLOAD_LIMIT = 256
MOST_BUTTONS = 10
_MOST_PARAMETERS = 100
#: What a provider refuses in a parameter.
_UNFIT = re.compile(r"[\n\r\t\v\f\x1c-\x1e\x85\u2028\u2029]| {5}")
_BLANKS = re.compile(r"\s+")
#: What the header of a template can show as a file.
_MEDIA = frozenset({"image", "video", "document"})

#: The name of a template, and the code of a language ("en", "en_US").
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,511}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(?:_[A-Za-z0-9]{2,8})?$")]

#: What a button of a template needs.
ButtonKind = Literal["payload", "url", "code"]


class UnusableTemplate(InturnError):
    """Raised when a template cannot be sent: it does not exist, is not approved, or needs other parameters."""

    def __init__(self, name: str, language: str, why: str) -> None:
        super().__init__(f"the template {name} ({language}) cannot be sent: {why}")
        self.why = why


def parameter(value: str, limit: int) -> str:
    """Return the value of a parameter. Raises `ValueError` with what a provider would refuse in it."""
    if not value.strip():
        raise ValueError("a parameter of a template is empty; it needs a value")
    if _UNFIT.search(value):
        raise ValueError("a parameter of a template has no line breaks, no tabs, and no five spaces in a row")
    if len(value) > limit:
        raise ValueError(f"a parameter of a template has at most {limit:,} characters here")
    return value


def in_one_line(text: str) -> str:
    """Return a text as a parameter can have it: its lines and blanks become single spaces."""
    return _BLANKS.sub(" ", text).strip()


class TemplateButton(Record):
    """What one button of a template needs: the payload that a tap sends back, the end of its address, or a code to copy."""

    index: int | None = Field(
        None, ge=0, lt=MOST_BUTTONS
    )  #: its place among the buttons of the template, from 0; None: its place in the reply
    payload: str | None = None
    url: str | None = None  #: what follows the fixed beginning of its address
    code: str | None = None

    @property
    def kind(self) -> ButtonKind:
        """Which of them it has."""
        if self.payload is not None:
            return "payload"
        return "url" if self.url is not None else "code"

    @property
    def value(self) -> str:
        """The payload, the end of the address, or the code."""
        return self.payload or self.url or self.code or ""

    @model_validator(mode="after")
    def _has_one_value(self) -> Self:
        if sum(one is not None for one in (self.payload, self.url, self.code)) != 1:
            raise ValueError("a button of a template has one of payload, url and code")
        limits = {"payload": PAYLOAD_LIMIT, "url": BUTTON_LIMIT, "code": CODE_LIMIT}
        parameter(self.value, limits[self.kind])
        return self


def _header(given: object) -> object:
    """Return what an assistant gives as a header: a text, a place, or anything that is a file."""
    if isinstance(given, str | Location) or given is None:
        return given
    if isinstance(given, Mapping) and "latitude" in given:
        return Location.model_validate(given)
    return File.of(given)


#: The header of a template as a reply gives it.
Header = Annotated[str | Location | File | None, BeforeValidator(_header)]


class Template(Record):
    """A message template with its parameters.

    `header` is a text, a place, or an image, a video or a document as `Reply.media` takes them; an address of a file is
    `File(url=...)`, because a text is a text. `body` are the values of {{1}}, {{2}} ... in order, or of {{name}} by name.
    """

    name: Name
    language: Language
    header: Header = None
    body: tuple[str, ...] | dict[str, str] = ()
    buttons: tuple[TemplateButton, ...] = Field((), max_length=MOST_BUTTONS)
    # What follows is filled in before the reply is queued, as far as the definition is known.
    account: str | None = None  #: whose definition it is
    category: str | None = None  #: of the definition: "MARKETING", "UTILITY", "AUTHENTICATION"
    id: str | None = None  #: the provider's id of the definition
    header_form: str | None = None  #: the text of the header, or the address of its file, with the parameter
    variables: dict[str, str] | None = (
        None  #: the values by name, where one name is valid in all parts (Twilio)
    )
    shown: TemplateMessage | None = None  #: what the customer reads
    in_place: bool = Field(
        default=False, exclude_if=lambda value: not value
    )  #: it replaces a free-form reply that came too late

    def is_marketing(self, *, to_many: bool) -> bool:
        """Whether it is for marketing. If that is not known, what is sent to many is."""
        return self.category == "MARKETING" or (to_many and self.category is None)

    @property
    def values(self) -> list[str]:
        """The values of the body, in order."""
        return list(self.body.values() if isinstance(self.body, dict) else self.body)

    @property
    def file(self) -> File | None:
        """The file in its header."""
        return self.header if isinstance(self.header, File) else None

    def content(self) -> TemplateMessage:
        """Return what it says, as a history keeps it; without its definition the name and the values."""
        if self.shown:
            media = (self.file.as_media(),) if self.file else self.shown.media
            return self.shown.model_copy(update={"media": media})
        texts = [self.header] if isinstance(self.header, str) else []
        return TemplateMessage(
            text=", ".join([*texts, *self.values]),
            name=self.name,
            language=self.language,
            media=(self.file.as_media(),) if self.file else (),
            location=self.header if isinstance(self.header, Location) else None,
        )

    @field_validator("header")
    @classmethod
    def _can_be_a_header(cls, header: str | Location | File | None) -> str | Location | File | None:
        if isinstance(header, str):
            parameter(header, HEADER_LIMIT)
        if isinstance(header, File) and header.kind not in _MEDIA:
            raise ValueError(f"the header of a template is no {header.kind}")
        return header

    @field_validator("body")
    @classmethod
    def _can_be_a_body(cls, body: tuple[str, ...] | dict[str, str]) -> tuple[str, ...] | dict[str, str]:
        values = body.values() if isinstance(body, dict) else body
        if len(body) > _MOST_PARAMETERS:
            raise ValueError(f"a template has at most {_MOST_PARAMETERS} parameters")
        for value in values:
            parameter(value, BODY_LIMIT)
        return body

    @field_validator("buttons", mode="after")
    @classmethod
    def _have_places(cls, buttons: Sequence[TemplateButton]) -> tuple[TemplateButton, ...]:
        placed = tuple(
            one if one.index is not None else one.model_copy(update={"index": place})
            for place, one in enumerate(buttons)
        )
        if len({one.index for one in placed}) < len(placed):
            raise ValueError("two buttons of a template have the same index")
        return placed
