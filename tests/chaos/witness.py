"""Watches from outside: what the simulator received, and the events that Redis holds, before their cap drops them."""

import threading
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from redis.exceptions import RedisError

from session.event_records import EventRecord
from session.events import MessagesTaken, ReplyCancelled, ReplyFailed
from tests.chaos.assistant import KILL
from tests.chaos.clock import now
from tests.chaos.consent import heed
from tests.chaos.ledger import Ledger, Post, read_answer
from tests.chaos.system import System
from worker.delivery_policy import OPTED_OUT

_EVERY = 0.3
#: Seconds. A session that is quiet or expires does so much later, one that waits for an agent much sooner.
_SOON = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One message that the provider has accepted from the system."""

    n: int  #: its place among all
    at: float
    customer: str
    channel: str
    text: str
    delivery: str  #: the system's own id of it, as it was sent along; "" if none was


@dataclass(slots=True)
class Seen:
    """Everything that was seen so far."""

    arrivals: list[Arrival] = field(default_factory=list)
    gone_on: dict[tuple[str, int], float] = field(
        default_factory=dict
    )  #: message -> when its answer came first, or it became known that an agent has it and none will come
    events: list[EventRecord] = field(default_factory=list)
    event_ids: list[tuple[str, str]] = field(default_factory=list)  #: stream and id
    _of: defaultdict[str, list[Arrival]] = field(default_factory=lambda: defaultdict(list))
    _counted: int = 0

    def of(self, customer: str) -> list[Arrival]:
        """Return what has reached a customer, in its order."""
        if self._counted != len(self.arrivals):
            self._of.clear()
            for arrival in self.arrivals:
                self._of[arrival.customer].append(arrival)
            self._counted = len(self.arrivals)
        return self._of[customer]


class Witness:
    """A thread that follows both; it goes on where it was after any outage."""

    def __init__(self, system: System, ledger: Ledger) -> None:
        self.seen = Seen()
        self._system = system
        self._ledger = ledger
        self._http = httpx.Client(base_url=system.simulator_url, timeout=10, trust_env=False)
        self._client = system.client()
        self._replied: dict[str, str] = {}  #: delivery -> the message that it answers
        self._of_system: dict[str, float] = {}  #: deliveries that have arrived and answer no message
        self._out: set[str] = set()  #: conversations whose customers want nothing
        self._last = {system.keys.shard(n).events: "0-0" for n in range(system.options.shards)}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="witness", daemon=True)
        self._lock = threading.Lock()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop following, after a last look."""
        self._stop.set()
        self._thread.join(20)
        self.look()
        self._http.close()
        self._client.close()

    def waiting(self) -> int:
        """Return how many messages that were answered with 200 have no reply yet."""
        return sum(1 for post in self._ledger.posts() if post.ok_at is not None and self._waits(post))

    def behind(self, at: float) -> list[tuple[str, int]]:
        """Return the oldest message of each customer that was answered with 200 before a time and has no reply yet."""
        oldest: dict[str, int] = {}
        for post in self._ledger.posts():
            if post.ok_at and post.ok_at <= at and self._waits(post):
                oldest.setdefault(post.customer, post.number)
        return list(oldest.items())

    def _waits(self, post: Post) -> bool:
        given = post.number <= self._system.options.limit
        return given and (post.customer, post.number) not in self.seen.gone_on

    def look(self) -> None:
        with self._lock:
            self._follow_simulator()
            self._follow_events()

    def read_again(self) -> None:
        """Read the events that the servers have: a failover has lost some that were seen."""
        with self._lock:
            self.seen.events.clear()
            self.seen.event_ids.clear()
            self._replied.clear()
            self._out.clear()
            self._last = dict.fromkeys(self._last, "0-0")
            read = -1
            while len(self.seen.events) > read:
                read = len(self.seen.events)
                self._follow_events()

    def _run(self) -> None:
        while not self._stop.wait(_EVERY):
            self.look()

    def _follow_simulator(self) -> None:
        after = self.seen.arrivals[-1].n if self.seen.arrivals else 0
        try:
            found = self._http.get("/simulator/received", params={"after": after}).json()["messages"]
        except (httpx.HTTPError, ValueError):
            return
        for one in found:
            arrival = Arrival(
                n=one["n"],
                at=one["at"] / 1000,
                customer=one["customer"],
                channel=one["channel"],
                text=one["text"],
                delivery=_delivery_of(one),
            )
            self.seen.arrivals.append(arrival)
            answered = read_answer(arrival.text)
            if answered is None:
                self._of_system[arrival.delivery] = arrival.at
            else:
                self.seen.gone_on.setdefault(answered, arrival.at)

    def _follow_events(self) -> None:
        for stream, last in self._last.items():
            try:
                found = self._client.xrange(stream, min=f"({last}", count=20_000)
            except (
                RedisError,
                OSError,
                AttributeError,
            ):  # the last one if the client has lost its usual node
                continue
            for id_, entry in found:
                record = EventRecord.of(entry, id=id_)
                self.seen.events.append(record)
                self.seen.event_ids.append((stream, id_))
                self._follow_messages(record, at=place_of(id_)[0] / 1000)
            if found:
                self._last[stream] = found[-1][0]

    def _follow_messages(self, record: EventRecord, *, at: float) -> None:
        """Note what gets no answer: it was taken for an agent, its reply was cancelled, or is held for a person,
        or its customer wants none."""
        by_id, conversation = self._ledger.by_id, record.conversation
        without = list[str]()
        match record.event:
            case MessagesTaken(received=received, replied=replied, budget=budget):
                posts = [by_id[id_] for id_ in received if id_ in by_id]
                heeded = heed(posts, out=conversation in self._out)
                (self._out.add if heeded.out else self._out.discard)(conversation)
                # Whose budget is used up reads once that a person will answer.
                answered = [] if budget else [*record.event.asked, *(one.id for one in heeded.answered)]
                # What the system itself says comes first.
                first = max(heeded.welcomed, len(replied) - len(answered))
                given = dict(zip(replied[first:], answered, strict=False))
                self._replied |= given
                without = [one.id for one in posts if one.id not in given.values() or one.text == KILL]
            case ReplyCancelled(cancelled=cancelled):
                without = [self._replied.pop(id_, "") for id_ in cancelled]
            case ReplyFailed(delivery=id_, failed=why) if why.startswith("unknown:") or why == OPTED_OUT:
                without = [self._replied.pop(id_, "")]
        # Who waits for a person has read just that.
        for delivery in self._of_system.keys() & self._replied.keys():
            without.append(self._replied[delivery])
            del self._of_system[delivery]
        for id_ in without:
            post = by_id.get(id_)
            if post:
                self.seen.gone_on.setdefault((post.customer, post.number), at)


