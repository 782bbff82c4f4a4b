"""The signed cookie that says who is at the desk. Pure: nothing of it is kept anywhere, and any process can read it."""

import binascii
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass
from datetime import datetime

from session.records import to_ms
from webhook.signatures import same


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What the cookie says."""

    agent: str  #: "" before anybody has signed in
    seal: str  #: of the agent's password, see `Agents.seal`
    until: int  #: ms since the epoch, when it is no good any more
    nonce: str  #: what the forms of this browser are known by


class Tickets:
    """Makes tickets and reads them, with a key of this deployment."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), b"inturn desk: tickets", "sha256")

    def written(self, ticket: Ticket) -> str:
        """Return a ticket as the value of a cookie."""
        words = urlsafe_b64encode(json.dumps(asdict(ticket), separators=(",", ":")).encode()).decode()
        return f"{words}.{self._mark('ticket', words)}"

    def read(self, cookie: str, *, now: datetime) -> Ticket | None:
        """Return the ticket of a cookie, or None if it is not ours or its time is over."""
        words, _, mark = cookie.rpartition(".")
        if not same(self._mark("ticket", words), mark):
            return None
        try:
            ticket = Ticket(**json.loads(urlsafe_b64decode(words)))
        except (ValueError, TypeError, binascii.Error):
            return None
        return ticket if ticket.until > to_ms(now) else None

    def form_token(self, ticket: Ticket) -> str:
        """Return what a form of this browser carries: another site cannot know it."""
        return self._mark("form", f"{ticket.agent}|{ticket.nonce}")

    def _mark(self, what: str, words: str) -> str:
        return hmac.digest(self._key, f"{what}|{words}".encode("utf-8", "replace"), "sha256").hex()
