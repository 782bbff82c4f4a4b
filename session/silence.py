"""Which replies are not sent after a takeover or an opt-out. Pure."""

from dataclasses import dataclass

from session.messages import Delivery

ALL = "all"  #: in the place of a fence: it covers the replies of all turns


@dataclass(frozen=True, slots=True)
class Silence:
    """What a takeover and a STOP cancel at one moment."""

    since: str = ""  #: the assistant's replies of turns before this fence; "all" of them; "" for none
    #: the same after a STOP, for all replies: "all" is followed by the id of the STOP until its turn is taken
    stop: str = ""

    def covers(self, delivery: Delivery) -> bool:
        """Whether a takeover cancels a delivery. Agents' answers are always sent."""
        return not delivery.by_agent and _before(self.since, delivery)

    def stops(self, delivery: Delivery) -> bool:
        """Whether a STOP cancels a delivery, whoever wrote it."""
        return _before(self.stop, delivery)


def _before(upto: str, delivery: Delivery) -> bool:
    return upto.startswith(ALL) or (upto.isdecimal() and delivery.fence < int(upto))


#: The fence of a reply that an operator retries from the dead letters: no earlier STOP or takeover applies to it.
AFTER_ALL = 2**53 - 1


#: Nothing is cancelled.
NO_SILENCE = Silence()
