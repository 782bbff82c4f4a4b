"""Tells what is a customer's name: a phone number, or the business-scoped id of somebody who hides it.

A customer names keys in Redis and travels through the providers and back, so nothing else is let in:
no blanks, no braces, no separators.
"""

import re

from session.keys import conversation_of, customer_of, is_scope, scope_of

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
