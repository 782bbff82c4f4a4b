"""Classifies the errors of Redis: it is unavailable or refuses to work, or the call itself is wrong."""

import re

from redis import exceptions

from session.errors import StoreUnavailable

#: All that the client library raises. Its error for a cluster without a reachable node is not a `RedisError`.
FAILURES = (exceptions.RedisError, exceptions.RedisClusterException)

#: Redis is unreachable, hangs, loads, is full, read-only or without a quorum: the call itself is right.
_AWAY = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.BusyLoadingError,
    exceptions.OutOfMemoryError,
    exceptions.ReadOnlyError,
    exceptions.ClusterError,
    exceptions.RedisClusterException,
    exceptions.TryAgainError,
    exceptions.AuthenticationError,
    exceptions.NoPermissionError,
    exceptions.MasterDownError,
)
#: The same, where the client library has no class: the text contains the server's code. Its disk is full or broken, it has
#: too few replicas, a script runs for too long, or its memory is full.
_CODES = re.compile(r"\b(MISCONF|NOREPLICAS|BUSY|OOM|READONLY|CLUSTERDOWN|LOADING|MASTERDOWN|NOPERM)\b")


def unavailable(what: str, error: Exception) -> StoreUnavailable | None:
    """Return `StoreUnavailable` for an error of the client library, with the name of the call (`what`); None if the call itself is wrong."""
    if isinstance(error, _AWAY):
        return StoreUnavailable(f"{what}: {type(error).__name__}")
    code = _CODES.search(str(error)) if isinstance(error, exceptions.ResponseError) else None
    return StoreUnavailable(f"{what}: {code[0]}") if code else None
