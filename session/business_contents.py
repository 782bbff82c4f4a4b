"""What only the business sends: the classes of `session.contents` that no customer's message has. Pure."""

from collections.abc import Iterator
from typing import Literal

from session.content_parts import ContentBase, Kind, Location, Media, Option


class Options(ContentBase):
    """A text with buttons or a list, from the business."""

    kind: Literal[Kind.OPTIONS] = Kind.OPTIONS
    text: str = ""
    opens_with: str | None = None  #: the label of a list; None: they are buttons
    options: tuple[Option, ...] = ()
    media: tuple[Media, ...] = ()  #: a picture above them


class LinkButton(ContentBase):
    """A text with a button that opens an address, from the business."""

    kind: Literal[Kind.LINK] = Kind.LINK
    text: str = ""
    title: str
    url: str
    media: tuple[Media, ...] = ()  #: a picture above it

    def lines(self) -> Iterator[str]:
        """Yield what it opens."""
        yield f"{self.title}: {self.url}"


class LocationRequest(ContentBase):
    """A text with a button by which the customer sends a place, from the business."""

    kind: Literal[Kind.LOCATION_REQUEST] = Kind.LOCATION_REQUEST
    text: str = ""


class FlowButton(ContentBase):
    """A text with a button that opens a form, from the business; the answers come as a `Form`."""

    kind: Literal[Kind.FLOW] = Kind.FLOW
    text: str = ""
    title: str
    flow: str  #: the id or the name of the form


class TemplateMessage(ContentBase):
    """A message template with its parameters filled in, from the business."""

    kind: Literal[Kind.TEMPLATE] = Kind.TEMPLATE
    text: str = ""  #: the body; without the definition of the template, the values of its parameters
    name: str
    language: str
    header: str | None = None
    footer: str | None = None
    options: tuple[Option, ...] = ()  #: its buttons; the id is the payload, or the address that it opens
    location: Location | None = None
    media: tuple[Media, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield its name if nothing is known of what it says."""
        if not self.text:
            yield f"[{self.name}]"
