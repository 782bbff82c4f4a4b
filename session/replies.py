"""What an assistant or an agent answers, before a channel renders it. Pure."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypedDict

from pydantic import BeforeValidator, Field, field_validator, model_validator

from session.content_parts import Card, Location, Media
from session.files import File, check_url
from session.records import Record, left_out
from session.templates import Template

#: Characters of the data of a form, as JSON.
_LONGEST_DATA = 32_768
#: Contact cards of one reply. Meta takes 257, but sends fewer to most phones.
_MOST_CONTACTS = 20
_MOST_NAMES = 1000


class Button(Record):
    """A button under a reply."""

    id: str
    title: str


class Row(Record):
    """A row of a menu."""

    id: str
    title: str
    description: str | None = None


class Menu(Record):
    """A list that opens from a button; the customer selects one row."""

    button: str  #: the label that opens the list
    rows: tuple[Row, ...]


class Link(Record):
    """A button that opens an address."""

    title: str = Field(min_length=1)
    url: str

    @field_validator("url")
    @classmethod
    def _is_public(cls, url: str) -> str:
        return check_url(url)


class Flow(Record):
    """A form of Meta (a Flow), which opens from a button. Other channels show `instead`.

    What the customer fills in comes back as a message of kind `form`.
    """

    id: str | None = None  #: of a published Flow; or its `name`
    name: str | None = None
    button: str = Field(min_length=1)  #: the label that opens it
    screen: str | None = None  #: on which it begins; Meta takes the first one by default
    data: dict[str, Any] = Field(default_factory=dict)  #: what this screen shows
    token: str = "unused"  #: comes back with the answers  # noqa: S105
    action: Literal["navigate", "data_exchange"] = (
        "navigate"  #: `data_exchange` asks the endpoint of the Flow
    )
    draft: bool = False  #: for tests of a Flow that is not published
    instead: str = ""  #: a text for channels without forms, behind the reply's own

    @model_validator(mode="after")
    def _can_be_opened(self) -> Self:
        if bool(self.id) == bool(self.name):
            raise ValueError("a Flow has either an id or a name")
        if self.data and (not self.screen or self.action != "navigate"):
            raise ValueError("data is for a screen: say which one, with action='navigate'")
        if len(json.dumps(self.data)) > _LONGEST_DATA:
            raise ValueError(f"the data of a Flow has at most {_LONGEST_DATA:,} characters of JSON")
        return self


class Reply(Record):
    """A reply to the customer, before a channel renders it. It has either buttons or a menu.

    `text` is the caption of `media`; with a place or cards it goes ahead of them. Buttons, a menu or a link may be combined
    with a picture, a film or a document.
    """

    text: str = ""
    buttons: tuple[Button, ...] = ()
    menu: Menu | None = None
    reply_to: str | None = None  #: id of the customer's message to quote
    #: An address, a `pathlib.Path`, a name and bytes, a medium that came in, or a `File` that says more.
    media: Annotated[
        File | None, BeforeValidator(lambda given: given if given is None else File.of(given))
    ] = None
    location: Location | None = None
    contacts: tuple[Card, ...] = left_out((), max_length=_MOST_CONTACTS)
    link: Link | None = None
    #: with a button by which the customer sends a place
    asks_location: bool = left_out(default=False)
    flow: Flow | None = None
    template: Template | None = (
        None  #: which says everything by itself, also when the customer service window is over
    )
    separate: bool = Field(
        default=False, exclude=True
    )  #: a message of its own, though it could be part of another one
    #: Where options are shown as numbered text, the number of the first one. The second menu of a turn continues.
    first_number: int = Field(1, exclude=True)

    @property
    def is_plain(self) -> bool:
        """Whether it is a text with or without options: what every release can read."""
        return (
            self.media is None
            and self.location is None
            and self.link is None
            and self.flow is None
            and not self.contacts
            and not self.asks_location
            and self.template is None
        )

    @property
    def says_something(self) -> bool:
        """Whether anything would reach the customer."""
        return bool(self.text.strip()) or bool(_SPEAKING & set(self._carried))

    @property
    def file(self) -> File | None:
        """The file that it carries: its attachment, or that in the header of its template."""
        return self.template.file if self.template else self.media

    def with_file(self, file: File) -> Self:
        """Return it with another file in the same place."""
        if self.template:
            template = self.template.model_copy(update={"header": file})
            return self.model_copy(update={"template": template})
        return self.model_copy(update={"media": file})

    @property
    def _carried(self) -> list[str]:
        return [name for name in _CARRIED if getattr(self, name)]

    @model_validator(mode="after")
    def _is_one_message(self) -> Self:
        if self.is_plain:
            return self
        carried = self._carried
        options = [name for name in ("buttons", "menu") if getattr(self, name)]
        if (one := carried[0]) != carried[-1] and carried != ["media", "link"]:
            raise ValueError(f"a reply has {' or '.join(carried)}, not both; send two replies")
        if options and one != "media":
            raise ValueError(f"a reply with {one} has no {options[0]}; send two replies")
        if "link" in carried and options:
            raise ValueError(f"a reply with a link has no {options[0]}; send two replies")
        if "template" in carried and (self.text or self.reply_to):
            raise ValueError(
                "a template says everything by itself: a reply with one has no text and quotes nothing"
            )
        if self.location is not None:
            _check_place(self.location)
        if not all(card.name.strip() for card in self.contacts):
            raise ValueError("a card has a name")
        if not self.text.strip() and (needy := {"link", "asks_location", "flow"} & set(carried)):
            raise ValueError(f"a reply with {needy.pop()} has a text")
        return self


#: What a reply carries beside a text and options; no two of them, but a link may have a picture above it.
_CARRIED = ("media", "location", "contacts", "link", "asks_location", "flow", "template")
#: Those that say something without a text.
_SPEAKING = frozenset({"media", "location", "contacts", "template"})


def _check_place(place: Location) -> None:
    if not -90 <= place.latitude <= 90 or not -180 <= place.longitude <= 180:  # noqa: PLR2004 - degrees
        raise ValueError("a place has a latitude of -90 to 90 degrees and a longitude of -180 to 180")
    if max(len(place.name or ""), len(place.address or "")) > _MOST_NAMES:
        raise ValueError(f"the name and the address of a place have at most {_MOST_NAMES:,} characters")


class Carried(TypedDict, total=False):
    """What a reply may carry beside a text with options; see `session.replies.Reply`."""

    media: File | Media | Path | str | tuple[str, bytes] | None
    location: Location | None
    contacts: Sequence[Card]
    link: Link | None
    asks_location: bool
    flow: Flow | None
    template: Template | None
    separate: bool
