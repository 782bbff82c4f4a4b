"""Slows down who guesses tokens, without a question to Redis for whoever has one."""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeVar

from session.api_tokens import hash_of
from session.clock import Clock
from session.store import AttemptKeys, Runner, SignInStore
from webhook.desk.agent_sessions import LIMITS, DeskSecrets
from webhook.networks import network

_T = TypeVar("_T")
#: Wrong tokens, and networks that must wait, which a process remembers.
_REMEMBERED = 2_000


class Guesses:
    """Counts wrong tokens, for all processes together. The same one once more is no guess: a program may have an old token."""

    def __init__(self, run: Runner, store: SignInStore, secrets: DeskSecrets, clock: Clock) -> None:
        self._run, self._store, self._secrets, self._clock = run, store, secrets, clock
        self._wrong: OrderedDict[str, None] = OrderedDict()
        self._until: OrderedDict[str, datetime] = OrderedDict()
        self._lock = Lock()

    def wait_of(self, address: str) -> timedelta:
        """Return how long an address must wait before its token is looked at; zero if it need not."""
        if not self._until:
            return timedelta()
        until = self._until.get(network(address, v6=64))
        return max(until - self._clock.now(), timedelta()) if until else timedelta()

    def count(self, address: str, secret: str) -> timedelta:
        """Count a wrong token; return how long the address must wait now. Raises `StoreUnavailable`."""
        hashed, where = hash_of(secret), network(address, v6=64)
        with self._lock:
            if hashed in self._wrong:
                return timedelta()
        pair = self._secrets.signature("token and address", f"{hashed}|{where}")
        keys = AttemptKeys(pair=pair, address=self._secrets.signature("address of a client", where))
        wait = self._run(self._store.attempt(keys, LIMITS))
        with self._lock:
            if wait:
                self._keep(self._until, where, self._clock.now() + wait)
            else:
                self._keep(self._wrong, hashed, None)
        return wait

    @staticmethod
    def _keep(kept: OrderedDict[str, _T], name: str, value: _T) -> None:
        kept[name] = value
        if len(kept) > _REMEMBERED:
            kept.popitem(last=False)
