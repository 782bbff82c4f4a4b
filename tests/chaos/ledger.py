"""What customers and agents have posted, and what was answered: the one truth that the audit starts from."""

import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from session import phrases
from session.agent_actions import AgentAction, AgentActionType

if TYPE_CHECKING:
    from tests.chaos.campaigns import Mailing
    from tests.chaos.people import Person
    from tests.chaos.programs import Sending

#: What the button says with which a customer has the assistant back.
BACK_TITLE = phrases.back_button(None)
#: What ends whatever is sent to a customer, and what brings it back.
STOP, START = "STOP", "START"

_ANSWER = re.compile(r"re (\S+) no (\d+)")


def text_of(customer: str, number: int) -> str:
    """Return what a customer writes."""
    return f"{customer} no {number}"


def read_answer(text: str) -> tuple[str, int] | None:
    """Return whom and which message a reply answers; None if it names none."""
    found = _ANSWER.fullmatch(text)
    return (found[1], int(found[2])) if found else None


@dataclass(slots=True)
class Post:
    """One message of a customer."""

    customer: str
    number: int  #: from 1, in the order of posting
    id: str
    began_at: float
    ok_at: float | None = None  #: when it was answered with 200
    tries: int = 0
    medium: str = ""  #: number of the file that comes with it
    word: str = ""  #: STOP, START, the title of a button that was tapped, or the word that kills, if it says just that

    @property
    def text(self) -> str:
        return self.word or text_of(self.customer, self.number)


@dataclass(slots=True)
class Act:
    """One thing that an agent did."""

    action: AgentAction
    began_at: float
    ok_at: float | None = None  #: when the desk knew that it was kept
    tries: int = 0

    @property
    def id(self) -> str:
        return self.action.id

    @property
    def customer(self) -> str:
        return self.action.customer

    @property
    def text(self) -> str:
        says = self.action.says
        # A template says its only parameter.
        return next(iter(says.template.body)) if says.template else says.text


@dataclass(slots=True)
class Wish:
    """What a customer has told Meta about marketing messages."""

    stops: bool  #: it wants none, else it wants them again
    began_at: float
    ok_at: float | None = None  #: when it was answered with 200
    tries: int = 0


@dataclass(slots=True)
class Customer:
    """One who writes, always over the same channel, one body after the other."""

    name: str
    channel: str
    posts: list[Post] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    bodies: list[tuple[str, bytes]] = field(default_factory=list)  #: path and body, to be delivered again

    @property
    def out(self) -> bool:
        """Whether the latest word about it was STOP."""
        return next((one.word == STOP for one in reversed(self.posts) if one.word in (STOP, START)), False)

    def next_post(self, at: float, word: str) -> Post:
        number = len(self.posts) + 1
        letters = re.sub(r"\W", "", self.name)
        id_ = f"wamid.{letters}.{number}" if self.channel == "meta" else f"SM{letters}{number}"
        post = Post(customer=self.name, number=number, id=id_, began_at=at, word=word)
        self.posts.append(post)
        return post


class Ledger:
    """All customers of a run, and counts of what was done beside their messages."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.customers: dict[str, Customer] = {}
        self.by_id: dict[str, Post] = {}
        self.acts: dict[str, Act] = {}  #: by their ids
        self.answers: dict[str, Act] = {}  #: those that say something, by their texts
        self.people: dict[str, Person] = {}  #: those who have several names
        self.keepers: dict[str, str] = {}  #: action of an agent -> the person whom it is about
        self.sendings: list[Sending] = []  #: of other programs
        self.mailings: list[Mailing] = []  #: campaigns
        self.strange: list[str] = []  #: answers of the API that nobody understands
        self.redelivered = 0
        self.batches = 0
        self.refused: dict[str, int] = {}

    def add(self, customer: Customer) -> Customer:
        with self.lock:
            self.customers[customer.name] = customer
        return customer

    def meet(self, person: "Person") -> "Person":
        with self.lock:
            self.people[person.name] = person
        return person

    def note(self, what: str) -> None:
        """Count an answer of the webhook that was no 200."""
        with self.lock:
            self.refused[what] = self.refused.get(what, 0) + 1

    def next_post(self, customer: Customer, at: float, word: str = "") -> Post:
        """Let a customer write the next message, or just a word."""
        post = customer.next_post(at, word)
        self.by_id[post.id] = post
        return post

    def posts(self) -> list[Post]:
        with self.lock:
            customers = list(self.customers.values())
        return [post for customer in customers for post in list(customer.posts)]

    def next_act(self, action: AgentAction, at: float) -> Act:
        """Give an action its id, and its text if it is an answer: both are used once."""
        with self.lock:
            number = len(self.acts) + 1
            says = action.type is AgentActionType.ANSWER
            text = f"{action.agent} says {number}" if says else action.text
            action = action.model_copy(update={"id": f"{action.agent}-{number:05}", "text": text})
            act = Act(action=action, began_at=at)
            self.acts[action.id] = act
            if says:
                self.answers[text] = act
        return act
