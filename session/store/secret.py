"""A secret that all processes of a deployment share, made by the first of them and kept in Redis."""

from typing import Any

from session.keys import Keys
from session.store.asking import asking
from session.store.scripts import Scripts


def shared_secret(scripts: Scripts, keys: Keys, *, fresh: str) -> str:
    """Return the secret of this deployment; `fresh` becomes it if there is none yet."""
    key = keys.shard(0).secret
    with asking("secret"):
        found: Any = scripts.client.get(key)
        if found is None:
            # Not asked at every start: a server that is full would refuse it.
            scripts.client.set(key, fresh, nx=True)
            found = scripts.client.get(key)
    return str(found)
