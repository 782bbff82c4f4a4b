"""Who may sit at the desk. It must not know Flask."""

import hmac
from collections.abc import Mapping
from typing import Protocol

from pydantic import SecretStr

from webhook.desk.names import tidy
from webhook.desk.passwords import hash_of, matches
from webhook.signatures import same


class Agents(Protocol):
    """Those who may sign in."""

    def admits(self, name: str, password: str) -> str | None:
        """Return what the agent is called from now on, or None for whoever may not sign in."""

    def seal(self, name: str) -> str | None:
        """Return what a session is bound to, and ends with if it changes; None for whoever may not be here any more."""


class SharedPassword:
    """One password for all; everybody says who they are."""

    def __init__(self, password: SecretStr) -> None:
        self._password = password.get_secret_value()

    def admits(self, name: str, password: str) -> str | None:
        """Return the name, tidied, if the password is right and there is a name."""
        right = same(self._password, password)
        return (tidy(name) or None) if right else None

    def seal(self, name: str) -> str | None:  # noqa: ARG002  (whoever it is)
        """Return the same for everybody."""
        return _mark(self._password)


class NamedAgents:
    """A list of agents, each with a password."""

    def __init__(self, agents: Mapping[str, SecretStr]) -> None:
        self._names = {name.casefold(): name for name in agents}
        self._hashes = {name: hashed.get_secret_value() for name, hashed in agents.items()}
        #: a name that is not on the list costs as much time as one that is
        self._nobody = hash_of("", salt="nobody-at-all")

    def admits(self, name: str, password: str) -> str | None:
        """Return the name as it stands in the list, if the password is its own."""
        known = self._names.get(tidy(name).casefold())
        right = matches(password, self._hashes[known] if known else self._nobody)
        return known if right else None

    def seal(self, name: str) -> str | None:
        """Return what changes with the agent's password."""
        hashed = self._hashes.get(name)
        return _mark(hashed) if hashed else None


def _mark(secret: str) -> str:
    return hmac.digest(secret.encode("utf-8", "replace"), b"desk", "sha256").hex()
