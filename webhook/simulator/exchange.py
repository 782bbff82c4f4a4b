"""What the endpoints of one simulator share, and the one way in which a message is accepted."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response

from session.clock import Clock
from session.records import to_ms
from webhook.simulator.callbacks import FAILED, USUAL, Callbacks, Course
from webhook.simulator.chats import Chats
from webhook.simulator.faults import Fault, Faults, Mode
from webhook.simulator.gateway import Gateway
from webhook.simulator.ledger import Content, Ledger, Received
from webhook.simulator.refusals import FAILURE_CODES
from webhook.simulator.settings import Settings

_LATE = frozenset({Mode.SLOW, Mode.SILENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Everything that an endpoint may touch."""

    settings: Settings
    ledger: Ledger
    chats: Chats
    faults: Faults
    callbacks: Callbacks
    gateway: Gateway
    clock: Clock
    new_id: Callable[[], str]
    pause: Callable[[float], object]  #: waits for some seconds

    def accept(
        self,
        answer: Response,
        content: Content,
        *,
        fault: Fault | None,
        message_id: str,
        channel: str,
        customer: str,
        opaque: str | None = None,
        status_callback: str | None = None,
    ) -> Response:
        """Keep a message, and return the answer that the fault leaves of the given one."""
        received = self.ledger.add(
            Received(
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
            answer = gateway_page()
        if mode is Mode.SILENT:
            return answer
        if fault and mode is Mode.FAIL:
            code = fault.code or FAILURE_CODES[channel]
            course = Course(received=received, statuses=FAILED, code=code)
        else:
            course = Course(received=received, statuses=USUAL)
        # After the answer is on its way, as a status that overtakes its answer is rare.
        answer.call_on_close(lambda: self.callbacks.start(course))
        return answer


def gateway_page() -> Response:
    """Return what a gateway in front of a provider answers: no JSON."""
    page = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
    return Response(page, status=502, mimetype="text/html")


def broken_answer() -> Response:
    """Return an answer whose body never comes.

    WSGI has no way to hang up: a promised length that is not kept makes the server close the connection.
    """
    return Response(iter(()), status=200, headers={"Content-Length": "64"}, mimetype="application/json")
