"""Agent sessions: signing in and out. It must not know Flask.

A cookie is a random word. Redis has, under the digest of the word, whose it is. So signing out, a changed password and
the removal of an agent end a session at once, in every process.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Literal

from itsdangerous import Signer

from session.clock import Clock
from session.events import SignInNoted
from session.keys import Keys
from session.pseudonyms import Pseudonyms
from session.records import Record, to_ms
from session.store import AttemptKeys, AttemptLimits, Runner, SignInStore, shared_secret
from webhook.desk.agents import Agent, Agents
from webhook.networks import network

#: A few typing errors cost nothing. Guessing comes down to four attempts an hour at one name, and a few hundred at any.
LIMITS = AttemptLimits(
    free_pair=4,
    free_address=20,
    first=timedelta(seconds=2),
    longest=timedelta(minutes=15),
    keep=timedelta(hours=1),
)
_COOKIE = re.compile(r"[\w-]{16,80}", re.ASCII)


class DeskSecrets:
    """Signs, and makes pseudonyms, with the secret in Redis, which all processes share. Nothing needs to be set.

    The secret is read, or made, when it is first needed. All methods raise `StoreUnavailable`.
    """

    def __init__(self, run: Runner, keys: Keys, new_id: Callable[[], str]) -> None:
        self._run = run
        self._keys = keys
        self._new_id = new_id
        self._found: tuple[str, Pseudonyms] | None = None

    @property
    def pseudonyms(self) -> Pseudonyms:
        """The pseudonyms of conversations in URLs."""
        return self._shared()[1]

    @property
    def shared(self) -> str:
        """The secret that all processes share."""
        return self._shared()[0]

    def signature(self, purpose: str, text: str) -> str:
        """Return a signature of a text, valid for one purpose: letters, digits, `-` and `_`, usable in a URL as it is."""
        return self._signer(purpose).get_signature(text.encode("utf-8", "replace")).decode()

    def is_signature(self, purpose: str, text: str, signature: str) -> bool:
        """Return whether this is the signature of a text for a purpose, in a time that says nothing about it."""
        return self._signer(purpose).verify_signature(text.encode("utf-8", "replace"), signature)

    def _signer(self, purpose: str) -> Signer:
        salt = f"inturn desk: {purpose}"
        return Signer(self._shared()[0], salt=salt, key_derivation="hmac", digest_method=sha256)

    def _shared(self) -> tuple[str, Pseudonyms]:
        if self._found is None:
            secret = self._run(shared_secret(self._keys, fresh=self._new_id() + self._new_id()))
            self._found = (secret, Pseudonyms(secret))
        return self._found


class _Stored(Record):
    """An agent session in Redis."""

    agent: str
    seal: str  #: a signature of the password's hash, so that the session ends when the password changes
    until: int  #: ms since the epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSession:
    """A browser, and who has signed in with it."""

    cookie: str
    agent: Agent | None = None  #: None before somebody has signed in


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSessions:
    """Finds, begins and ends agent sessions, and slows down guesses of passwords."""

    run: Runner
    store: SignInStore
    agents: Agents
    secrets: DeskSecrets
    clock: Clock
    new_id: Callable[[], str]
    lasts: timedelta  #: how long an agent stays signed in

    def find(self, cookie: str) -> AgentSession | None:
        """Return the session of a cookie; None if the desk makes no such cookies. Raises `StoreUnavailable`."""
        return AgentSession(cookie=cookie, agent=self._agent(cookie)) if _COOKIE.fullmatch(cookie) else None

    def new(self) -> AgentSession:
        """Return a session in which nobody has signed in, with a new cookie."""
        return AgentSession(cookie=self.new_id() + self.new_id())

    def form_token(self, session: AgentSession) -> str:
        """Return the token for the forms of this browser, which other sites cannot know. Raises `StoreUnavailable`."""
        return self.secrets.signature("form", session.cookie)

    def is_form_token(self, session: AgentSession, token: str) -> bool:
        """Return whether a form was made for this browser. Raises `StoreUnavailable`."""
        return self.secrets.is_signature("form", session.cookie, token)

    def upload_token(self, session: AgentSession) -> str:
        """Return what allows this browser to send a large body. It is in URLs, and so in logs: no form is taken for it."""
        return self.secrets.signature("upload", session.cookie)

    def is_upload_token(self, session: AgentSession, token: str) -> bool:
        """Return whether this browser may send a large body. Raises `StoreUnavailable`."""
        return self.secrets.is_signature("upload", session.cookie, token)

    def wait_for(self, name: str, address: str) -> timedelta:
        """Count an attempt, and return zero; or return how long to wait before the next one, and count nothing."""
        return self.run(self.store.attempt(self._attempts(name, address), LIMITS))

    def begin(self, name: str, password: str, address: str) -> AgentSession | None:
        """Return a session with a new cookie for the agent with this password, or None. Call `wait_for` first."""
        agent, attempts = self.agents.authenticate(name, password), self._attempts(name, address)
        if agent is None:
            refused = _event("refused", self.agents.listed_name(name), address)
            self.run(self.store.refuse(attempts, event=refused))
            return None
        session = AgentSession(cookie=self.new().cookie, agent=agent)
        seal = self.secrets.signature("password", self._password_hash(agent))
        stored = _Stored(agent=agent.name, seal=seal, until=to_ms(self.clock.now() + self.lasts))
        self.run(
            self.store.enter(
                _digest(session.cookie),
                stored.to_json(),
                lasts=self.lasts,
                attempts=attempts,
                event=_event("in", agent.name, address),
            )
        )
        return session

    def end(self, session: AgentSession, address: str) -> None:
        """End a session: its cookie is worth nothing any more."""
        if session.agent:
            event = _event("out", session.agent.name, address)
            self.run(self.store.leave(_digest(session.cookie), event=event))

    def _agent(self, cookie: str) -> Agent | None:
        if not (found := self.run(self.store.who(_digest(cookie)))):
            return None
        try:
            stored = _Stored.model_validate_json(found)
        except ValueError:
            return None
        agent = self.agents.find(stored.agent)
        if agent is None or stored.until <= to_ms(self.clock.now()):
            return None
        same_password = self.secrets.is_signature("password", self._password_hash(agent), stored.seal)
        return agent if same_password else None

    def _password_hash(self, agent: Agent) -> str:
        return self.agents.password_hash(agent.name, salt=self.secrets.signature("salt", ""))

    def _attempts(self, name: str, address: str) -> AttemptKeys:
        where = network(address, v6=64)
        # Signed, because a password may have been typed as the name.
        pair = self.secrets.signature("name and address", f"{name.casefold().strip()}|{where}")
        return AttemptKeys(pair=pair, address=self.secrets.signature("address", where))


def _event(what: Literal["in", "refused", "out"], agent: str, address: str) -> SignInNoted:
    return SignInNoted(what=what, by=agent or None, address=network(address, v4=24, v6=48))


def _digest(cookie: str) -> str:
    return sha256(cookie.encode()).hexdigest()
