"""What the phones show: each message of both sides and its status. Kept in the memory of this process."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from session.clock import Clock
from session.records import to_ms
from webhook.simulator.inbound import CustomerMessage
from webhook.simulator.ledger import AcceptedMessage

_OK = 200
#: Milliseconds after which Meta removes a typing indicator, if no message came before.
_TYPING = 25_000
#: Statuses that `read` replaces. The business may read a message before its webhook has answered.
_UNREAD = ("sent", "delivered")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatBubble:
    """One message as a phone shows it."""

    n: int  #: its number, from 1
    change: int  #: the version of the chats in which it last changed
    id: str
    customer: str
    channel: str
    at: int  #: ms since the epoch
    message: CustomerMessage | AcceptedMessage
    #: of a customer's message: sent, delivered (the webhook accepted it), read, failed; otherwise the last reported status
    status: str
    posts: int = 0  #: how often it was posted to the webhook
    problem: str | None = None  #: why it failed
    file: str | None = None  #: what is attached, see `Files.shown`
    typing_until: int | None = None  #: ms since the epoch; until then the business is shown as typing

    def to_json(self) -> dict[str, Any]:
        """Return what the page receives."""
        return {
            "n": self.n,
            "id": self.id,
            "customer": self.customer,
            "channel": self.channel,
            "at": self.at,
            "mine": isinstance(self.message, CustomerMessage),
            "status": self.status,
            "posts": self.posts,
            "problem": self.problem,
            "file": self.file,
            "typingUntil": self.typing_until,
            "message": self.message.model_dump(mode="json", by_alias=True, exclude_none=True),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a page has not seen yet."""

    epoch: str  #: if it differs from the page's, the page discards what it has
    version: int  #: the value of `after` for the next request
    bubbles: tuple[ChatBubble, ...]  #: complete, in the order of their changes


class Chats:
    """The newest bubbles of all phones; every method may be called from any thread."""

    def __init__(self, *, clock: Clock, waiters: int, most: int = 5000, crowded_wait: float = 0.2) -> None:
        self._clock = clock
        self._most = most
        #: seconds that a long poll may take when `waiters` others hold a thread
        self._crowded_wait = crowded_wait
        self._seats = threading.Semaphore(waiters)
        self._changed = threading.Condition()
        self._started = to_ms(clock.now())
        self._clears = 0
        self._version = 0
        self._last = 0
        #: by id, in the order of their changes
        self._bubbles: OrderedDict[str, ChatBubble] = OrderedDict()
        #: the id of the message that carries the typing indicator of a chat
        self._typing: dict[tuple[str, str], str] = {}

    def wrote(
        self, customer: str, message: CustomerMessage, message_id: str, *, file: str | None = None
    ) -> None:
        """Show a customer's message; a second one with the same id is a redelivery and is not shown."""
        with self._changed:
            if message_id not in self._bubbles:
                self._add(message_id, customer, message.channel, message, status="sent", file=file)

    def posted(self, message_id: str, status: int) -> None:
        """Record the HTTP status with which the webhook answered a customer's message."""
        with self._changed:
            found = self._bubbles.get(message_id)
            if found is None:
                return
            posts = found.posts + 1
            if status != _OK:
                self._put(found, posts=posts, status="failed", problem=f"the webhook answered {status}")
            else:
                self._put(
                    found, posts=posts, problem=None, status="read" if found.status == "read" else "delivered"
                )

    def lost(self, message_id: str, problem: str) -> None:
        """Record that a customer's message did not reach the webhook."""
        with self._changed:
            found = self._bubbles.get(message_id)
            if found:
                self._put(found, status="failed", problem=problem)

    def answered(self, received: AcceptedMessage) -> None:
        """Show a message of the business that the provider accepted."""
        with self._changed:
            chat = (received.customer, received.channel)
            typing = self._bubbles.get(self._typing.pop(chat, ""))
            if typing:
                self._put(typing, typing_until=None)
            self._add(received.id, *chat, received, status=received.status)

    def progressed(self, message_id: str, status: str, code: int | None) -> None:
        """Record the status of a message of the business, and the provider's code if it failed."""
        with self._changed:
            found = self._bubbles.get(message_id)
            if found:
                self._put(found, status=status, problem=None if code is None else f"error {code}")

    def read(self, message_id: str, *, typing: bool) -> None:
        """Record that the business has read a customer's message and the earlier ones; with `typing` it is shown as typing."""
        with self._changed:
            found = self._bubbles.get(message_id)
            if not found or not isinstance(found.message, CustomerMessage):
                return
            chat = (found.customer, found.channel)
            for one in list(self._bubbles.values()):
                is_before = (one.customer, one.channel) == chat and one.n <= found.n
                if is_before and isinstance(one.message, CustomerMessage) and one.status in _UNREAD:
                    self._put(one, status="read")
            if typing:
                self._typing[chat] = message_id
                until = to_ms(self._clock.now()) + _TYPING
                self._put(self._bubbles[message_id], typing_until=until)

    def touch(self) -> None:
        """Answer all long polls, because something other than a bubble has changed."""
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def clear(self) -> None:
        """Remove all bubbles, here and on the pages."""
        with self._changed:
            self._bubbles.clear()
            self._typing.clear()
            self._clears += 1
            self._version += 1
            self._changed.notify_all()

    def changes(self, *, after: int, epoch: str | None, wait: float = 0) -> Changes:
        """Return what changed after a version of an epoch; wait up to `wait` seconds for a first change.

        If the epoch is another one, everything is returned.
        """
        seated = wait > 0 and self._seats.acquire(blocking=False)
        try:
            with self._changed:
                self._changed.wait_for(
                    lambda: epoch != self._epoch or self._version > after,
                    timeout=wait if seated else min(wait, self._crowded_wait),
                )
                known = after if epoch == self._epoch else 0
                return Changes(epoch=self._epoch, version=self._version, bubbles=tuple(self._since(known)))
        finally:
            if seated:
                self._seats.release()

    @property
    def _epoch(self) -> str:
        return f"{self._started}.{self._clears}"

    def _since(self, version: int) -> Iterator[ChatBubble]:
        newest_first = takewhile(lambda one: one.change > version, reversed(self._bubbles.values()))
        return reversed(list(newest_first))

    def _add(
        self,
        message_id: str,
        customer: str,
        channel: str,
        message: CustomerMessage | AcceptedMessage,
        *,
        status: str,
        file: str | None = None,
    ) -> None:
        self._last += 1
        self._keep(
            lambda version: ChatBubble(
                n=self._last,
                change=version,
                id=message_id,
                customer=customer,
                channel=channel,
                at=to_ms(self._clock.now()),
                message=message,
                status=status,
                file=file,
            )
        )
        if len(self._bubbles) > self._most:
            self._bubbles.popitem(last=False)

    def _put(self, bubble: ChatBubble, **changes: Any) -> None:
        self._keep(lambda version: replace(bubble, change=version, **changes))

    def _keep(self, make: Callable[[int], ChatBubble]) -> None:
        self._version += 1
        bubble = make(self._version)
        self._bubbles[bubble.id] = bubble
        self._bubbles.move_to_end(bubble.id)
        self._changed.notify_all()
