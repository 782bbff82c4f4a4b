"""Who may sit at the desk, and how far their snapshot reaches. It must not know Flask."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from pydantic import SecretStr

from session.conversations import scope_of
from webhook.desk.names import tidy
from webhook.desk.passwords import hash_of, matches
from webhook.signatures import same


class Rank(StrEnum):
    """What an agent may do."""

    AGENT = "agent"  # take over, answer, hand back, close
    SUPERVISOR = "supervisor"  # that, and forget


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Somebody who has signed in."""

    name: str
    rank: Rank = Rank.SUPERVISOR
    scopes: frozenset[str] | None = None  #: of the senders whose customers the agent sees; None: of all

    def covers(self, conversation: str) -> bool:
        """Whether the agent may see a conversation, and so may act on it."""
        return self.scopes is None or scope_of(conversation) in self.scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An agent as the settings name one."""

    hashed: SecretStr  #: of the password
    rank: Rank = Rank.SUPERVISOR
    scopes: frozenset[str] | None = None


class Agents(Protocol):
    """Those who may sign in."""

    def admits(self, name: str, password: str) -> Agent | None:
        """Return who that is, or None for whoever may not sign in."""

    def known(self, name: str) -> Agent | None:
        """Return an agent as the settings have one of that name now; None for whoever may not be here any more."""

    def named(self, name: str) -> str:
        """Return which agent of the list a typed name means, "" if none: what was typed may be a password."""

    def password_hash(self, name: str, *, salt: str) -> str:
        """Return a slow hash of the password of a known agent; `salt` is for a password that has none yet."""


class SharedPassword:
    """One password for all; everybody says who they are, and sees and does everything."""

    def __init__(self, password: SecretStr) -> None:
        self._password = password.get_secret_value()
        # It costs a tenth of a second on purpose, see `passwords`; the salt of a deployment does not change.
        self._hash = lru_cache(maxsize=1)(lambda salt: hash_of(self._password, salt=salt))

    def admits(self, name: str, password: str) -> Agent | None:
        """Return the agent, with a tidy name, if the password is right and there is a name."""
        right = same(self._password, password)
        return self.known(tidy(name)) if right else None

    def known(self, name: str) -> Agent | None:
        """Return whoever has a name."""
        return Agent(name=name) if name else None

    def named(self, name: str) -> str:  # noqa: ARG002  (there is no list)
        """Return nothing."""
        return ""

    def password_hash(self, name: str, *, salt: str) -> str:  # noqa: ARG002  (one password for all)
        """Return the hash of the shared password."""
        return self._hash(salt)


class NamedAgents:
    """A list of agents, each with a password, a rank and, perhaps, scopes."""

    def __init__(self, agents: Mapping[str, Credentials]) -> None:
        self._names = {name.casefold(): name for name in agents}
        self._listed = dict(agents)
        #: a name that is not on the list costs as much time as one that is
        self._nobody = hash_of("", salt="nobody-at-all")

    def admits(self, name: str, password: str) -> Agent | None:
        """Return the agent as the list has it, if the password is that agent's own."""
        known = self.named(name)
        right = matches(password, self._listed[known].hashed.get_secret_value() if known else self._nobody)
        return self.known(known) if right else None

    def known(self, name: str) -> Agent | None:
        """Return the agent of that very name."""
        found = self._listed.get(name)
        return Agent(name=name, rank=found.rank, scopes=found.scopes) if found else None

    def named(self, name: str) -> str:
        """Return the name as it stands in the list."""
        return self._names.get(tidy(name).casefold(), "")

    def password_hash(self, name: str, *, salt: str) -> str:  # noqa: ARG002  (hashes of the list have their own)
        """Return the hash that the list has."""
        return self._listed[name].hashed.get_secret_value()
