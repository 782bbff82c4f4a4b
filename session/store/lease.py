"""What all leases have in common: who holds what, until when, and what a holder that came too late is told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The time-bound right to work on something; every write shows its fence."""

    fence: int  #: grows with each lease; a write with an older one changes nothing
    holder: str  #: id of the call that took it


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Somebody else holds the lease; whoever it is looks again before letting go."""

    until: int  #: ms since the epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """The lease was lost meanwhile; nothing was written."""

    fence: int  #: of the present holder, 0 if there is none
