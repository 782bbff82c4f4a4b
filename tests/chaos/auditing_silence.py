"""Audits silence: after a takeover or a STOP is in the mailbox no earlier reply is begun to be sent.

A takeover concerns what the assistant says, a STOP what agents say as well.

When a send is begun is seen by nobody. But a reply can be begun only after its turn was committed, after the reply
before it had left the outbox, and, if it is sent again, after it was noted that its first send is in doubt; all of
these are events. And a takeover or a STOP is in its mailbox once anything that was posted after it has been taken into a turn:
bodies of one intake are read in their order. So both are places in one stream, compared without any clock.

What may have been begun earlier by these places is compared by the clock, with room for the longest send.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable

from tests.chaos.findings import Findings
from tests.chaos.ledger import Act, Post
from tests.chaos.story import Reply, Retold, Silencing, Story
from tests.chaos.strikes import Strikes
from tests.chaos.witness import Arrival, place_of

#: Seconds that an answer of Redis may be under way to who asked for it, as the run is configured.
_ANSWERS_WITHIN = 2
#: Seconds that a busy machine may add.
_BUSY = 2
#: Who is stopped in the middle of a send goes on with it whenever it goes on itself.
_STOPPED = ("child-stop", "group-stop")


def audit_silence(told: Retold, strikes: Strikes, found: Findings) -> None:
    """Compare every reply that met a takeover or a STOP, and whatever was not sent for them, with what was posted."""
    options, seen = told.options, told.seen
    mailboxes = _Mailboxes(told)
    at = [place_of(id_)[0] / 1000 for _, id_ in seen.event_ids]
    longest = _ANSWERS_WITHIN + options.send_timeout + _BUSY
    late: list[float] = []
    for story in told.stories.values():
        known = [(one, mailboxes.holds(one)) for one in story.silencings]
        for place in story.interrupted:
            if not _came_meanwhile(story, place, at):
                what = f"nobody was listened to at {place}, and neither an agent nor a STOP had come"
                found.add("talked over", story.customer, what)
        arrivals = _by_delivery(seen.of(story.customer))
        for reply, begun in _begun(story):
            if reply.cancelled and not _has_cause(story, reply, at):
                found.add("talked over", story.customer, f"{reply.id} was cancelled, no agent took over")
            if reply.stopped and not _after_stop(story, reply, at):
                found.add("talked over", story.customer, f"{reply.id} was not sent, nobody wrote STOP")
            silenced = min((since for one, since in known if _concerns(one, reply)), default=None)
            if silenced is None:
                continue
            came = arrivals[reply.id]
            again = reply.resent and reply.doubted is not None and reply.doubted > silenced
            if (begun > silenced and came) or again:
                what = f"{reply.id} was begun {'again ' if again else ''}after a takeover or a STOP: {_places(story, reply)}"
                found.add("talked over", story.customer, what)
            for arrival in came:
                after = arrival.at - at[silenced]
                if after > 0:
                    late.append(after)
                if after > longest and not _stopped(strikes, at[silenced], arrival.at):
                    what = f"{reply.id} arrived {after:.1f} s after a takeover or a STOP"
                    found.add("talked over", story.customer, what)
    found.figures |= {
        "under way when silenced": len(late),
        "latest after it, s": round(max(late, default=0.0), 2),
        "actions in the middle of a turn": mailboxes.waited[Act],
        "STOPs in the middle of a turn": mailboxes.waited[Post],
    }


class _Mailboxes:
    """Knows from which event on an action or a STOP was in its mailbox for certain."""

    def __init__(self, told: Retold) -> None:
        self._other_intakes = told.options.shards > 1  #: by which messages come, not actions
        self._streams = [stream for stream, _ in told.seen.event_ids]
        #: how many were there for certain before their own turn was committed
        self.waited = Counter[type[Act | Post]]()
        # For each stream: when something was begun to be posted, latest first, and the first event by then that
        # has taken anything posted later.
        self._posted: dict[str, list[float]] = defaultdict(list)
        self._first: dict[str, list[int]] = defaultdict(list)
        taken = [one for story in told.stories.values() for one in story.taken]
        for entry, place in sorted(taken, key=_began_at, reverse=True):
            if self._other_intakes and isinstance(entry, Post):
                # It came by another intake.
                continue
            stream = self._streams[place]
            first = self._first[stream]
            self._posted[stream].append(-entry.began_at)
            first.append(min(place, first[-1]) if first else place)

    def holds(self, one: Silencing) -> int:
        """Return a place from which on it silences; at the latest that of its own event."""
        stream, ok_at = self._streams[one.place], one.by.ok_at
        if not one.at_once or ok_at is None or (self._other_intakes and isinstance(one.by, Post)):
            return one.place
        newer = bisect_right(self._posted[stream], -ok_at)
        first = self._first[stream][newer - 1] if newer else one.place
        self.waited[type(one.by)] += first < one.place
        return min(first, one.place)


def _began_at(entry: tuple[Post | Act, int]) -> float:
    return entry[0].began_at


def _begun(story: Story) -> Iterable[tuple[Reply, int]]:
    """Yield every delivery, and a place before which it cannot have been begun to be sent."""
    before: int | None = None
    for reply in story.replies:
        yield reply, max(reply.place, before if before is not None else -1)
        before = reply.left


def _by_delivery(arrivals: Iterable[Arrival]) -> dict[str, list[Arrival]]:
    found: defaultdict[str, list[Arrival]] = defaultdict(list)
    for arrival in arrivals:
        found[arrival.delivery].append(arrival)
    return found


def _came_meanwhile(story: Story, turn: int, at: list[float]) -> bool:
    """Whether an agent took over, or tried to, or the customer wrote STOP, before this turn was committed."""
    return any(
        place > turn and one.began_at < at[turn] + 0.002 for one, place in (*story.taken_over, *story.stops)
    )


def _has_cause(story: Story, reply: Reply, at: list[float]) -> bool:
    """Whether an agent took over, or tried to, after its turn and before it was cancelled."""
    assert reply.left is not None
    cancelled_at = at[reply.left] + 0.002
    return not reply.by_agent and any(
        place > reply.place and act.began_at < cancelled_at for act, place in story.taken_over
    )


def _after_stop(story: Story, reply: Reply, at: list[float]) -> bool:
    """Whether the customer wrote STOP, or stopped marketing, after its turn and before it was dropped."""
    assert reply.left is not None
    if reply.unwanted:
        return any(reply.place < place < reply.left for place in story.wishes)
    dropped_at = at[reply.left] + 0.002
    return any(place > reply.place and stop.began_at < dropped_at for stop, place in story.stops)


def _concerns(one: Silencing, reply: Reply) -> bool:
    return one.place > reply.place and (isinstance(one.by, Post) or not reply.by_agent)


def _places(story: Story, reply: Reply) -> str:
    causes = [(one.by.id, one.place) for one in story.silencings if _concerns(one, reply)]
    return f"{reply}; silenced by: {causes[:3]}"


def _stopped(strikes: Strikes, since: float, until: float) -> bool:
    return any(
        strike.kind in _STOPPED and strike.began_at <= until and (strike.ended_at or float("inf")) >= since
        for strike in strikes.done
    )
