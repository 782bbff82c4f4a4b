"""Finds the way to a customer who has not written yet: through which sender, and at which address."""

from session.channels import PROVIDERS
from session.conversations import namespace_of
from session.messages import Route
from session.outgoing import Reached
from worker.senders import Senders


def senders_of(senders: Senders, scope: str) -> list[str]:
    """Return the names of the senders of a scope that can send."""
    able = {name.partition(":")[0] for name in senders.own}
    besides = senders.own - senders.named.keys() if not scope else ()
    of_scope = [name for name, one in senders.named.items() if one.scope == scope]
    return [name for name in (*of_scope, *sorted(besides)) if name.partition(":")[0] in able]


def reach(senders: Senders, customer: str, scope: str, sender: str) -> Reached | None:
    """Return the way to a customer through a sender of a scope; "" is the only one on which the customer can be reached.

    None if it is not one of the scope, cannot send, or is on another network; or if none is named, and there are several.
    """
    found = [
        name
        for name in senders_of(senders, scope)
        if PROVIDERS[name.partition(":")[0]].namespace == namespace_of(customer) and sender in ("", name)
    ]
    if len(found) != 1:
        return None
    channel, _, number = found[0].partition(":")
    route = Route(channel=channel, sender=number, address=PROVIDERS[channel].address_of(customer))
    return Reached(route, senders.of(route).agent_id)
