"""Which replies of the assistant are not sent since a person took over. Pure."""

from dataclasses import dataclass

from session.messages import Delivery


@dataclass(frozen=True, slots=True)
class Silence:
    """What a takeover cancels, as it stands at one moment."""

    since: str = ""  #: the replies of the turns before this fence; "all" of them; "" for none

    def covers(self, delivery: Delivery) -> bool:
        """Whether a delivery is not sent. What a person says always is."""
        if delivery.by_agent or not self.since:
            return False
        return self.since == "all" or delivery.fence < int(self.since)


#: Everything is sent.
NO_SILENCE = Silence()
