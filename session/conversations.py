"""The names of conversations and customers, and how they are recognised in what providers send. Pure.

A conversation is "<namespace>:[<scope>:]<id>": the namespace is the network that gave the customer the id, the scope keeps
the senders of several businesses apart. A customer is named by the id alone on WhatsApp ("+201001234567", "US.77ab"),
elsewhere by namespace and id ("telegram:123456789"), so that no id is taken for a phone number.
"""

import re
from base64 import urlsafe_b64decode
from urllib.parse import unquote

from session.channels import NAMESPACES, WHATSAPP, Namespace

#: A customer's name may begin with one of these.
_PREFIXES = frozenset(NAMESPACES) - {WHATSAPP.name}
_PHONE = re.compile(r"\+?([0-9]{5,20})")
_SCOPE = re.compile(rf"(?!(?:{'|'.join(NAMESPACES)})$)[a-z0-9_-]{{1,32}}")


def namespace_of(name: str) -> Namespace:
    """Return the namespace of a customer or of a conversation."""
    return NAMESPACES.get(name.partition(":")[0], WHATSAPP)


def conversation_of(customer: str, scope: str = "") -> str:
    """Return the conversation of a customer: "whatsapp:+201001234567", "whatsapp:estate:+201001234567", "telegram:123"."""
    namespace, separator, id_ = customer.partition(":")
    if not separator or namespace not in _PREFIXES:
        namespace, id_ = WHATSAPP.name, customer
    return f"{namespace}:{scope}:{id_}" if scope else f"{namespace}:{id_}"


def customer_of(conversation: str) -> str:
    """Return the customer of a conversation: "+201001234567", "telegram:123"."""
    id_ = conversation.rpartition(":")[2]
    namespace = conversation.partition(":")[0]
    return f"{namespace}:{id_}" if namespace in _PREFIXES else id_


def id_of(customer: str) -> str:
    """Return the id of a customer without its namespace: "+201001234567", "123"."""
    namespace, separator, id_ = customer.partition(":")
    return id_ if separator and namespace in _PREFIXES else customer


def scope_of(conversation: str) -> str:
    """Return the scope of a conversation, "" if it has none."""
    namespace, _, rest = conversation.partition(":")
    return (rest if namespace in NAMESPACES else conversation).rpartition(":")[0]


def short_name(conversation: str) -> str:
    """Return how people and counters name a conversation: "estate:+201001234567", "telegram:estate:123"."""
    return conversation.removeprefix(f"{WHATSAPP.name}:")


def is_customer(name: str) -> bool:
    """Whether this is the name of a customer. It names keys in Redis, so nothing else is let in."""
    return namespace_of(name).id.fullmatch(id_of(name)) is not None


def is_scope(scope: str) -> bool:
    """Whether a sender may have this scope: lower-case letters, digits, "-" and "_", and no namespace."""
    return _SCOPE.fullmatch(scope) is not None


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


_WAMID = re.compile(r"wamid\.([A-Za-z0-9+/_-]+)")
_BASE64 = str.maketrans("+/", "-_")


def mentions(raw: str, customer: str) -> bool:
    """Whether a body names a customer: literally, escaped for a URL, or inside one of Meta's message ids."""
    name = re.escape(id_of(customer).removeprefix("+"))
    if namespace_of(customer) is not WHATSAPP:
        # A short number, and elsewhere it may count anything: only the id of somebody is a customer.
        whole = re.compile(rf'"id"\s*:\s*"?{name}(?![0-9])')
    else:
        whole = re.compile(
            rf"(?<![0-9]){name}(?![0-9])" if customer.startswith("+") else rf"\b{name}\b(?!\.)"
        )
    return any(whole.search(text) for text in (raw, unquote(raw), *map(_within, _WAMID.findall(raw))))


def _within(encoded: str) -> str:
    try:
        held = urlsafe_b64decode(encoded.translate(_BASE64) + "=" * (-len(encoded) % 4))
    except ValueError:
        return ""
    return held.decode("latin-1")
