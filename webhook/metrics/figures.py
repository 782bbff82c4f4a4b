"""Turns the counters and queue statistics of the shards into metrics. Pure. No label names a customer, or has many values."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from session.counters import BOUNDS
from session.loads import Load
from session.models import State
from session.pauses import Pause
from session.printable import mask
from session.results import Depth, QueueStatistics
from webhook.metrics.costs import costs
from webhook.metrics.exposition import Family, Sample, figure, histogram

#: Counter -> metric, help text, and labels.
_COUNTERS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("messages", "messages_total", "Messages taken into turns", ("channel", "type")),
    ("turns", "turns_total", "Turns committed", ()),
    ("duplicates", "duplicates_total", "Redelivered messages, dropped", ()),
    (
        "overflowed",
        "overflowed_total",
        "Messages that a full mailbox did not accept; a dead letter counts them",
        (),
    ),
    ("limited", "rate_limited_total", "Messages above a customer's limit, not passed to the assistant", ()),
    (
        "late",
        "late_messages_total",
        "Messages that came after their customer service window, not answered",
        (),
    ),
    ("budgets", "budgets_used_up_total", "Turns that met a used-up budget, by whose it is", ("budget",)),
    ("refused", "strangers_refused_total", "Messages of non-members, to a sender for members only", ()),
    ("searched", "searches_total", "Searches of the catalogue", ()),
    (
        "replies",
        "replies_total",
        "Replies that left their outbox, by outcome",
        ("channel", "outcome"),
    ),
    ("statuses", "statuses_total", "Later reports of providers about replies", ("status",)),
    (
        "arrived",
        "replies_priced_total",
        "Replies that reached the customer, by the class of their price as the provider names it",
        ("category", "billable"),
    ),
    (
        "unpriced",
        "unpriced_messages_total",
        "Replies that the provider bills, whose price no rate card says",
        ("category", "country"),
    ),
    ("ignored", "ignored_total", "Parts of bodies of which nothing is kept, by what they are", ("what",)),
    ("media", "media_total", "Media of customers that were kept, or failed for good", ("type", "outcome")),
    ("media_bytes", "media_bytes_total", "Bytes of the media that were kept", ()),
    ("timers", "timers_total", "Timers of assistants, by what became of them", ("what",)),
    (
        "hooks",
        "hook_events_total",
        "Events for hooks: sent, failed for good, or lost because they were dropped unsent",
        ("hook", "outcome"),
    ),
    ("doubts", "sends_in_doubt_total", "Sends whose outcome was unknown", ()),
    ("created", "sessions_created_total", "New sessions", ()),
    ("steps", "session_steps_total", "Changes of state of sessions", ("from", "to")),
    ("escalated", "escalations_total", "Requests for an agent", ()),
    ("consent", "consent_total", "Customers who opted out, or in again", ("way",)),
    ("forgotten", "forgotten_total", "Forgotten customers", ()),
    ("revived", "letters_revived_total", "Dead letters retried", ("kind",)),
    (
        "letters_dropped",
        "letters_dropped_total",
        "Dead letters dropped automatically: too old, or too many",
        ("why",),
    ),
    ("troubles", "account_troubles_total", "Warnings of providers about accounts and senders", ("kind",)),
    (
        "templates",
        "template_changes_total",
        "Changes of message templates that providers reported, or programs put",
        ("what", "after"),
    ),
    (
        "door",
        "desk_door_total",
        "Sign-ins at the desk (in), wrong passwords (refused), and sign-outs (out)",
        ("what",),
    ),
    (
        "aside",
        "unreadable_records_total",
        "Unreadable records, moved to the dead letters",
        ("place",),
    ),
    ("unreadable", "events_unreadable_total", "Events that could not be counted: a bug in Inturn", ()),
)
_HISTOGRAMS = (
    ("commit", "commit_seconds", "Seconds from the webhook to the commit of the turn, for each message"),
    ("sent", "sent_seconds", "Seconds from the webhook to the acceptance by the provider, for each reply"),
)
#: What a loop holds: metric label -> its figure.
_HELD: dict[str, Callable[[Load], int]] = {
    "conversations": lambda load: load.conversations,
    "waiting": lambda load: load.waiting,
    "assistants": lambda load: load.assistants,
    "threads": lambda load: load.threads,
    "sends": lambda load: load.sends,
}
#: The queues: metric label -> their statistics.
_QUEUES: dict[str, Callable[[QueueStatistics], Depth]] = {
    "intake": lambda statistics: statistics.intake,
    "mailboxes": lambda statistics: statistics.mailboxes,
    "outboxes": lambda statistics: statistics.outboxes,
    "dead": lambda statistics: statistics.dead,
}


def families(shards: Sequence[QueueStatistics], loads: Sequence[Load]) -> list[Family]:
    """Return every metric, summed over all shards, and over all worker processes.

    All of them are always present, most with a value of 0.
    """
    counts = sum((statistics.counts for statistics in shards), Counter[str]())
    return [
        *(_counter(counts, *row) for row in _COUNTERS),
        costs(counts),
        *(_histogram(counts, *row) for row in _HISTOGRAMS),
        *_gauges(shards),
        *_pauses(shards[0].paused if shards else {}),
        *_loops(loads),
        _gauge(
            "account_trouble",
            "1 for each current warning of a provider about an account or a sender",
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


def _gauges(shards: Sequence[QueueStatistics]) -> Iterable[Family]:
    sessions = sum((statistics.sessions for statistics in shards), Counter[State]())
    depths = {queue: [of(statistics) for statistics in shards] for queue, of in _QUEUES.items()}
    swept = [statistics.swept_at for statistics in shards]
    yield _gauge(
        "sessions",
        "Stored sessions, by state",
        *(figure(sessions[state], state=state.value) for state in State),
    )
    yield _gauge(
        "waiting",
        "Waiting entries: bodies in the intake, messages in mailboxes, replies in outboxes, dead letters",
        *(figure(sum(depth.count for depth in found), queue=queue) for queue, found in depths.items()),
    )
    yield _gauge(
        "oldest_seconds",
        "Age of the oldest waiting entry",
        *(
            figure(_age(shards, (depth.oldest_at for depth in found)), queue=queue)
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
        "How long the most overdue member has waited for the sweep",
        figure(_age(shards, (statistics.first_due_at for statistics in shards))),
    )
    if swept and all(swept):
        yield _gauge("sweep_age_seconds", "Seconds since the last sweep", figure(_age(shards, swept)))
    yield _gauge(
        "intakes_held",
        "Intakes that are being drained, at most one for each shard",
        figure(sum(statistics.draining for statistics in shards)),
    )
    yield Family(
        name="inturn_leases_granted_total",
        kind="counter",
        says="Leases granted for intakes, turns and outboxes",
        samples=(figure(sum(statistics.leases_granted for statistics in shards)),),
    )
    yield _gauge("events", "Stored events", figure(sum(statistics.events for statistics in shards)))


def _pauses(paused: dict[str, Pause]) -> Iterable[Family]:
    yield _gauge("paused_lines", "Paused senders", figure(len(paused)))
    yield _gauge(
        "paused_line",
        "1 for each paused sender, with the provider's code",
        *(
            figure(1, channel=sender.partition(":")[0], line=mask(sender.partition(":")[2]), code=pause.code)
            for sender, pause in sorted(paused.items())
        ),
    )


def _loops(loads: Sequence[Load]) -> Iterable[Family]:
    yield _gauge("workers", "Worker processes that have reported lately", figure(len(loads)))
    yield _gauge(
        "loop",
        "What the loops of all worker processes hold",
        *(figure(sum(map(of, loads)), what=what) for what, of in _HELD.items()),
    )
    yield _gauge(
        "loop_places",
        "Conversations that all worker processes work on at the same time, at most",
        figure(sum(load.places for load in loads)),
    )
    yield _gauge(
        "loop_fullest",
        "Share of its places that the fullest worker process uses",
        figure(max((load.conversations / load.places for load in loads if load.places), default=0)),
    )


def _gauge(name: str, says: str, *samples: Sample) -> Family:
    return Family(name=f"inturn_{name}", kind="gauge", says=says, samples=samples)


def _age(shards: Sequence[QueueStatistics], moments: Iterable[int]) -> float:
    """Return the greatest age in seconds: each of the moments (ms, 0 for none) is by the clock of its shard."""
    ages = (shard.now - moment for shard, moment in zip(shards, moments, strict=True) if moment)
    return max([0, *ages]) / 1000
