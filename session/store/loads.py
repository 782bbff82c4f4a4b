"""What the worker processes hold, in the first shard: each notes it now and then, and is forgotten if it stops doing so."""

from datetime import timedelta

from session.keys import Keys
from session.loads import Load, readable_loads
from session.policy import Policy
from session.records import MS
from session.store.calls import Call, Program, as_fields, command
from session.store.mending import Mender
from session.store.scripts import Scripts

#: After so long without a note a process counts as dead.
KEPT_FOR = timedelta(seconds=30)


class LoadStore:
    """Notes and reads what processes hold."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._key = keys.shard(0).loads

    def note(self, process: str, load: Load | None) -> Program[None]:
        """Note what a process holds; None: it ends."""
        call = self._scripts.note_load(
            loads=self._key, process=process, load=load.to_json() if load else "", keep_for=KEPT_FOR // MS
        )
        yield from self._mender.call_on_shard(0, call)

    def all(self) -> Call[list[Load]]:
        """Return what each process holds that has noted it lately."""
        return command(
            "loads", "HGETALL", self._key, read=lambda found: readable_loads(as_fields(found).values())
        )
