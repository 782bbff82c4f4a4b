"""Tells what is a customer's name: a phone number, or the business-scoped id of somebody who hides it.

A customer names keys in Redis and travels through the providers and back, so nothing else is let in:
no blanks, no braces, no separators.
"""

import re
import unicodedata
from dataclasses import dataclass

from session.errors import NoCustomer
from session.keys import CHANNEL, conversation_of, customer_of, is_scope, scope_of
from session.phones import BadNumber, digits_of, e164

#: 5 digits up to E.164's 15, and some more, because WhatsApp ids of business numbers exceed it.
_PHONE = re.compile(r"\+?([0-9]{5,20})")

#: Country, dot, up to 128 alphanumerics; parent ids have one more part ("US.ENT.1"). Older ids begin with "user.".
_BUSINESS_SCOPED = re.compile(r"[A-Z]{2}(?:\.[A-Za-z0-9]{1,128}){1,2}|user\.[A-Za-z0-9]{1,128}")


def customer_from(name: str | None) -> str | None:
    """Return "+" and digits, or the business-scoped id; None if the name is neither."""
    if name is None:
        return None
    phone = _PHONE.fullmatch(name)
    if phone:
        return f"+{phone[1]}"
    return name if is_business_scoped(name) else None


def is_business_scoped(name: str) -> bool:
    """Whether this is the id of a customer whose phone number is not known."""
    return _BUSINESS_SCOPED.fullmatch(name) is not None


def conversation_from(echo: str | None) -> str | None:
    """Return the conversation that a provider echoed, if it is one that we could have sent."""
    if echo is None:
        return None
    customer = customer_of(echo)
    scope = scope_of(echo)
    ours = customer_from(customer) == customer and (not scope or is_scope(scope))
    return echo if ours and conversation_of(customer, scope) == echo else None


@dataclass(frozen=True, slots=True)
class Typed:
    """Whom a person may mean by what was typed."""

    customers: tuple[str, ...]  #: the likeliest first
    scope: str | None  #: of the sender; "": the sender without one was typed; None: no scope was typed

    @property
    def conversations(self) -> tuple[str, ...]:
        """The conversations of the sender that was typed, of the one without a scope if none was."""
        return tuple(conversation_of(customer, self.scope or "") for customer in self.customers)


def typed(text: str, country: str) -> Typed:
    """Return whom a person means who types a customer, in any spelling, with the scope of a sender in front or without.

    "+20 100 123-4567", "0020100…", "whatsapp:+20100…", "estate:+20100…", "US.77ab"; ":+20100…" is the
    sender without a scope; digits alone are those of WhatsApp, or a number of `country`. Raises `NoCustomer`, which says
    what is wrong.
    """
    plain = "".join(letter for letter in text if unicodedata.category(letter) != "Cf").strip()
    if plain[: len(CHANNEL)].lower() == CHANNEL:
        plain = plain[len(CHANNEL) :].strip()
    sender, separator, rest = plain.partition(":")
    name = rest.strip() if separator else plain
    scope = sender.strip() if separator else None
    if scope and not is_scope(scope):
        raise NoCustomer(f"{text!r} is no customer: {scope!r} is no scope of a sender")
    if is_business_scoped(name):
        return Typed((name,), scope)
    digits = digits_of(name)
    # WhatsApp's own ids are digits that need not be a number that is known today; none of them begins with 0.
    stands = None if digits.startswith("0") else customer_from(digits)
    try:
        number: str | None = e164(name, country)
    except BadNumber as error:
        if stands is None:
            raise NoCustomer(f"no customer: {error}") from None
        number = None
    likely = (stands, number) if digits.startswith("+") else (number, stands)
    return Typed(tuple(dict.fromkeys(filter(None, likely))), scope)
