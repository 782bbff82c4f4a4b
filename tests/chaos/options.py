"""What a chaos run is told, the settings that follow for the processes, and the bound of recovery that follows from them."""

from dataclasses import dataclass
from pathlib import Path

#: Seconds for a killed program to be up again on a busy machine with two cores.
STARTS_WITHIN = 10.0

#: Seconds for a turn in a process of its own, and the pause after it, on such a machine.
_TAKEN_ALONE = 6.0

#: Seconds until a replica has taken over and all clients know, and until a killed RabbitMQ is up and Celery has found it.
_TAKEN_OVER, _BROKER_STARTS = 15.0, 40.0

#: Messages a second that the system answers at least, on such a machine, beside those that come in meanwhile.
CATCHES_UP = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """A run. The same options and the same seed choose the same faults at the same moments."""

    seconds: float = 60
    seed: int = 1
    pool: str = "loop"  #: that of the workers, or one of Celery's own
    workers: int = 2
    concurrency: int = 2
    beats: int = 1
    broker: str = (
        "redis"  #: "redis" is the Valkey of the run, by a way of its own; "rabbitmq" starts one; else a URL
    )
    redis_url: str | None = None  #: of a server that is there already; None starts one
    cluster: bool = False
    replicas: bool = False  #: of each primary of the cluster, which can be killed then
    sentinel: bool = (
        False  #: sessions, and wake-ups with the broker "redis", are on the master that Sentinel names
    )
    durability: str = "memory"  #: DURABILITY
    old: str = ""  #: a commit whose programs run beside the present ones; "last": the last tag; "": none
    shards: int = 1
    clocks: bool = False  #: whether webhook, workers and beats have clocks that can be set
    appendfsync: str = "everysec"
    faults: tuple[str, ...] = ()  #: kinds to choose from; none: all that are possible
    bug: str | None = None
    rate: float = 40  #: bodies a second
    customers: int = 80
    limit: int = 1_000_000  #: messages an hour
    lease: float = 4
    wake_after: float = 2
    sweep: float = 1
    assistant_timeout: float = 2
    send_timeout: float = 2
    reconcile: float = 2
    statuses: bool = True  #: whether the providers tell how far a reply has come
    on_new_message: str = "after"  #: ON_NEW_MESSAGE
    plain: bool = False  #: whether the assistant is no coroutine
    slow_of_100: int = 3
    slow_for: float = 0.8
    person_of_100: int = 1  #: messages by which the assistant is made to ask for a person
    stops_of_100: int = 3  #: messages behind which the customer writes STOP at once
    booked_of_100: int = 8  #: messages by which the assistant is made to book something, in a step
    killers: int = 0  #: messages that kill the process that takes them, 8 at most
    turn_attempts: int = 5
    agents: int = 3  #: who work at the desk at the same time; nobody: 0
    agent_patience: float = 8  #: seconds for which a customer waits for an agent's answer; 0: for ever
    visits: float = 1.5  #: how often each of them turns to a conversation, a second
    gap: float = 2.5  #: seconds between two faults, on average
    calm_every: int = 4  #: after so many faults nothing happens until all is answered
    drain: float = 60  #: seconds without any progress after which the end is declared
    keep: bool = False
    folder: Path | None = None

    def settings(self) -> dict[str, str]:
        """Return the settings of the system for this run, but for addresses and secrets."""
        return {
            "SHARDS": str(self.shards),
            "DURABILITY": self.durability,
            "REDIS_CLUSTER": str(self.cluster).lower(),
            "RATE_LIMIT_MESSAGES_PER_HOUR": str(self.limit),
            "RATE_LIMIT_SEARCHES_PER_HOUR": "1000000",
            "LEASE_SECONDS": str(self.lease),
            "WAKE_AFTER_SECONDS": str(self.wake_after),
            "SWEEP_SECONDS": str(self.sweep),
            "ASSISTANT": f"tests.chaos.assistant:{'plain' if self.plain else 'assistant'}",
            "ON_NEW_MESSAGE": self.on_new_message,
            "CATALOGUE": "tests.chaos.assistant:catalogue",
            "ASSISTANT_TIMEOUT_SECONDS": str(self.assistant_timeout),
            "MAX_TURN_ATTEMPTS": str(self.turn_attempts),
            "SEND_TIMEOUT_SECONDS": str(self.send_timeout),
            "REDIS_TIMEOUT_SECONDS": "2",
            "RECONCILE_SECONDS": str(self.reconcile),
            "REPLY_ON_UNKNOWN": "resend",
            "CHAOS_SLOW_OF_100": str(self.slow_of_100),
            "CHAOS_SLOW_FOR": str(self.slow_for),
            "CHAOS_PERSON_OF_100": str(self.person_of_100),
            "CHAOS_BOOKED_OF_100": str(self.booking),
            "CHAOS_SAYS_EARLY": str(self.says_early).lower(),
            "AGENT_TIMEOUT_MINUTES": str(self.agent_patience / 60),
            "AGENT_TIMEOUT_THEN": "back",
            "SIMULATOR_STATUSES": str(self.statuses).lower(),
            "LOG_LEVEL": "INFO",
        }

    @property
    def booking(self) -> int:
        """Messages of a hundred for which something is booked."""
        # A release that knows no steps does them again, and leaves what others have kept.
        return 0 if self.old else self.booked_of_100

    @property
    def says_early(self) -> bool:
        """Whether something is said before a slow turn ends."""
        return not self.old  # for the same reason

    @property
    def fails_over(self) -> bool:
        """Whether a replica can take over."""
        return self.replicas or self.sentinel

    @property
    def send_lease(self) -> float:
        """Seconds for which a courier that dies holds its outbox."""
        return max(self.lease, self.send_timeout + 5)

    @property
    def bound(self) -> float:
        """Seconds after a fault within which whatever it held up goes on.

        A killed holder's lease runs out, the next sweep claims it; a claim or a wake-up that is lost comes back
        after three times the wake-up time; a send that may have arrived waits for its status. What was killed
        must be up again, or Celery connected again: it tries after 2, 4, 6 and more seconds. What has piled up
        comes on top.
        """
        held = max(self.lease, 3 * self.wake_after, self.send_lease)
        if self.killers:
            # Two processes die of it, then one for each attempt; whoever was beside it twice is taken alone as well.
            held += 2 * self.lease + (2 + self.killers) * self.turn_attempts * _TAKEN_ALONE
        if self.fails_over:
            held += _TAKEN_OVER
        if self.broker == "rabbitmq":
            held += _BROKER_STARTS
        return STARTS_WITHIN + held + 2 * self.sweep + self.reconcile
