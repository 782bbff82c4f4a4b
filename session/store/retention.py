"""How long events and dead letters are kept, and how many letters: what is beyond that is taken away, and counted."""

from datetime import timedelta

from session.errors import UnexpectedReply
from session.keys import Keys
from session.policy import Policy
from session.results import Trimmed
from session.store.scripts import Scripts

#: Of the server's memory, in per cent: so much the dead letters of a shard may take, however many they are.
_SHARE = 10


class RetentionStore:
    """Takes away what is kept for long enough."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._keys = keys
        self._policy = policy

    def trim(self, shard: int) -> Trimmed:
        """Take away events and dead letters of a shard by the ages and the number of the policy, in one round trip.

        Their age is told by the clock of the server, which gave them their ids.
        """
        keys, policy = self._keys.shard(shard), self._policy
        ages = [age // timedelta(milliseconds=1) for age in (policy.events_for, policy.letters_for)]
        match self._scripts.call(
            "trim_streams", [keys.events, keys.dead, keys.counters], [*ages, policy.letters_at_most, _SHARE]
        ):
            case ["trimmed", int(events), int(old), int(many)]:
                return Trimmed(events=events, old_letters=old, many_letters=many)
            case reply:
                raise UnexpectedReply("trim_streams", reply)
