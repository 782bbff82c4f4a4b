"""What the simulator must know of a provider to play it towards the webhook. Its routes are in a module of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from session.content_parts import Kind
from webhook.simulator.inbound import CustomerMessage
from webhook.simulator.ledger import AcceptedMessage, StatusUpdate
from webhook.simulator.media.files import File
from webhook.simulator.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """A signed request to the webhook."""

    url: str  #: the public one
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPost:
    """A message of a customer, with what the provider adds to it."""

    message: CustomerMessage
    customer: str
    message_id: str
    at: datetime
    file: File | None = None  #: what is attached


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedProvider:
    """One provider, as it behaves towards the webhook."""

    name: str
    message_id: Callable[[Callable[[], str], str], str]  #: makes an id of a source of ids and of the customer
    carries: frozenset[Kind]  #: the kinds of message that the provider passes on
    message: Callable[[CustomerPost, Settings], WebhookRequest]
    file_id: Callable[[str], str]  #: the id of what is attached to a message, of the id of the message
    number: Callable[[Settings], str]  #: the business as its customers see it
    #: the request that reports statuses; None: this provider reports none
    statuses: Callable[[Sequence[StatusUpdate], Settings, datetime], WebhookRequest] | None = None
    is_reported: Callable[[AcceptedMessage], bool] = lambda _: (
        True
    )  #: whether the business wants statuses of a message
    batches: bool = False  #: whether one request reports the statuses of several messages
    pauses: tuple[float, ...] = ()  #: seconds before each further attempt, after which a status is given up
    failure_code: int = 0  #: of a failed status when the fault sets none
    why_real: Callable[[Settings], str | None] = lambda _: (
        None
    )  #: why these settings are those of a real account
