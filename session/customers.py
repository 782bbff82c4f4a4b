"""Recognises customers and conversations in what providers send back and in what people type."""

import re
import unicodedata
from dataclasses import dataclass

from session.channels import NAMESPACES, WHATSAPP, Namespace
from session.conversations import conversation_of, customer_of, is_customer, is_scope, scope_of
from session.errors import NoCustomer
from session.phones import BadNumber, digits_of, e164

_PHONE = re.compile(r"\+?([0-9]{5,20})")


def whatsapp_customer(name: str | None) -> str | None:
    """Return the customer of an id of WhatsApp's: "+" and digits, or the business-scoped id; None if it is neither."""
    if name is None:
        return None
    phone = _PHONE.fullmatch(name)
    if phone:
        return f"+{phone[1]}"
    return name if is_business_scoped(name) else None


def is_business_scoped(name: str) -> bool:
    """Whether this is the id of a WhatsApp customer whose phone number is not known."""
    return not name.startswith("+") and WHATSAPP.id.fullmatch(name) is not None


def conversation_from(echo: str | None) -> str | None:
    """Return the conversation that a provider returned, if it is one that we could have sent."""
    if echo is None:
        return None
    customer = customer_of(echo)
    scope = scope_of(echo)
    ours = is_customer(customer) and (not scope or is_scope(scope))
    return echo if ours and conversation_of(customer, scope) == echo else None


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
    return Typed(tuple(dict.fromkeys(filter(None, likely))), scope)


def _customer_in(namespace: Namespace, id_: str, text: str) -> str:
    if not namespace.id.fullmatch(id_):
        raise NoCustomer(f"{text!r} is no customer: {id_!r} is no id of {namespace.name}")
    return f"{namespace.name}:{id_}"
