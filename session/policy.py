"""Durations and limits as plain values. Pure; it does not know where they come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from session.limits import TURN_LIMITS

#: What a write survives before somebody outside is told of it: an end of the server's process, a power failure, the loss
#: of the server. See docs/promises.md.
Durability = Literal["memory", "fsync", "replica"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an operator can configure about sessions, limits, leases and retries."""

    #: an ACTIVE session without activity becomes IDLE
    idle_after: timedelta = timedelta(minutes=30)
    #: an IDLE session without activity becomes CLOSED; counted from the last activity
    close_after: timedelta = timedelta(minutes=720)
    #: the record is kept for this long after the last activity
    keep_for: timedelta = timedelta(minutes=1440)
    #: a customer who waits for an agent is told after this time that none answered; zero: never
    agent_timeout: timedelta = timedelta(minutes=15)
    #: what follows: the assistant answers again, or the conversation keeps waiting
    agent_timeout_then: Literal["back", "stay"] = "back"
    message_history: int = 20  #: newest messages kept
    search_history: int = 10  #: newest searches kept
    #: how many uses of a limit are allowed in its window, by its name
    limits: Mapping[str, int] = field(
        default_factory=lambda: {limit.name: limit.most for limit in TURN_LIMITS}
    )
    #: what follows when the budget of a customer is used up: a person answers, or all replies of a turn become one message
    budget_then: Literal["agent", "merge"] = "agent"
    agent_id: str = "default"  #: of a new session
    #: how long a wake-up may take before the sweep sends another one
    wake_after: timedelta = timedelta(seconds=10)
    #: how long one worker may hold a mailbox or the intake; afterwards it is free again
    lease_for: timedelta = timedelta(seconds=15)
    #: the same for an outbox: longer than the longest send
    send_lease_for: timedelta = timedelta(seconds=35)
    #: the same for the media of a conversation: longer than the longest fetch, and what reads the media
    fetch_lease_for: timedelta = timedelta(seconds=65)
    media_wait: timedelta = timedelta(
        0
    )  #: how long a turn waits for the media of its messages; zero: not at all
    media_attempts: int = 5  #: failed attempts until a medium becomes a dead letter
    #: failed attempts until an event for a hook becomes a dead letter, while its receiver accepts others
    hook_attempts: int = 8
    hook_patience: timedelta = timedelta(days=1)  #: the same by time, if it accepts nothing
    #: for so long the first message of a burst waits at most for further ones
    gather_at_most: timedelta = timedelta(seconds=5)
    turn_messages: int = 20  #: messages of one turn
    turn_attempts: int = 5  #: failed attempts until the messages of a turn become dead letters
    retry_after: timedelta = timedelta(seconds=1)  #: first back-off, doubled for each further attempt
    retry_at_most: timedelta = timedelta(minutes=5)
    #: how long a reply in doubt waits for the provider's status
    reconcile_for: timedelta = timedelta(seconds=10)
    #: what follows: it is sent again, once, or held as a dead letter
    in_doubt: Literal["resend", "hold"] = "resend"
    #: whole messages, in lower case, with which a customer opts out, and in again
    opt_out_words: frozenset[str] = frozenset(
        {"stop", "stopall", "unsubscribe", "إلغاء الاشتراك", "الغاء الاشتراك"}
    )
    opt_in_words: frozenset[str] = frozenset({"start", "unstop", "subscribe", "اشتراك"})
    seen_for: timedelta = timedelta(days=8)  #: providers redeliver for up to seven days
    seen_at_most: int = 1000  #: message ids kept for each conversation
    campaigns_for: timedelta = timedelta(
        days=90
    )  #: the rows of a campaign are kept so long after its last change
    outbox_at_most: int = 500  #: waiting replies of the assistant; further ones are not queued
    mailbox_at_most: int = 500  #: waiting messages of a customer; one dead letter counts further ones
    events_at_most: int = 100_000  #: events kept in each shard
    events_for: timedelta = timedelta(days=30)  #: and for how long
    letters_for: timedelta = timedelta(days=30)  #: dead letters are kept for this long, texts included
    letters_at_most: int = 10_000  #: dead letters kept in each shard; the oldest are dropped and counted
    #: per cent of Redis' `maxmemory` above which no new body is stored, so that accepted work has room
    full_at: int = 80
    durability: Durability = "memory"
    durable_within: timedelta = timedelta(
        seconds=2
    )  #: a write that is not confirmed by then counts as failed
