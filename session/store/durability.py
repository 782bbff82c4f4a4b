"""What a write must survive before its caller goes on: `DURABILITY`.

The server confirms it for all that a connection has written so far, and so for everything that was written before that,
whoever wrote it: it keeps one order of its writes, on its disk and on its replicas.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

from session.policy import Durability, Policy
from session.store.calls import Call, Value, Wait

_T = TypeVar("_T")

#: The commands and their first values; the last value is the time to wait, in ms. WAITAOF needs Valkey or Redis 7.2.
_COMMANDS: Final[Mapping[Durability, tuple[str, tuple[Value, ...]]]] = {
    "fsync": ("WAITAOF", (1, 0)),
    "replica": ("WAIT", (1,)),
}


def durable(call: Call[_T], policy: Policy) -> Call[_T]:
    """Return a call that raises `NotDurable` unless what it has written, and all before it, is as safe as it must be."""
    wait = wait_of(policy)
    return call._replace(wait=wait) if wait else call


def wait_of(policy: Policy) -> Wait | None:
    """Return what is to be waited for after a write that somebody outside is told about; None: nothing."""
    command = _COMMANDS.get(policy.durability)
    if command is None:
        return None
    name, values = command
    seconds = policy.durable_within.total_seconds()
    return Wait(name, (name, *values, max(1, round(1000 * seconds))), seconds, _is_confirmed)


def _is_confirmed(answer: object) -> bool:
    """WAIT answers with the number of replicas, WAITAOF with those of own disks (0 or 1) and of replicas."""
    count = answer[0] if isinstance(answer, list) else answer
    return isinstance(count, int) and count > 0
