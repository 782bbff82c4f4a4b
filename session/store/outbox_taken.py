"""What a courier is given when it takes an outbox."""

from collections.abc import Sequence
from dataclasses import dataclass

from session.messages import Delivery, DeliveryState
from session.silence import Silence
from session.store.lease import Lease
from session.store.pauses import Pause
from session.store.reading import Newer, Unreadable, read_delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxTaken:
    """The outbox is ours to send."""

    lease: Lease
    attempt: int  #: at the first delivery, 1 for the first
    doubts: int  #: sends of the first delivery of which nobody knows what became: each may have arrived
    #: the latest of them was interrupted just now, and nobody has waited yet for the provider to tell
    interrupted: bool
    known: DeliveryState | None  #: how far a delivery in doubt came, as far as is known
    opted_out: bool  #: the customer wants nothing to be sent
    silence: Silence  #: at this moment
    paused: dict[str, Pause]  #: sender -> why nothing is sent through it
    deliveries: tuple[Delivery, ...]  #: oldest first, at least one; up to the first that cannot be read


@dataclass(frozen=True, slots=True)
class OutboxEmpty:
    """Nothing waits: somebody has sent it already."""


def until_unreadable(
    entries: Sequence[str], conversation: str
) -> tuple[tuple[Delivery, ...], Unreadable | Newer | None]:
    """Return the deliveries that can be sent one after the other, and what stands behind them if it cannot be read.

    That is put aside when it is the first: a doubt about one before it must stay with the lease.
    """
    deliveries: list[Delivery] = []
    for raw in entries:
        found = read_delivery(raw, conversation)
        if isinstance(found, Unreadable | Newer):
            return tuple(deliveries), found
        deliveries.append(found)
    return tuple(deliveries), None
