"""What a stranger may take of a process before anybody has looked at a signature."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much, and for how long."""

    body_bytes: int  #: of one body
    body_seconds: float  #: from the end of the head to the end of the body, however it drips
    #: of all large bodies that a process reads or works on at the same time
    bodies_bytes: int = 32 * 1024 * 1024
    #: a body of so many bytes is not large: it is read in one go, and there is one a connection at most
    small_bytes: int = 16 * 1024
    #: a request that no thread has begun by then is told to come again
    begun_seconds: float = 5.0
