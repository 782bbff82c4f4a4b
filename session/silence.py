"""Which replies are not sent since a person took over, or since the customer has opted out. Pure."""

from dataclasses import dataclass

from session.messages import Delivery


@dataclass(frozen=True, slots=True)
class Silence:
    """What a takeover and a STOP cancel, as it stands at one moment."""

    since: str = ""  #: the assistant's replies of the turns before this fence; "all" of them; "" for none
    #: the same since a STOP, whoever says it: "all" is followed by its id until it has taken its turn
    stop: str = ""

    def covers(self, delivery: Delivery) -> bool:
        """Whether a takeover cancels a delivery. What a person says always goes out."""
        return not delivery.by_agent and _before(self.since, delivery)

    def stops(self, delivery: Delivery) -> bool:
        """Whether a STOP cancels a delivery, whoever says it."""
        return _before(self.stop, delivery)


def _before(upto: str, delivery: Delivery) -> bool:
    return upto.startswith("all") or (upto.isdecimal() and delivery.fence < int(upto))


#: The fence of what a person puts back from the dead letters: no STOP and no takeover of the past concerns it.
AFTER_ALL = 2**53 - 1


#: Everything is sent.
NO_SILENCE = Silence()
