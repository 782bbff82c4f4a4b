"""Finds the customer that a typed text means: a sender may have a scope, and a number may belong to two countries."""

from collections.abc import Iterable

from session.conversations import conversation_of, customer_of, is_customer, scope_of
from session.customers import Typed, typed
from session.errors import NoCustomer
from session.store.forgetting import ForgettingStore
from session.store.runners import Runner
from session.store.sessions import SessionStore


class Seeker:
    """Finds conversations of a customer; `country` applies to numbers without a country code, "" if there is no default."""

    def __init__(
        self, run: Runner, sessions: SessionStore, forgetting: ForgettingStore, *, country: str
    ) -> None:
        self._run = run
        self._sessions = sessions
        self._forgetting = forgetting
        self._country = country

    def name(self, customer: str) -> str:
        """Return the most likely conversation of a text, with or without a session. Raises `NoCustomer`."""
        if is_customer(customer):  # in the form that a program writes
            return conversation_of(customer)
        return self._typed(customer).conversations[0]

    def sessions_of(self, customer: str) -> list[str]:
        """Return the conversations with a session; without a scope those of all senders. Raises `NoCustomer`.

        Reads every key of the server: for people, not for workers.
        """
        meant = self._typed(customer)
        kept = set(self._run(self._sessions.conversations())) if meant.scope is None else set()
        kept |= {one for one in meant.conversations if self._run(self._sessions.exists(one))}
        return self._of_one(
            customer, (one for one in kept if customer_of(one) in meant.customers), meant.scope
        )

    def everything_of(self, customer: str) -> list[str]:
        """Return the conversations with any stored data; without a scope those of all senders. Raises `NoCustomer`.

        Reads every key and every event of the server: for people, not for workers.
        """
        meant = self._typed(customer)
        kept = {one for name in meant.customers for one in self._run(self._forgetting.kept_of(name))}
        kept |= self._run(self._forgetting.traced(meant.customers))
        found = self._of_one(customer, kept, meant.scope)
        # An unreadable body names no conversation, and may be the only data.
        name = customer_of(found[0]) if found else meant.customers[0]
        return sorted({*found, conversation_of(name, meant.scope or "")})

    def _typed(self, customer: str) -> Typed:
        try:
            return typed(customer, self._country)
        except NoCustomer:
            # A session with exactly this name must be found and forgotten, whoever created it.
            if self._run(self._sessions.exists(conversation_of(customer))):
                return Typed(
                    (customer_of(conversation_of(customer)),), scope_of(conversation_of(customer)) or None
                )
            raise

    def _of_one(self, text: str, conversations: Iterable[str], scope: str | None) -> list[str]:
        found = sorted(one for one in conversations if scope in (None, scope_of(one)))
        customers = sorted({customer_of(one) for one in found})
        if len(customers) > 1:
            raise NoCustomer(
                f"{text!r} is ambiguous: {' or '.join(customers)}; write it with + and the country code"
            )
        return found
