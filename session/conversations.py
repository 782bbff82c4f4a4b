"""The names of conversations and customers. Pure.

A conversation is "<namespace>:[<scope>:]<id>": the namespace is the network that gave the customer the id, the scope keeps
the senders of several businesses apart. A customer is named by the id alone on WhatsApp ("+201001234567", "US.77ab"),
elsewhere by namespace and id ("telegram:123456789"), so that no id is taken for a phone number.
"""

import re

from session.channels import NAMESPACES, WHATSAPP, Namespace

#: A customer's name may begin with one of these.
_PREFIXES = frozenset(NAMESPACES) - {WHATSAPP.name}
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
