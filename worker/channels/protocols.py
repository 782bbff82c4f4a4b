"""What a channel must be able to do. The folder of each provider has one class that satisfies this."""

from typing import Protocol, runtime_checkable

from session.messages import Delivery, Message, Reply
from worker.channels.error_classes import ErrorClass
from worker.channels.outcomes import Outcome, Parsed


class BodyParser(Protocol):
    """Reads the bodies of one source."""

    def parse(self, body: bytes, *, source: str, received_at: int) -> Parsed:
        """Read one stored body.

        `source` is the endpoint it came in by ("meta", "twilio", "twilio-status", "desk"), with the query string of
        the request appended after "?" where there was one; `received_at` is in ms since the epoch.
        Never raises on any input: what cannot be read becomes `Broken`.
        """


class Channel(BodyParser, Protocol):
    """One provider: reads its bodies, renders and sends replies."""

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
class ReceiptSender(Protocol):
    """A channel that can show a customer that a message was read and an answer is being written."""

    async def show_read(self, message: Message, *, typing: bool) -> str | None:
        """Mark a message as read, and those before it; with `typing` also show that the business is typing.

        None if the provider accepted it, else why not. Takes no longer than the channel's time-out; never raises.
        """
