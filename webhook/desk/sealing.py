"""What this deployment signs and hides with; every process comes to the same, and nothing needs to be set."""

from collections.abc import Callable

from session.aliases import Aliases
from session.keys import Keys
from session.store import Scripts, shared_secret
from webhook.desk.tickets import Tickets


class Secrets:
    """Made from the secret in Redis when it is first needed."""

    def __init__(self, scripts: Scripts, keys: Keys, new_id: Callable[[], str]) -> None:
        self._scripts = scripts
        self._keys = keys
        self._new_id = new_id
        self._found: tuple[Tickets, Aliases] | None = None

    @property
    def tickets(self) -> Tickets:
        """What signs cookies. Raises `StoreUnavailable`."""
        return self._known()[0]

    @property
    def aliases(self) -> Aliases:
        """What hides conversations in addresses. Raises `StoreUnavailable`."""
        return self._known()[1]

    def _known(self) -> tuple[Tickets, Aliases]:
        if self._found is None:
            secret = shared_secret(self._scripts, self._keys, fresh=self._new_id() + self._new_id())
            self._found = (Tickets(secret), Aliases(secret))
        return self._found
