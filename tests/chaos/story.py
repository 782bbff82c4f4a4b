"""What is told of a run: every conversation with its replies, and what silenced them."""

from collections import Counter
from dataclasses import dataclass, field

from session.events import ActionTaken, MessagesTaken
from tests.chaos.ledger import Act, Ledger, Post
from tests.chaos.options import Options
from tests.chaos.timers import Timers
from tests.chaos.witness import Seen

#: What stands for the acknowledgement of a message that waits, whatever it says of the time.
ACKNOWLEDGEMENT = "it waits"


@dataclass(slots=True)
class Reply:
    """One delivery; places are those of events, by which it is told what came before what."""

    id: str
    place: int  #: where its turn was committed
    to: Post | Act | None  #: what it answers, or the agent's action that says it; None: words of the system
    left: int | None = None  #: where it left its outbox
    doubted: int | None = None  #: where it was noted first that a send of it was interrupted
    cancelled: bool = False  #: since an agent has taken over
    stopped: bool = False  #: not sent, since the customer has written STOP, or
    unwanted: bool = False  #: wants no marketing messages
    held: bool = False  #: for a person: two sends of it are in doubt
    resent: bool = False

    @property
    def by_agent(self) -> bool:
        """Whether no takeover cancels it."""
        return isinstance(self.to, Act) and not self.to.action.unless_agent


@dataclass(slots=True)
class Silencing:
    """What no reply of an earlier turn may be begun to be sent after: an action of an agent, or a STOP."""

    by: Act | Post  #: an action concerns replies of the assistant, a STOP those of agents as well
    place: int  #: where its turn was committed
    at_once: bool  #: whether it does so as soon as it is in the mailbox


@dataclass(slots=True)
class Story:
    """One conversation, as far as it is told."""

    customer: str
    begun: bool = False  #: there is a session, and it is not closed
    wrote: bool = False  #: the customer has written, so that free-form replies are allowed
    closed: bool = False
    fresh: bool = False  #: it was begun by another program, and nobody has said anything since
    waits: bool = False  #: for an agent, or with one
    asked: bool = False  #: somebody waits for an agent's answer
    holder: str | None = None
    given_back_at: float = 0.0  #: when it was with an agent last, in seconds since the epoch; 0: never
    #: messages and actions, each with the place where its turn was committed
    taken: list[tuple[Post | Act, int]] = field(default_factory=list)
    heard: int = 0  #: messages of this session, those for agents included
    answered: list[Post] = field(default_factory=list)
    before: int = 0  #: of these, how many in sessions that are closed
    unsaid: list[Post] = field(default_factory=list)  #: of these, dropped by a STOP in the same turn
    unheard: list[Post] = field(default_factory=list)  #: of these, what the assistant was asked in vain
    given_up: list[Post] = field(default_factory=list)  #: of these, each of which kills whoever takes it
    passed_on: list[Post] = field(
        default_factory=list
    )  #: of these, what a person was asked for, by the budget
    spent: int = 0  #: messages of the assistant, which count towards it
    unasked: list[Post] = field(default_factory=list)  #: STOP, START, and what was written in between
    out: bool = False  #: the customer wants nothing
    no_marketing: bool = False  #: the customer wants no marketing messages
    wishes: list[int] = field(default_factory=list)  #: where that was said
    reached_by: str = ""  #: the campaign and the row that the customer has not answered yet
    kept: list[Post] = field(default_factory=list)  #: for agents: the assistant was not asked
    open: list[Post] = field(default_factory=list)  #: of these, what nobody has answered
    told: bool = False  #: it was acknowledged that the customer waits
    backs: int = 0  #: how often the assistant was wanted back by a tap that was heard
    given_up_too: list[Post] = field(default_factory=list)  #: what was open beside a message that kills
    said: list[tuple[str, str]] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)  #: in the order of the outbox
    silencings: list[Silencing] = field(default_factory=list)
    stops: list[tuple[Post, int]] = field(default_factory=list)
    timers: Timers = field(default_factory=Timers)  #: what the assistant has planned
    early: int = 0  #: replies that left before their turn ended, which it has not done yet
    interrupted: list[int] = field(default_factory=list)  #: where such turns were committed
    taken_over: list[tuple[Act, int]] = field(
        default_factory=list
    )  #: takeovers and answers, whatever they came to

    @property
    def in_vain(self) -> set[str]:
        """The ids of those that the assistant was asked, each time in vain."""
        missed, asked = Counter(one.id for one in self.unheard), Counter(one.id for one in self.answered)
        return {id_ for id_, times in missed.items() if asked[id_] <= times}

    def listened_to(self) -> tuple[list[Post], list[Post]]:
        """Return what was answered in this session, and in those before it: of a message that was asked again, the last time."""
        missed = Counter(one.id for one in self.unheard)
        found: tuple[list[Post], list[Post]] = ([], [])
        for place, post in enumerate(self.answered):
            if missed[post.id]:
                missed[post.id] -= 1
            else:
                found[place < self.before].append(post)
        return found

    def wait_ends(self) -> None:
        """Nobody waits any more, or somebody waits anew: nothing is open."""
        self.open, self.told = [], False

    def begin_anew(self) -> bool:
        """Unless a session has begun, another one does: nothing of the last one counts, nothing of it is in the history."""
        if self.begun:
            return False
        self.heard, self.before, self.closed, self.said = 0, len(self.answered), False, []
        return True


@dataclass(slots=True)
class Retold:
    """What a run was and what was seen of it, all conversations, and what was not as it must be."""

    options: Options
    ledger: Ledger
    seen: Seen
    stories: dict[str, Story] = field(default_factory=dict)  #: by customer
    replies: dict[str, Reply] = field(default_factory=dict)  #: by delivery
    came_to: dict[str, str] = field(default_factory=dict)  #: action -> why it was declined, "" if it was done
    wrong: list[tuple[str, str]] = field(default_factory=list)  #: customer, and what
    untimely: list[tuple[str, str]] = field(default_factory=list)  #: the same, of timers
    #: message that made the assistant ask -> "yes" or "no", by the first decision
    decided: dict[str, str] = field(default_factory=dict)
    late: int = 0  #: customers who were told that no agent is free
    cancelled: Counter[str] = field(default_factory=Counter)  #: by channel
    stopped: Counter[str] = field(default_factory=Counter)  #: by channel
    consents: Counter[str] = field(default_factory=Counter)  #: of turns: "out" or "in"

    @property
    def asked_again(self) -> frozenset[str]:
        """The messages about which the assistant was asked at a time-out, or when the customer came back to it."""
        events = (record.event for record in self.seen.events)
        taken = (event for event in events if isinstance(event, ActionTaken | MessagesTaken))
        return frozenset(id_ for event in taken for id_ in event.asked)
