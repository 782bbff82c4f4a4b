"""What replies cost, as a metric. Pure."""

from collections import Counter

from session.printable import mask
from webhook.metrics.exposition import Family, figure

_LABELS = ("currency", "category", "country", "line", "assistant", "campaign")


def costs(counts: Counter[str]) -> Family:
    """Return what the replies that arrived cost, in units of the currency, by the rate cards.

    Senders whose names are the same once they are masked are one.
    """
    micros: Counter[tuple[str, ...]] = Counter()
    for name, amount in counts.items():
        if name.startswith("cost|"):
            currency, category, country, sender, *more = name.split("|")[1:]
            # An earlier release named no assistant, and most replies are of no campaign.
            assistant, campaign = [*more, *("unknown", "")[len(more) :]]
            micros[currency, category, country, mask(sender), assistant, campaign] += amount
    says = "What replies that arrived cost by the rate cards, in units of the currency"
    samples = (
        figure(amount / 1_000_000, **dict(zip(_LABELS, labels, strict=True)))
        for labels, amount in sorted(micros.items())
    )
    return Family(name="inturn_cost_total", kind="counter", says=says, samples=tuple(samples))
