"""What the routes of the desk are made with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from session.clock import Clock
from session.pauses import Pause, Trouble
from session.store import DeskStore
from webhook.desk.feed import Feed
from webhook.desk.posting import Posting
from webhook.desk.sealing import Secrets
from webhook.desk.visits import Visits


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The parts of one desk."""

    store: DeskStore
    troubles: Callable[[], Sequence[Trouble]]  #: what providers have against accounts and senders
    paused: Callable[[], Mapping[str, Pause]]  #: the senders through which nothing is sent at present
    posting: Posting
    visits: Visits
    secrets: Secrets
    feed: Feed
    clock: Clock
    new_id: Callable[[], str]
    proxies: int  #: reverse proxies in front of it
    public_url: str  #: "" if it is not known
    country: str  #: of numbers that do not name theirs, "" if nobody has said
