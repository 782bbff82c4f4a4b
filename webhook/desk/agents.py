"""Who may sign in at the desk, and which conversations each agent sees. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from pydantic import SecretStr

from session.conversations import scope_of
from webhook.desk.passwords import hash_of, matches, normalized
from webhook.signatures import same


class Rank(StrEnum):
    """What an agent may do."""

    AGENT = "agent"  # take over, answer, hand back, close
    SUPERVISOR = "supervisor"  # that, forget, and campaigns


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Somebody who has signed in."""

    name: str
    rank: Rank = Rank.SUPERVISOR
    scopes: frozenset[str] | None = None  #: whose conversations the agent sees; None: all

    @property
    def supervises(self) -> bool:
        """Whether the agent may forget customers and send campaigns."""
        return self.rank is Rank.SUPERVISOR

    def covers(self, conversation: str) -> bool:
        """Return whether the agent may see a conversation, and therefore act on it."""
        return self.covers_scope(scope_of(conversation))

    def covers_scope(self, scope: str) -> bool:
        """Return whether the agent may see what is of a scope; "" stands for senders without one."""
        return self.scopes is None or scope in self.scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An agent as the settings have it."""

    hashed: SecretStr  #: of the password
    rank: Rank = Rank.SUPERVISOR
    scopes: frozenset[str] | None = None


class Agents(Protocol):
    """The agents who may sign in."""

    def authenticate(self, name: str, password: str) -> Agent | None:
        """Return the agent with this name and password, or None."""

    def find(self, name: str) -> Agent | None:
        """Return the agent of this name as the settings have it now; None if it may not sign in any more."""

    def listed_name(self, name: str) -> str:
        """Return the agent's name that a typed name means; "" if none, because a password may have been typed instead."""

    def password_hash(self, name: str, *, salt: str) -> str:
        """Return a slow hash of the password of a known agent; `salt` is used if the settings have no hash of it."""


class SharedPassword:
    """One password for all. Agents choose their names, see all conversations, and may do everything."""

    def __init__(self, password: SecretStr) -> None:
        self._password = password.get_secret_value()
        # Hashing takes a tenth of a second, see `passwords`. The salt of a deployment does not change.
        self._hash = lru_cache(maxsize=1)(lambda salt: hash_of(self._password, salt=salt))

    def authenticate(self, name: str, password: str) -> Agent | None:
        """Return the agent, with the name normalized, if the password is right and the name is allowed."""
        right = same(self._password, password)
        return self.find(normalized(name)) if right else None

    def find(self, name: str) -> Agent | None:
        """Return an agent of this name, unless it is empty."""
        return Agent(name=name) if name else None

    def listed_name(self, name: str) -> str:  # noqa: ARG002  (there is no list)
        """Return ""."""
        return ""

    def password_hash(self, name: str, *, salt: str) -> str:  # noqa: ARG002  (one password for all)
        """Return the hash of the shared password."""
        return self._hash(salt)


class NamedAgents:
    """A list of agents, each with a password, a rank and, perhaps, scopes."""

    def __init__(self, agents: Mapping[str, Credentials]) -> None:
        self._names = {name.casefold(): name for name in agents}
        self._listed = dict(agents)
        #: checked for unknown names, so that they take as long as known ones
        self._nobody = hash_of("", salt="nobody-at-all")

    def authenticate(self, name: str, password: str) -> Agent | None:
        """Return the agent of the list, if the password is that agent's own."""
        known = self.listed_name(name)
        right = matches(password, self._listed[known].hashed.get_secret_value() if known else self._nobody)
        return self.find(known) if right else None

    def find(self, name: str) -> Agent | None:
        """Return the agent with exactly this name."""
        found = self._listed.get(name)
        return Agent(name=name, rank=found.rank, scopes=found.scopes) if found else None

    def listed_name(self, name: str) -> str:
        """Return the name as the list has it, whatever its case."""
        return self._names.get(normalized(name).casefold(), "")

    def password_hash(self, name: str, *, salt: str) -> str:  # noqa: ARG002  (hashes of the list have their own)
        """Return the hash that the list has."""
        return self._listed[name].hashed.get_secret_value()
