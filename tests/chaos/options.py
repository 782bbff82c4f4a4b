"""What a chaos run is told, the settings that follow for the processes, and the bound of recovery that follows from them."""

from dataclasses import dataclass
from pathlib import Path

from tests.chaos.assistant import TEMPLATE
from tests.chaos.said import SID

#: Seconds for a killed program to be up again on a busy machine with two cores.
STARTS_WITHIN = 10.0

#: Seconds for a turn in a process of its own, and the pause after it, on such a machine.
_TAKEN_ALONE = 6.0

#: Seconds until a replica has taken over and all clients know, and until a killed RabbitMQ is up and Celery has found it.
_TAKEN_OVER, _BROKER_STARTS = 15.0, 40.0

#: The name of the other programs, and their secret for the API.
PROGRAM, SECRET = "crm", "chaos-0123456789abcdefghijklmnopqrstuvwxyz"

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
    budget: int = 0  #: BUDGET_MESSAGES_PER_DAY; the audit of names knows none
    gather: float = 0  #: GATHER_SECONDS; the first message of a burst waits four times as long at most
    plain: bool = False  #: whether the assistant is no coroutine
    slow_of_100: int = 3
    slow_for: float = 0.8
    person_of_100: int = 1  #: messages by which the assistant is made to ask for a person
    backs_of_100: int = 3  #: messages at Meta behind which the customer wants the assistant back
    assist: bool = (
        False  #: WHILE_WAITING=assist; the audit of names knows no assistant that answers meanwhile
    )
    stops_of_100: int = 3  #: messages behind which the customer writes STOP at once
    booked_of_100: int = 8  #: messages by which the assistant is made to book something, in a step
    templates_of_100: int = 10  #: messages that are answered with a message template
    planned_of_100: int = 6  #: messages by which the assistant is made to plan something for later
    asked_of_100: int = 8  #: messages by which the assistant is made to ask a person for a yes
    people: int = 12  #: who write at the same time under several names; nobody: 0
    people_rate: float = 8  #: bodies a second of all of them
    people_stops: float = 0.08  #: share of their messages that are STOP
    pictures_of_100: int = 6  #: messages at Meta that are pictures
    media_wait: float = 2  #: MEDIA_WAIT_SECONDS
    killers: int = 0  #: messages that kill the process that takes them, 8 at most
    turn_attempts: int = 5
    agents: int = 3  #: who work at the desk at the same time; nobody: 0
    agent_patience: float = 8  #: seconds for which a customer waits for an agent's answer; 0: for ever
    visits: float = 1.5  #: how often each of them turns to a conversation, a second
    programs: int = 2  #: other programs that send through the API; none: 0
    sends: float = 2  #: how many messages each of them sends, a second
    campaigns: int = 2  #: how many are made at the same time, one after the other; none: 0
    rows: int = 16  #: customers of each of them
    wishes_of_100: int = (
        3  #: messages at Meta behind which the customer stops marketing messages, or wants them again
    )
    gap: float = 2.5  #: seconds between two faults, on average
    calm_every: int = 4  #: after so many faults nothing happens until all is answered
    drain: float = 60  #: seconds without any progress after which the end is declared
    keep: bool = False
    folder: Path | None = None

    def settings(self) -> dict[str, str]:
        """Return the settings of the system for this run, but for addresses and secrets."""
        return {
            "SHARDS": str(self.shards),
            "API_TOKENS": f"{PROGRAM}:{SECRET}:send",
            "DURABILITY": self.durability,
            "REDIS_CLUSTER": str(self.cluster).lower(),
            "RATE_LIMIT_MESSAGES_PER_HOUR": str(self.limit),
            "RATE_LIMIT_SEARCHES_PER_HOUR": "1000000",
            "LEASE_SECONDS": str(self.lease),
            "WAKE_AFTER_SECONDS": str(self.wake_after),
            "SWEEP_SECONDS": str(self.sweep),
            "ASSISTANT": f"tests.chaos.assistant:{'plain' if self.plain else 'assistant'}",
            "ON_NEW_MESSAGE": self.on_new_message,
            "WHILE_WAITING": "assist" if self.assist else "silent",
            "BUDGET_MESSAGES_PER_DAY": str(self.budget),
            "GATHER_SECONDS": str(self.gather),
            # The audit knows each reply by its text.
            "JOIN_REPLIES": "false",
            "GATHER_AT_MOST_SECONDS": str(self.gather_at_most),
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
            "CHAOS_TEMPLATES_OF_100": str(0 if self.old else self.templates_of_100),
            "TWILIO_CONTENT_SIDS": f"{TEMPLATE}={SID}",
            "CHAOS_PLANNED_OF_100": str(self.planning),
            "CHAOS_ASKED_OF_100": str(self.asking),
            "CHAOS_SAYS_EARLY": str(self.says_early).lower(),
            # So that faults meet them on their way.
            "CAMPAIGN_PER_SECOND": "15",
            "CAMPAIGN_CUSTOMERS_PER_DAY": "100000",
            "AGENT_TIMEOUT_MINUTES": str(self.agent_patience / 60),
            "MEDIA_WAIT_SECONDS": str(self.media_wait),
            "MEDIA_TIMEOUT_SECONDS": "6",
            "MEDIA_READING_SECONDS": "1",
            "MEDIA_ATTEMPTS": "5",
            "AGENT_TIMEOUT_THEN": "back",
            "SIMULATOR_STATUSES": str(self.statuses).lower(),
            "LOG_LEVEL": "INFO",
        }

    @property
    def gather_at_most(self) -> float:
        """Seconds for which the first message of a burst waits for further ones."""
        return 4 * self.gather

    @property
    def booking(self) -> int:
        """Messages of a hundred for which something is booked."""
        # A release that knows no steps does them again, and leaves what others have kept.
        return 0 if self.old else self.booked_of_100

    @property
    def sending(self) -> int:
        """Programs that send."""
        # A release without the API would refuse them.
        return 0 if self.old else self.programs

    @property
    def mailing(self) -> int:
        """Campaigns that are made at the same time."""
        # A release that knows none would leave them to others.
        return 0 if self.old else self.campaigns

    @property
    def backs(self) -> int:
        """Messages of a hundred behind which the assistant is wanted back."""
        # A release that knows no such button would take it for a question.
        return 0 if self.old else self.backs_of_100

    @property
    def wishes(self) -> int:
        """Messages of a hundred behind which a customer says something about marketing messages."""
        return self.wishes_of_100 if self.mailing else 0

    @property
    def planning(self) -> int:
        """Messages of a hundred by which something is planned."""
        # A release that knows no timers neither rings nor cancels them.
        return 0 if self.old else self.planned_of_100

    @property
    def asking(self) -> int:
        """Messages of a hundred by which a person is asked for a yes."""
        return 0 if self.old else self.asked_of_100  # for the same reason

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
        pictures = self.media_wait if self.pictures_of_100 else 0
        return STARTS_WITHIN + held + 2 * self.sweep + self.reconcile + pictures + self.gather_at_most
