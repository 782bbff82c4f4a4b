"""What was spent today, in every shard."""

from session.keys import Keys
from session.spending import Spent
from session.store.calls import Program, Together, as_fields, command, unless_wrong


class SpendingStore:
    """Reads what was spent; the scripts that write it are those of turns and of statuses."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def today(self) -> Program[Spent]:
        """Return what was spent by all shards together, in one round trip."""
        hashes = [self._keys.shard(shard).spent for shard in range(self._keys.shards)]
        found: list[object] = yield Together(
            [command("spent", "HGETALL", key) for key in hashes], errors=True
        )
        return Spent.read(as_fields(unless_wrong(one) or ()) for one in found)
