"""What the customers have posted, and what the webhook answered: the one truth that the audit starts from."""

import re
import threading
from dataclasses import dataclass, field

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

    @property
    def text(self) -> str:
        return text_of(self.customer, self.number)


@dataclass(slots=True)
class Customer:
    """One who writes, always over the same channel, one body after the other."""

    name: str
    channel: str
    posts: list[Post] = field(default_factory=list)
    bodies: list[tuple[str, bytes]] = field(default_factory=list)  #: path and body, to be delivered again

    def next_post(self, at: float) -> Post:
        number = len(self.posts) + 1
        letters = re.sub(r"\W", "", self.name)
        id_ = f"wamid.{letters}.{number}" if self.channel == "meta" else f"SM{letters}{number}"
        post = Post(customer=self.name, number=number, id=id_, began_at=at)
        self.posts.append(post)
        return post


class Ledger:
    """All customers of a run, and counts of what was done beside their messages."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.customers: dict[str, Customer] = {}
        self.redelivered = 0
        self.bodies = 0
        self.batches = 0
        self.refused: dict[str, int] = {}

    def add(self, customer: Customer) -> Customer:
        with self.lock:
            self.customers[customer.name] = customer
        return customer

    def note(self, what: str) -> None:
        """Count an answer of the webhook that was no 200."""
        with self.lock:
            self.refused[what] = self.refused.get(what, 0) + 1

    def posts(self) -> list[Post]:
        with self.lock:
            customers = list(self.customers.values())
        return [post for customer in customers for post in list(customer.posts)]
