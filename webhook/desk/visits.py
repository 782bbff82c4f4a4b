"""Signing in and out: what of it is kept in Redis, and what the event stream says. It must not know Flask.

A cookie is a random word that means nothing by itself. Whose it is lies in Redis under its digest, so that signing
out, a changed password and an agent who has left end a visit at once, in every process.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Literal

from session.clock import Clock
from session.events import SignInNoted
from session.records import Record, to_ms
from session.store import DoorStore, Patience, Tries
from webhook.desk.agents import Agent, Agents
from webhook.desk.sealing import Secrets

#: A typing error or two cost nothing; whoever guesses comes to four tries an hour at a name, a few hundred at any names.
PATIENCE = Patience(
    free_pair=4,
    free_address=20,
    first=timedelta(seconds=2),
    longest=timedelta(minutes=15),
    keep=timedelta(hours=1),
)
_COOKIE = re.compile(r"[\w-]{16,80}", re.ASCII)


class _Kept(Record):
    """What lies in Redis of a visit."""

    agent: str
    seal: str  #: of the agent's password, so that it ends with the password
    until: int  #: ms since the epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A browser at the door, or behind it."""

    cookie: str
    agent: Agent | None = None  #: None before anybody has signed in


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """Knows who has come by which cookie."""

    store: DoorStore
    agents: Agents
    secrets: Secrets
    clock: Clock
    new_id: Callable[[], str]
    lasts: timedelta  #: how long somebody stays signed in

    def of(self, cookie: str) -> Visit | None:
        """Return the visit of a cookie; None if it cannot be one of ours. Raises `StoreUnavailable`."""
        return Visit(cookie=cookie, agent=self._agent(cookie)) if _COOKIE.fullmatch(cookie) else None

    def fresh(self) -> Visit:
        """Return a visit with a cookie that nobody has seen before."""
        return Visit(cookie=self.new_id() + self.new_id())

    def form_token(self, visit: Visit) -> str:
        """Return what a form of this browser carries: another site cannot know it. Raises `StoreUnavailable`."""
        return self.secrets.signature("form", visit.cookie)

    def is_ours(self, visit: Visit, token: str) -> bool:
        """Whether a form was made for this browser."""
        return self.secrets.is_signature("form", visit.cookie, token)

    def wait_for(self, name: str, address: str) -> timedelta:
        """Count a try at a name from an address; returns how long to wait instead, zero if it may be made."""
        return self.store.guess(self._tries(name, address), PATIENCE, now=self.clock.now())

    def begin(self, name: str, password: str, address: str) -> Visit | None:
        """Return the visit of whoever has the right password, under a new cookie, or None. The try has been counted."""
        agent, tries = self.agents.admits(name, password), self._tries(name, address)
        if agent is None:
            refused = _event("refused", self.agents.named(name), address)
            self.store.refuse(tries, event=refused, now=self.clock.now())
            return None
        visit = Visit(cookie=self.fresh().cookie, agent=agent)
        now = self.clock.now()
        until = now + self.lasts
        kept = _Kept(
            agent=agent.name,
            seal=self.secrets.signature("password", self._password_hash(agent)),
            until=to_ms(until),
        )
        event = _event("in", agent.name, address)
        self.store.enter(
            _digest(visit.cookie), kept.to_json(), until=until, tries=tries, event=event, now=now
        )
        return visit

    def end(self, visit: Visit, address: str) -> None:
        """Let a cookie open nothing any more."""
        if visit.agent:
            event = _event("out", visit.agent.name, address)
            self.store.leave(_digest(visit.cookie), event=event, now=self.clock.now())

    def _agent(self, cookie: str) -> Agent | None:
        if not (found := self.store.who(_digest(cookie))):
            return None
        try:
            kept = _Kept.model_validate_json(found)
        except ValueError:
            return None
        agent = self.agents.known(kept.agent)
        stays = (
            agent
            and kept.until > to_ms(self.clock.now())
            and self.secrets.is_signature("password", self._password_hash(agent), kept.seal)
        )
        return agent if stays else None

    def _password_hash(self, agent: Agent) -> str:
        return self.agents.password_hash(agent.name, salt=self.secrets.signature("salt", ""))

    def _tries(self, name: str, address: str) -> Tries:
        network = _network(address, v6=64)
        # Marked, since a password may have been typed in the place of the name.
        pair = self.secrets.signature("name and address", f"{name.casefold().strip()}|{network}")
        return Tries(pair=pair, address=self.secrets.signature("address", network))


def _event(door: Literal["in", "refused", "out"], agent: str, address: str) -> SignInNoted:
    return SignInNoted(door=door, by=agent or None, address=_network(address, v4=24, v6=48))


def _digest(cookie: str) -> str:
    return sha256(cookie.encode()).hexdigest()


def _network(address: str, *, v4: int = 32, v6: int) -> str:
    """Return the network of so many bits that an address is in: one customer of a provider has a /64 to choose from."""
    found = _ip(address) or _ip(address.rpartition(":")[0].strip("[]"))  # some proxies tell the port too
    match getattr(found, "ipv4_mapped", None) or found:
        case IPv4Address() as ip:
            return str(IPv4Network((int(ip), v4), strict=False))
        case IPv6Address() as ip:
            return str(IPv6Network((int(ip), v6), strict=False))
    return "unknown"


def _ip(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
