"""What the routes of the desk are made with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from session.clock import Clock
from session.store import DeskStore
from webhook.desk.agents import Agents
from webhook.desk.feed import Feed
from webhook.desk.posting import Posting
from webhook.desk.sealing import Secrets
from webhook.desk.throttle import Throttle


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The parts of one desk."""

    store: DeskStore
    posting: Posting
    agents: Agents
    throttle: Throttle
    secrets: Secrets
    feed: Feed
    clock: Clock
    new_id: Callable[[], str]
    session_for: timedelta  #: how long somebody stays signed in
    proxies: int  #: reverse proxies in front of it
    public_url: str  #: "" if it is not known
