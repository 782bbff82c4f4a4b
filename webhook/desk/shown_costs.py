"""What the latest replies to a customer have cost, as the page of a conversation shows it. Pure."""

from collections import Counter

from session.prices import Cost, Priced
from session.results import ConversationSnapshot

#: Providers bill what arrived.
_ARRIVED = frozenset({"delivered", "read"})


def costs_of(snapshot: ConversationSnapshot) -> list[str]:
    """Return what the latest replies that arrived have cost, for each currency: "0.0072 USD"; none if nothing is known."""
    micros: Counter[str] = Counter()
    for delivery, text in snapshot.prices.items():
        priced = Priced.read(text)
        if priced and priced.cost and snapshot.deliveries.get(delivery) in _ARRIVED:
            micros[priced.cost.currency] += priced.cost.micros
    return [
        f"{Cost(micros=amount, currency=currency).amount} {currency}"
        for currency, amount in sorted(micros.items())
    ]
