"""For how long customers of a scope waited for a person today, in every shard."""

from datetime import datetime

from session.hours import Hours
from session.keys import Keys
from session.reachable import Waits
from session.store.calls import Program, Together, command, unless_wrong
from session.wait_counts import fields_of, waits_in


class WaitStore:
    """Reads the waits; they are counted from the events with everything else."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def today(self, scope: str, hours: Hours, now: datetime) -> Program[Waits]:
        """Return the waits of a day as the clock of a sender has it, of all shards together, in one round trip."""
        fields = fields_of(scope, hours, now)
        hashes = [self._keys.shard(shard).counters for shard in range(self._keys.shards)]
        found: list[object] = yield Together(
            [command("counters", "HMGET", key, *fields) for key in hashes], errors=True
        )
        return waits_in(values for one in found if isinstance(values := unless_wrong(one), list))
