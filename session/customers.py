"""Finds the customers that a typed text means: a sender may have a scope, and a number may belong to two countries."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from session.channels import NAMESPACES, WHATSAPP, Namespace
from session.conversations import (
    conversation_of,
    customer_of,
    is_business_scoped,
    is_customer,
    is_scope,
    scope_of,
    whatsapp_customer,
)
from session.errors import NoCustomer
from session.identities import canonical
from session.phones import BadNumber, digits_of, e164
from session.store.forgetting import ForgettingStore
from session.store.runners import Runner
from session.store.sessions import SessionStore


@dataclass(frozen=True, slots=True)
class Typed:
    """The customers that a typed text may mean."""

    customers: tuple[str, ...]  #: the most likely one first
    scope: str | None  #: scope of the sender; "": a sender without one was typed; None: no scope was typed

    @property
    def conversations(self) -> tuple[str, ...]:
        """The conversations in the typed scope, or without a scope if none was typed."""
        return tuple(conversation_of(customer, self.scope or "") for customer in self.customers)


def typed(text: str, country: str) -> Typed:
    """Return the customers that a typed text may mean, in any spelling, with or without a scope in front.

    "+20 100 123-4567", "0020100…", "whatsapp:+20100…", "estate:+20100…", "US.77ab", "telegram:123456789"; ":+20100…" is a
    customer of the sender without a scope; digits alone are those of WhatsApp, or a number of `country`. Raises
    `NoCustomer` with the reason.
    """
    plain = "".join(letter for letter in text if unicodedata.category(letter) != "Cf").strip()
    first, separator, rest = plain.partition(":")
    namespace = NAMESPACES.get(first.strip().lower()) if separator else None
    plain = rest.strip() if namespace else plain
    sender, separator, rest = plain.partition(":")
    name = rest.strip() if separator else plain
    scope = sender.strip() if separator else None
    if scope and not is_scope(scope):
        raise NoCustomer(f"{text!r} is not a customer: {scope!r} is not a scope of a sender")
    if namespace not in (None, WHATSAPP):
        return Typed((_customer_in(namespace, name, text),), scope)
    if is_business_scoped(name):
        return Typed((name,), scope)
    digits = digits_of(name)
    # WhatsApp's own ids are digits that need not be a valid number today; none of them begins with 0.
    stands = None if digits.startswith("0") else whatsapp_customer(digits)
    try:
        number: str | None = e164(name, country)
    except BadNumber as error:
        if stands is None:
            raise NoCustomer(f"not a customer: {error}") from None
        number = None
    likely = (stands, number) if digits.startswith("+") else (number, stands)
    every = (spelling for one in filter(None, likely) for spelling in (canonical(one), one))
    return Typed(tuple(dict.fromkeys(every)), scope)


def _customer_in(namespace: Namespace, id_: str, text: str) -> str:
    if not namespace.id.fullmatch(id_):
        raise NoCustomer(f"{text!r} is no customer: {id_!r} is no id of {namespace.name}")
    return f"{namespace.name}:{id_}"


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
            meant = [conversation_of(one) for one in dict.fromkeys((canonical(customer), customer))]
        else:
            meant = list(self._typed(customer).conversations)
        likely = canonical(customer_of(meant[0]))
        ends = self._run(
            self._forgetting.resolve([one for one in meant if canonical(customer_of(one)) == likely])
        )
        # A session from before spellings were known has the number as it came, until the customer writes again.
        kept = (one for one in ends[1:] and ends if self._run(self._sessions.exists(one)))
        return next(kept, ends[0])

    def sessions_of(self, customer: str) -> list[str]:
        """Return the conversations with a session; without a scope those of all senders. Raises `NoCustomer`.

        Reads every key of the server: for people, not for workers.
        """
        meant = self._typed(customer)
        kept = set(self._run(self._sessions.conversations())) if meant.scope is None else set()
        # Without a scope a name of before may lead to another one with each sender.
        scopes = {scope_of(one) for one in kept}
        named = [conversation_of(customer, scope) for scope in sorted(scopes) for customer in meant.customers]
        named = list(dict.fromkeys((*meant.conversations, *named)))
        kept = {one for one in kept if customer_of(one) in meant.customers}
        ends = self._run(self._forgetting.resolve(named))
        kept |= {one for one in {*named, *ends} if self._run(self._sessions.exists(one))}
        return self._of_one(customer, kept, meant.scope)

    def names_of(self, customer: str) -> list[str]:
        """Return the conversations of a customer under every name, where the customer is now first. Raises `NoCustomer`."""
        *others, now = self._run(self._forgetting.whole([self.name(customer)]))
        return [now, *others]

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
        ends = self._run(self._forgetting.resolve(found))
        customers = sorted({canonical(customer_of(one)) for one in ends})
        if len(customers) > 1:
            raise NoCustomer(
                f"{text!r} is ambiguous: {' or '.join(customers)}; write it with + and the country code"
            )
        return found
