"""How scripts and notebooks read the timers of a conversation; only an assistant sets them."""

from session.customers import Seeker
from session.store import SessionStore
from session.store.runners import Runner
from session.timers import Planned, read_timers


class ReadsTimers:
    """The part of `SessionManager` that reads timers."""

    _run: Runner
    _seeker: Seeker
    _store: SessionStore

    def timers(self, customer: str) -> tuple[Planned, ...]:
        """Return what is planned for a customer and has not had its turn, the earliest first."""
        pairs = self._run(self._store.timers(self._seeker.name(customer)))
        plans = (Planned.of(record) for record in read_timers(pairs).values())
        return tuple(sorted(plans, key=lambda plan: (plan.at, plan.name)))
