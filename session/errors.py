"""The errors of the house. What is expected to happen is a value, not an error.

InturnError
├── SettingsError            a setting is missing or wrong
├── WrongClock               this machine and Redis do not have the same time
├── StoreError
│   ├── StoreUnavailable     Redis is away, hung, full or refuses us
│   │   └── StoreFull        its memory is used up to our mark: what is new must wait
│   └── UnexpectedReply      a script answered in a form that the caller does not know
├── IllegalTransition        the state machine knows no such step
├── ConversationBusy         a worker holds the conversation for longer than the caller would wait
├── NoCustomer               what was typed is no customer's number or id, or may mean several
├── NoSuchSession            nothing is kept for this customer
├── UnreadableSession        what is kept of this customer cannot be read
├── SearchLimitReached       the customer has used up the searches of this hour
├── NoCatalogue              the assistant searches, but nothing to search in is configured
├── NotRevivable             a dead letter cannot be put back as it is
└── BadAssistant             the assistant cannot be loaded, or answered with something that is no reply
"""

from collections.abc import Sequence
from datetime import timedelta


class InturnError(Exception):
    """The root of all errors that this house raises."""


class SettingsError(InturnError):
    """Raised when a setting is missing or wrong; its text names the setting and what was expected."""


class WrongClock(InturnError):
    """Raised when this machine and Redis do not have the same time; its text says by how much they differ."""


class StoreError(InturnError):
    """Raised when the store cannot do what it was asked."""


class StoreUnavailable(StoreError):
    """Raised when Redis is away, hung, full or refuses us. Nothing may be assumed of the last call."""


class StoreFull(StoreUnavailable):
    """Raised when Redis has no room for anything new; what was accepted before goes on."""

    def __init__(self, used: int, mark: int) -> None:
        super().__init__(f"{used} % of Redis' memory are used; above {mark} % nothing new is kept")


class UnexpectedReply(StoreError):
    """Raised when a script answers in a form that its caller does not know."""

    def __init__(self, script: str, reply: object) -> None:
        tag = reply[0] if isinstance(reply, Sequence) and reply else reply
        super().__init__(f"{script} answered with {tag!r}")


class IllegalTransition(InturnError):
    """Raised when the state machine knows no such step from the present state."""

    def __init__(self, state: str, event: str) -> None:
        super().__init__(f"a session that is {state} knows no {event}")


class ConversationBusy(InturnError):
    """Raised when a worker holds the conversation for longer than the caller would wait."""


class NoCustomer(InturnError):
    """Raised when what was typed is no customer's number or id, or may mean several; its text says which."""


class NoSuchSession(InturnError):
    """Raised when nothing is kept for this customer."""


class UnreadableSession(InturnError):
    """Raised when what is kept of a customer cannot be read; the next turn puts it aside and begins a new session."""

    def __init__(self, customer: str, why: str, raw: str) -> None:
        super().__init__(f"what is kept of {customer} cannot be read: {why}")
        self.customer = customer
        self.why = why
        self.raw = raw


class SearchLimitReached(InturnError):
    """Raised by `Turn.search` when the customer has used up the searches of this hour."""

    def __init__(self, wait_for: timedelta) -> None:
        super().__init__(f"no searches left for {wait_for}")
        self.wait_for = wait_for


class NoCatalogue(InturnError):
    """Raised by `Turn.search` when nothing to search in is configured."""


class NotRevivable(InturnError):
    """Raised when a dead letter cannot be put back as it is."""


class BadAssistant(InturnError):
    """Raised when the assistant cannot be loaded, or answers with something that is no reply."""
