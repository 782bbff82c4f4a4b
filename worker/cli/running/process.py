"""What the supervisor is told of a process. It knows no program of the house."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A program to be kept running."""

    name: str
    argv: tuple[str, ...]
    #: The whole environment.
    env: Mapping[str, str]
    #: Effects again and again until it is true. It answers within a second and never raises.
    ready: Callable[[], bool]
    #: Lines with one of these words are not shown: every start would have them, and nobody would mend them.
    hushed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long the supervisor waits, in seconds, and how often it starts a process again."""

    #: For a process to become ready.
    start: float = 60
    #: For all processes to end by themselves; what is left then is killed.
    end: float = 6
    #: The first pause before a process is started again; it doubles each time.
    pause: float = 0.5
    longest_pause: float = 10
    #: A process that ended so many times within `window` is given up.
    deaths: int = 5
    window: float = 60
