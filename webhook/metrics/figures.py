"""Turns the statistics of the shards into metrics. Pure. No label names a customer, or has more than a few values."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import chain

from session.counters import BOUNDS
from session.masking import mask
from session.models import State
from session.pauses import Pause
from session.records import to_ms
from session.snapshots import Depth, QueueStatistics
from webhook.metrics.exposition import Family, Sample, figure, histogram

#: Counted name -> metric, what it says, and its labels.
_COUNTERS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("messages", "messages_total", "Messages taken into turns", ("channel", "type")),
    ("turns", "turns_total", "Turns committed", ()),
    ("duplicates", "duplicates_total", "Messages that a provider delivered again, dropped", ()),
    (
        "overflowed",
        "overflowed_total",
        "Messages that a full mailbox did not take: a dead letter counts them",
        (),
    ),
    ("limited", "rate_limited_total", "Messages above a customer's limit, not given to the assistant", ()),
    ("refused", "strangers_refused_total", "Messages of who is no member, at a sender for members only", ()),
    ("searched", "searches_total", "Searches of the catalogue", ()),
    (
        "replies",
        "replies_total",
        "Replies that left their outbox, by what became of them",
        ("channel", "outcome"),
    ),
    ("statuses", "statuses_total", "What providers told of replies later", ("status",)),
    ("doubts", "sends_in_doubt_total", "Sends of which nobody knew whether they had arrived", ()),
    ("created", "sessions_created_total", "Sessions begun", ()),
    ("steps", "session_steps_total", "Changes of state", ("from", "to")),
    ("escalated", "escalations_total", "Times that a person was asked for", ()),
    ("consent", "consent_total", "Customers who opted out of being written to, or back in", ("way",)),
    ("forgotten", "forgotten_total", "Customers of whom every trace was removed", ()),
    ("revived", "letters_revived_total", "Dead letters put back to where they waited", ("kind",)),
    (
        "letters_dropped",
        "letters_dropped_total",
        "Dead letters that nobody dropped: too old, or too many",
        ("why",),
    ),
    ("troubles", "account_troubles_total", "What providers had against accounts and senders", ("kind",)),
    (
        "door",
        "desk_door_total",
        "Passwords at the desk, right (in) and wrong (refused), and who left (out)",
        ("what",),
    ),
    (
        "aside",
        "unreadable_records_total",
        "Records that nobody could read, put aside as dead letters",
        ("place",),
    ),
    ("unreadable", "events_unreadable_total", "Events that could not be counted: a fault of ours", ()),
)
_HISTOGRAMS = (
    ("commit", "commit_seconds", "Seconds from the webhook to the commit of the turn, a message"),
    ("sent", "sent_seconds", "Seconds from the webhook to the provider's yes, a reply"),
)
#: The queues: metric label -> where the statistics has it.
_QUEUES: dict[str, Callable[[QueueStatistics], Depth]] = {
    "intake": lambda statistics: statistics.intake,
    "mailboxes": lambda statistics: statistics.mailboxes,
    "outboxes": lambda statistics: statistics.outboxes,
    "dead": lambda statistics: statistics.dead,
}


def families(shards: Sequence[QueueStatistics], *, now: datetime) -> list[Family]:
    """Return every metric, summed over all shards. All of them are always there, most with a figure of 0."""
    counts = sum((statistics.counts for statistics in shards), Counter[str]())
    return [
        *(_counter(counts, *row) for row in _COUNTERS),
        *(_histogram(counts, *row) for row in _HISTOGRAMS),
        *_gauges(shards, to_ms(now)),
        *_pauses(shards[0].paused if shards else {}),
        _gauge(
            "account_trouble",
            "1 for each thing that a provider has against an account or a sender, and has not taken back",
            *(
                figure(1, about=mask(trouble.about), kind=trouble.kind, code=trouble.code)
                for trouble in (shards[0].troubles if shards else ())
            ),
        ),
    ]


def _counter(counts: Counter[str], prefix: str, name: str, says: str, labels: Sequence[str]) -> Family:
    if not labels:
        samples: tuple[Sample, ...] = (figure(counts[prefix]),)
    else:
        found = sorted(item for item in counts.items() if item[0].startswith(prefix + "|"))
        samples = tuple(
            figure(count, **dict(zip(labels, field.split("|")[1:], strict=True))) for field, count in found
        )
    return Family(name=f"inturn_{name}", kind="counter", says=says, samples=samples)


def _histogram(counts: Counter[str], prefix: str, name: str, says: str) -> Family:
    buckets = {bound: counts[f"{prefix}|{bound}"] for bound in (*BOUNDS, float("inf"))}
    samples = histogram(buckets, total=counts[f"{prefix}|ms"] / 1000)
    return Family(name=f"inturn_{name}", kind="histogram", says=says, samples=samples)


def _gauges(shards: Sequence[QueueStatistics], now: int) -> Iterable[Family]:
    sessions = sum((statistics.sessions for statistics in shards), Counter[State]())
    depths = {queue: [of(statistics) for statistics in shards] for queue, of in _QUEUES.items()}
    overdue_since = [statistics.first_due_at for statistics in shards if statistics.first_due_at]
    swept = [statistics.swept_at for statistics in shards]
    yield _gauge(
        "sessions",
        "Sessions that are kept, by state",
        *(figure(sessions[state], state=state.value) for state in State),
    )
    yield _gauge(
        "waiting",
        "What waits: bodies in the intake, messages in mailboxes, replies in outboxes, dead letters",
        *(figure(sum(depth.count for depth in found), queue=queue) for queue, found in depths.items()),
    )
    yield _gauge(
        "oldest_seconds",
        "For how long the oldest of what waits has waited",
        *(
            figure(_age(now, (depth.oldest_at for depth in found)), queue=queue)
            for queue, found in depths.items()
        ),
    )
    yield _gauge("due", "Members of the due index", figure(sum(statistics.due for statistics in shards)))
    yield _gauge(
        "overdue",
        "Members of the due index that the sweep should have claimed by now",
        figure(sum(statistics.overdue for statistics in shards)),
    )
    yield _gauge(
        "sweep_lag_seconds",
        "For how long the most overdue member has been waiting for the sweep",
        figure(_age(now, overdue_since)),
    )
    if swept and all(swept):
        yield _gauge("sweep_age_seconds", "Seconds since the last sweep looked", figure(_age(now, swept)))
    yield _gauge(
        "intakes_held",
        "Intakes that somebody is draining, of one a shard",
        figure(sum(statistics.draining for statistics in shards)),
    )
    yield Family(
        name="inturn_leases_granted_total",
        kind="counter",
        says="Leases granted for intakes, turns and outboxes",
        samples=(figure(sum(statistics.leases_granted for statistics in shards)),),
    )
    yield _gauge("events", "Events that are kept", figure(sum(statistics.events for statistics in shards)))


def _pauses(paused: dict[str, Pause]) -> Iterable[Family]:
    yield _gauge("paused_lines", "Senders through which nothing is sent at present", figure(len(paused)))
    yield _gauge(
        "paused_line",
        "1 for each of them, with the provider's code",
        *(
            figure(1, channel=sender.partition(":")[0], line=mask(sender.partition(":")[2]), code=pause.code)
            for sender, pause in sorted(paused.items())
        ),
    )


def _gauge(name: str, says: str, *samples: Sample) -> Family:
    return Family(name=f"inturn_{name}", kind="gauge", says=says, samples=samples)


def _age(now: int, moments: Iterable[int]) -> float:
    return max(chain([0.0], ((now - moment) / 1000 for moment in moments if moment)))
