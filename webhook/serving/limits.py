"""What a client may use of a process before its signature is checked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes and times."""

    body_bytes: int  #: of one body
    body_seconds: float  #: from the end of the head to the end of the body, even if it arrives byte by byte
    #: of all large bodies that a process reads or handles at the same time
    bodies_bytes: int = 32 * 1024 * 1024
    #: a body of so many bytes is small: it is read at once, and there is at most one on a connection
    small_bytes: int = 16 * 1024
    #: a request that no thread has started by then is rejected with 503
    begun_seconds: float = 5.0
