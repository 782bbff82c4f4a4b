"""Finds whom a person means who types a customer: a sender may have a scope, and a number may be of two countries."""

from collections.abc import Iterable

from session.conversations import conversation_of, customer_of, is_customer, scope_of
from session.customers import Typed, typed
from session.errors import NoCustomer
from session.store.sessions import SessionStore
from session.store.traces import TraceStore


class Seeker:
    """Looks for conversations of a customer; `country` is that of numbers that do not name theirs, "" if none is."""

    def __init__(self, sessions: SessionStore, traces: TraceStore, *, country: str) -> None:
        self._sessions = sessions
        self._traces = traces
        self._country = country

    def name(self, customer: str) -> str:
        """Return the likeliest conversation of what was typed, kept or not. Raises `NoCustomer`."""
        if is_customer(customer):  # as a program writes it
            return conversation_of(customer)
        return self._typed(customer).conversations[0]

    def sessions_of(self, customer: str) -> list[str]:
        """Return the conversations that have a session; without a scope those of every sender. Raises `NoCustomer`.

        Reads every key of the server: for people, not for workers.
        """
        meant = self._typed(customer)
        kept = set(self._sessions.conversations()) if meant.scope is None else set()
        kept |= {one for one in meant.conversations if self._sessions.exists(one)}
        return self._of_one(
            customer, (one for one in kept if customer_of(one) in meant.customers), meant.scope
        )

    def everything_of(self, customer: str) -> list[str]:
        """Return the conversations of which anything is kept; without a scope those of every sender. Raises `NoCustomer`.

        Reads every key and every event of the server: for people, not for workers.
        """
        meant = self._typed(customer)
        kept = {one for name in meant.customers for one in self._sessions.kept_of(name)}
        kept |= self._traces.conversations_of(meant.customers)
        found = self._of_one(customer, kept, meant.scope)
        # A body that nobody could read tells no conversation, and may be all that there is.
        name = customer_of(found[0]) if found else meant.customers[0]
        return sorted({*found, conversation_of(name, meant.scope or "")})

    def _typed(self, customer: str) -> Typed:
        try:
            return typed(customer, self._country)
        except NoCustomer:
            # Whatever has a session under this very name must be seen and forgotten, whoever made it.
            if self._sessions.exists(conversation_of(customer)):
                return Typed(
                    (customer_of(conversation_of(customer)),), scope_of(conversation_of(customer)) or None
                )
            raise

    def _of_one(self, text: str, conversations: Iterable[str], scope: str | None) -> list[str]:
        found = sorted(one for one in conversations if scope in (None, scope_of(one)))
        customers = sorted({customer_of(one) for one in found})
        if len(customers) > 1:
            raise NoCustomer(
                f"{text!r} may be {' or '.join(customers)}: write it with + and the country's code"
            )
        return found
