"""Tries whether what the webhook is for could be done now."""

from session.errors import StoreFull, UnexpectedReply
from session.keys import Keys
from session.policy import Policy
from session.store.scripts import Scripts


class TrialStore:
    """Tries whether a body could be kept."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._keys = keys
        self._policy = policy

    def try_body(self) -> int:
        """Write to every shard as if a body had come; nothing of it stays. A round trip a shard.

        Returns when the sweep last looked, ms since the epoch, at the shard at which it has not looked for longest; 0 if
        it never has. Raises `StoreFull` or `StoreUnavailable` if a body could not be kept.
        """
        return min(self._try(shard) for shard in range(self._keys.shards))

    def _try(self, shard: int) -> int:
        keys = self._keys.shard(shard)
        mark = self._policy.full_at
        match self._scripts.call("try_body", [keys.trial, keys.counters], [mark]):
            case ["kept", str(swept)]:
                return int(swept) if swept.isdecimal() else 0
            case ["full", int(used)]:
                raise StoreFull(used, mark)
            case reply:
                raise UnexpectedReply("try_body", reply)
