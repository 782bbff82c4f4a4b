"""The parts of one simulator, and how it accepts a message of the business."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Response

from session.records import to_ms
from webhook.simulator.callbacks import FAILED, USUAL, Callbacks, StatusSequence
from webhook.simulator.chats import Chats
from webhook.simulator.faults import Fault, Faults, Mode
from webhook.simulator.ledger import AcceptedMessage, Ledger, SentContent
from webhook.simulator.media.files import Files
from webhook.simulator.provider import SimulatedProvider
from webhook.simulator.settings import Settings
from webhook.simulator.templates import Templates
from webhook.simulator.webhook_client import WebhookClient
from webhook.simulator.windows import ShiftedClock, Windows

_LATE = frozenset({Mode.SLOW, Mode.SILENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulator:
    """The parts of one simulator, shared by its routes."""

    settings: Settings
    providers: Mapping[str, SimulatedProvider]
    ledger: Ledger
    chats: Chats
    faults: Faults
    files: Files
    templates: Templates
    callbacks: Callbacks
    webhook: WebhookClient
    windows: Windows
    clock: ShiftedClock
    new_id: Callable[[], str]
    pause: Callable[[float], object]  #: waits for a number of seconds

    def accept(
        self,
        answer: Response,
        content: SentContent,
        *,
        fault: Fault | None,
        fails: int | None = None,
        message_id: str,
        channel: str,
        customer: str,
        opaque: str | None = None,
        status_callback: str | None = None,
    ) -> Response:
        """Store a message; return the given answer, or the one that the fault puts in its place.

        With a code in `fails` it is accepted, and reported as failed for that reason.
        """
        if fails is None and content.type != "template":
            fails = self.windows.closed(channel, customer)
        received = self.ledger.add(
            AcceptedMessage(
                **dict(content),
                id=message_id,
                channel=channel,
                customer=customer,
                at=to_ms(self.clock.now()),
                opaque=opaque,
                status_callback=status_callback,
            )
        )
        self.chats.answered(received)
        mode = fault.mode if fault else Mode.OK
        if fault and mode in _LATE:
            self.pause(fault.seconds)
        if mode is Mode.DROP:
            answer = broken_answer()
        if mode is Mode.GATEWAY:
            answer = bad_gateway()
        if mode is Mode.SILENT:
            return answer
        if fault and mode is Mode.FAIL:
            code = fault.code or self.providers[channel].failure_code
            sequence = StatusSequence(received=received, statuses=FAILED, code=code)
        elif fails is not None:
            sequence = StatusSequence(received=received, statuses=FAILED, code=fails)
        else:
            sequence = StatusSequence(received=received, statuses=USUAL)
        # After the answer was sent: providers rarely post a status earlier.
        answer.call_on_close(lambda: self.callbacks.start(sequence))
        return answer


def bad_gateway() -> Response:
    """Return the error page of a gateway in front of a provider; it is not JSON."""
    page = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
    return Response(page, status=502, mimetype="text/html")


def broken_answer() -> Response:
    """Return an answer whose body never comes.

    WSGI cannot close a connection. If the body is shorter than its Content-Length, the server does.
    """
    return Response(iter(()), status=200, headers={"Content-Length": "64"}, mimetype="application/json")
