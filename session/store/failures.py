"""Sorts what Redis says when it does not do what it was asked: it is away or refuses us, or the call itself is wrong."""

import re

from redis import exceptions

from session.errors import StoreUnavailable

#: Whatever the client library raises. What it says of a cluster none of whose nodes answers is no `RedisError`.
FAILURES = (exceptions.RedisError, exceptions.RedisClusterException)

#: Redis is away, hung, loading, full, read-only or without a quorum: nothing is wrong with the call itself.
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
#: The same for which the client library has no class: the server's code stands somewhere in the text. Its disk is full or
#: broken, too few replicas follow, a script runs for too long, or it is full.
_CODES = re.compile(r"\b(MISCONF|NOREPLICAS|BUSY|OOM|READONLY|CLUSTERDOWN|LOADING|MASTERDOWN|NOPERM)\b")


def unavailable(what: str, error: Exception) -> StoreUnavailable | None:
    """Return an error of the client library as ours, which names `what` was asked; None if the call itself is wrong."""
    if isinstance(error, _AWAY):
        return StoreUnavailable(f"{what}: {type(error).__name__}")
    code = _CODES.search(str(error)) if isinstance(error, exceptions.ResponseError) else None
    return StoreUnavailable(f"{what}: {code[0]}") if code else None
