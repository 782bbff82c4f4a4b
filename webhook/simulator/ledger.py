"""The messages of the business, in the order in which they were accepted. Kept in the memory of this process."""

import threading
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

from session.records import Record
from session.replies import Button, Row


class SentMedia(Record):
    """A medium of a message of the business: an upload, or the address from which the provider fetched it."""

    kind: str  #: as the provider names it
    id: str | None = None
    link: str | None = None
    filename: str | None = None
    mime_type: str | None = None
    size: int | None = None  #: bytes
    file: str | None = None  #: the bytes, see `Files.shown`; None if they were not fetched


class SentPlace(Record):
    """A place that the business sent."""

    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None


class SentContent(Record):
    """What the customer sees of one message."""

    type: str  #: as the provider names it
    text: str = ""
    buttons: tuple[Button, ...] = ()
    rows: tuple[Row, ...] = ()
    opens: str | None = None  #: the title of the button that opens the list of rows, or a form
    media: SentMedia | None = None
    location: SentPlace | None = None
    contacts: tuple[dict[str, Any], ...] | None = None  #: cards, as the provider writes them
    link: Button | None = None  #: a button that opens an address, which is its id
    asks_location: bool | None = None
    template: str | None = None  #: the name of the message template
    category: str | None = None  #: of the message template
    header: str | None = None  #: its text above
    footer: str | None = None  #: its text below
    reply_to: str | None = None  #: id of the customer's message that is quoted


class AcceptedMessage(SentContent):
    """One message that a provider accepted from the business."""

    n: int = 0  #: its number, from 1; assigned by the ledger, never twice
    id: str
    channel: str
    customer: str  #: "+" and digits, or the business-scoped user id
    at: int  #: ms since the epoch
    status: str = "accepted"
    opaque: str | None = None  #: Meta's biz_opaque_callback_data
    status_callback: str | None = None  #: Twilio's StatusCallback


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusUpdate:
    """A new status of one message."""

    received: AcceptedMessage
    status: str
    code: int | None = None  #: why it failed


class Ledger:
    """The accepted messages; every method may be called from any thread."""

    def __init__(self, *, waiters: int, crowded_wait: float = 0.2) -> None:
        #: seconds that a long poll may take when too many others hold a thread
        self._crowded_wait = crowded_wait
        self._seats = threading.Semaphore(waiters)
        self._changed = threading.Condition()
        self._last = 0
        self._all: dict[int, AcceptedMessage] = {}
        self._places: dict[str, int] = {}
        self._of_customer: dict[str, list[int]] = {}

    @property
    def last(self) -> int:
        """The number of the newest message ever accepted; `clear` keeps it."""
        return self._last

    def add(self, received: AcceptedMessage) -> AcceptedMessage:
        """Give a message its number, store it, and answer the long polls that wait for it."""
        with self._changed:
            self._last += 1
            kept = received.model_copy(update={"n": self._last})
            self._all[kept.n] = kept
            self._places[kept.id] = kept.n
            self._of_customer.setdefault(kept.customer, []).append(kept.n)
            self._changed.notify_all()
        return kept

    def progress(self, message_id: str, status: str) -> None:
        """Record the status of a message; nothing happens if the message was removed."""
        with self._changed:
            place = self._places.get(message_id)
            if place is not None:
                self._all[place] = self._all[place].model_copy(update={"status": status})

    def of_customer(self, customer: str, *, after: int, wait: float = 0) -> list[AcceptedMessage]:
        """Return the messages to a customer after number `after`, oldest first; wait up to `wait` seconds for a first one."""
        seated = wait > 0 and self._seats.acquire(blocking=False)
        try:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._newer(customer, after),
                    timeout=wait if seated else min(wait, self._crowded_wait),
                )
                return [self._all[n] for n in self._newer(customer, after)]
        finally:
            if seated:
                self._seats.release()

    def received(self, *, after: int, limit: int) -> list[AcceptedMessage]:
        """Return up to `limit` messages to anybody after number `after`, oldest first."""
        with self._changed:
            oldest = self._last - len(self._all) + 1
            start = max(after + 1, oldest)
            return [self._all[n] for n in range(start, min(start + limit, self._last + 1))]

    def clear(self) -> None:
        """Remove all messages. The numbers continue, so that a poll with an old number misses nothing."""
        with self._changed:
            self._all.clear()
            self._places.clear()
            self._of_customer.clear()

    def _newer(self, customer: str, after: int) -> list[int]:
        places = self._of_customer.get(customer, [])
        return places[bisect_right(places, after) :]
