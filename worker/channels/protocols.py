"""What a channel must be able to do. The folder of each provider has one class that satisfies this."""

from typing import Protocol, runtime_checkable

from session.content_parts import Media
from session.messages import Delivery, Message
from session.replies import Reply
from session.template_definitions import Definition
from worker.channels.error_classes import ErrorClass
from worker.channels.outcomes import Outcome, Parsed
from worker.media.downloading import Never, NotNow, Place


class BodyParser(Protocol):
    """Reads the bodies of one source."""

    def parse(self, body: bytes, *, source: str, received_at: int) -> Parsed:
        """Read one stored body.

        `source` is the endpoint it came in by ("meta", "twilio", "twilio-status", "desk"), with the query string of
        the request appended after "?" where there was one; `received_at` is in ms since the epoch.
        Never raises on any input: what cannot be read becomes `Broken`.
        """


class MediaSource(Protocol):
    """Says where the media of customers are."""

    async def media_at(self, media: Media) -> Place | NotNow | Never:
        """Return where a medium is, and with which credentials; or that it is nowhere, now or for good. Never raises."""


class Channel(BodyParser, MediaSource, Protocol):
    """One provider: reads its bodies, renders and sends replies, says where media are."""

    name: str  #: the value of `Route.channel`

    def render(self, reply: Reply) -> tuple[Reply, ...]:
        """Adapt a reply to what the channel can carry: at least one part, each of them one message."""

    async def send(self, delivery: Delivery) -> Outcome:
        """Send one rendered reply. Takes no longer than the channel's time-out; never raises."""

    def class_of(self, code: str | None) -> ErrorClass:
        """Return the class of the code in a status that says that an accepted message has failed."""

    async def probe(self) -> str | None:
        """Ask the provider whether the credentials are valid; None if they are, else why not."""

    async def close(self) -> None:
        """Close the HTTP connections."""


@runtime_checkable
class Uploader(Protocol):
    """A channel that uploads a file before the message that names it, once for several messages."""

    async def has_failed(self, delivery: Delivery, code: str | None) -> None:
        """Upload the file of an accepted delivery again the next time if the code of its failure tells of the file. Never raises."""


@runtime_checkable
class TemplateSource(Protocol):
    """A channel that has message templates."""

    async def definitions(self) -> list[Definition] | str:
        """Return all definitions of its account; if the provider does not tell, why, in words. Never raises."""


@runtime_checkable
class ReceiptSender(Protocol):
    """A channel that can show a customer that a message was read and an answer is being written."""

    async def show_read(self, message: Message, *, typing: bool) -> str | None:
        """Mark a message as read, and those before it; with `typing` also show that the business is typing.

        None if the provider accepted it, else why not. Takes no longer than the channel's time-out; never raises.
        """