def _delivery_of(message: dict[str, Any]) -> str:
    """Return the system's own id, from where the system has put it for the provider to tell it again."""
    if opaque := message.get("opaque"):
        return str(opaque).rpartition(" ")[2]
    told = parse_qs(urlsplit(message.get("statusCallback") or "").query)
    return told.get("reply", [""])[0]


def place_of(id_: str) -> tuple[int, int]:
    """Return the time of an entry of a stream, in ms, and its number in that millisecond."""
    at, _, number = id_.partition("-")
    return int(at), int(number)


def settled(system: System, witness: Witness, *, patience: float) -> float:
    """Wait until every message is answered and nothing waits in Redis, or nothing moves for so many seconds.

    Returns when the last change was seen.
    """
    seen, moved_at = -1, now()
    pause = threading.Event()
    while now() - moved_at < patience:
        left = witness.waiting()
        if left == 0 and nothing_waits(system):
            return moved_at
        progress = len(witness.seen.arrivals) + len(witness.seen.events)
        if progress != seen:
            seen, moved_at = progress, now()
        pause.wait(0.2)
    return moved_at


def nothing_waits(system: System) -> bool:
    """Return whether no shard has anything in its intake, or due but what comes later: lapses, and timers that agents keep from ringing."""
    try:
        with system.client() as client:
            for number in range(system.options.shards):
                shard = system.keys.shard(number)
                if client.xlen(shard.intake):
                    return False
                soon = 1000 * (now() + _SOON)
                for member, at in client.zrange(shard.due, 0, -1, withscores=True):
                    # A customer whom no agent answers is told so at the time of the lapse.
                    if not str(member).startswith(("lapse|", "timer|")) or at < soon:
                        return False
    except (RedisError, OSError, AttributeError):
        return False
    return True
