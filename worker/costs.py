"""What replies have cost: events in, a table out. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from session.campaigns import row_of
from session.conversations import customer_of
from session.delivery_events import StatusNoted
from session.event_records import EventRecord
from session.prices import Cost, Price
from session.records import from_ms

#: Returns the group of a reply that arrived.
Group = Callable[[EventRecord, StatusNoted, Price], str]

UNKNOWN = "unknown"


@dataclass(slots=True)
class Costs:
    """What the replies of one group have come to."""

    arrived: int = 0
    billed: int = 0  #: the provider says that it bills them
    unpriced: int = 0  #: those of them whose price is unknown
    micros: Counter[str] = field(default_factory=Counter)  #: currency -> millionths of it

    def add(self, event: StatusNoted, price: Price) -> None:
        """Count a reply that arrived."""
        self.arrived += 1
        if not price.billable:
            return
        self.billed += 1
        if cost := Cost.read(event.cost or ""):
            self.micros[cost.currency] += cost.micros
        else:
            self.unpriced += 1


#: What `--by` names, but for the assistant, which the senders name.
GROUPS: dict[str, Group] = {
    "campaign": lambda _record, event, _price: (row_of(event.delivery) or ("none", 0))[0],
    "category": lambda _record, _event, price: price.category,
    "country": lambda _record, event, _price: event.country or UNKNOWN,
    "customer": lambda record, _event, _price: customer_of(record.conversation),
    "day": lambda record, _event, _price: f"{from_ms(record.at):%Y-%m-%d}",
    "sender": lambda _record, event, _price: event.sender or UNKNOWN,
}


def spent(records: Iterable[EventRecord], group: Group) -> dict[str, Costs]:
    """Return what the replies among events have come to, by group, in the order of the names. Each reply counts once."""
    found: dict[str, Costs] = {}
    for record in records:
        event = record.event
        if isinstance(event, StatusNoted) and (price := Price.read(event.billed or "")):
            found.setdefault(group(record, event, price), Costs()).add(event, price)
    return dict(sorted(found.items()))
