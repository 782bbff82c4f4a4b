"""A secret that all processes of a deployment share, made by the first of them and kept in Redis."""

from typing import Any

from session.errors import StoreUnavailable
from session.keys import Keys
from session.store.scripts import UNAVAILABLE, Scripts


def shared_secret(scripts: Scripts, keys: Keys, *, fresh: str) -> str:
    """Return the secret of this deployment; `fresh` becomes it if there is none yet."""
    key = keys.shard(0).secret
    try:
        scripts.client.set(key, fresh, nx=True)
        found: Any = scripts.client.get(key)
    except UNAVAILABLE as error:
        raise StoreUnavailable(f"secret: {type(error).__name__}") from error
    return str(found)
