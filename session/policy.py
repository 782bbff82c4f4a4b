"""The durations and limits that the house obeys, as plain values. Where they come from is not known here."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an operator may set about sessions, limits, leases and retries."""

    #: an ACTIVE session without activity becomes IDLE
    idle_after: timedelta = timedelta(minutes=30)
    #: an IDLE session without activity becomes CLOSED; counted from the last activity
    close_after: timedelta = timedelta(minutes=720)
    #: the record is kept for this long after the last activity
    keep_for: timedelta = timedelta(minutes=1440)
    #: a customer who waits for an agent is told after this time that none has answered; zero: never
    agent_timeout: timedelta = timedelta(minutes=15)
    #: what follows: the assistant answers again, or the conversation stays with the agents
    agent_timeout_then: Literal["back", "stay"] = "back"
    message_history: int = 20  #: newest messages kept
    search_history: int = 10  #: newest searches kept
    messages_per_window: int = 50  #: given to the assistant
    searches_per_window: int = 30
    window: timedelta = timedelta(hours=1)  #: of both limits, from the first that is counted
    agent_id: str = "default"  #: of a new session
    #: how long a wake-up may take to be followed before the sweep sends another
    wake_after: timedelta = timedelta(seconds=10)
    #: how long one worker may hold a mailbox or the intake; what a dead worker held is free after that
    lease_for: timedelta = timedelta(seconds=15)
    #: the same for an outbox: longer than the longest send
    send_lease_for: timedelta = timedelta(seconds=35)
    turn_messages: int = 20  #: the most that one turn takes
    turn_attempts: int = 5  #: after that many failures the messages of a turn become dead letters
    retry_after: timedelta = timedelta(seconds=1)  #: first back-off, doubled at each further attempt
    retry_at_most: timedelta = timedelta(minutes=5)
    #: how long a reply whose send was interrupted waits for the provider's own status
    reconcile_for: timedelta = timedelta(seconds=10)
    #: what becomes of it then: it is sent again, once, or held as a dead letter
    on_unknown: Literal["resend", "hold"] = "resend"
    #: whole messages, in lower case, by which a customer opts out, and back in
    opt_out_words: frozenset[str] = frozenset(
        {"stop", "stopall", "unsubscribe", "إلغاء الاشتراك", "الغاء الاشتراك"}
    )
    opt_in_words: frozenset[str] = frozenset({"start", "unstop", "subscribe", "اشتراك"})
    seen_for: timedelta = timedelta(days=8)  #: providers redeliver for up to seven days
    seen_at_most: int = 1000  #: message ids kept a conversation
    outbox_at_most: int = 500  #: replies of the assistant that may wait; what is more is not queued
    mailbox_at_most: int = 500  #: messages of a customer that may wait; one dead letter counts what is more
    events_at_most: int = 100_000  #: events kept a shard
    events_for: timedelta = timedelta(days=30)  #: and for how long
    letters_for: timedelta = timedelta(days=30)  #: dead letters are kept, texts included
    letters_at_most: int = 10_000  #: dead letters kept a shard; the oldest fall out, and are counted
    #: per cent of Redis' `maxmemory` above which no new body is kept, so that what was accepted finds room
    full_at: int = 80
