"""People with several names: what they write under which of them, and that their numbers change."""

import random
from dataclasses import dataclass, field

from tests.chaos.ledger import Post

#: The word of a provider's notice that a number has changed; it is no message.
MOVED = "MOVED"


@dataclass(slots=True)
class Saying(Post):
    """One message of a person, under some of the names."""

    names: tuple[str, ...] = ()  #: those that its body shows
    body: int = 0  #: number of the body that it came in
    moved_to: str = ""  #: the new number, if this is the notice of a change


@dataclass(slots=True)
class Person:
    """One who writes under a phone number, under an id, or shows both; the number may change, and back."""

    name: str  #: by which the texts call it; the system never learns it
    numbers: tuple[str, ...]  #: spellings of the number: any of them may come
    others: tuple[str, ...]  #: those of the number that may come in its place
    user: str  #: the business-scoped id
    posts: list[Saying] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)  #: to be delivered again
    moved_at: float = 0.0  #: when the number changed last
    held_by: str = ""  #: the agent who has taken over

    @property
    def everything(self) -> tuple[str, ...]:
        """All names under which it may ever come."""
        return (*self.numbers, *self.others, self.user)

    @property
    def out(self) -> bool:
        """Whether it wrote STOP last, under whatever name."""
        words = (one.word for one in reversed(self.posts))
        return next((word == "STOP" for word in words if word in ("STOP", "START")), False)

    def say(self, at: float, names: tuple[str, ...], word: str = "", moved_to: str = "") -> Saying:
        """Write the next message."""
        number = len(self.posts) + 1
        saying = Saying(
            customer=self.name,
            number=number,
            id=f"wamid.{self.name}.{number}",
            began_at=at,
            word=word,
            names=names,
            body=len(self.bodies),
            moved_to=moved_to,
        )
        self.posts.append(saying)
        return saying

    def shown(self, dice: random.Random) -> tuple[str, ...]:
        """Return the names that the next message shows: the number, the id, or both."""
        number = dice.choice(self.numbers)
        return dice.choices([(number,), (self.user,), (number, self.user)], [4, 4, 2])[0]

    def change_number(self, at: float) -> tuple[str, str]:
        """Take the other number; return the old one and the new one."""
        old, new = self.numbers[0], self.others[0]
        self.numbers, self.others, self.moved_at = self.others, self.numbers, at
        return old, new


def a_person(number: int, seed: int) -> Person:
    """Return a new person; one of three has a number that is written in two ways."""
    digits = f"{number:05}"
    numbers = (f"+2011{digits}0",)
    if number % 3 == 0:
        # A Brazilian mobile number, with and without its ninth digit.
        line = f"8{number % 10_000_000:07}"
        numbers = (f"+55119{line}", f"+5511{line}")
    return Person(
        name=f"P{seed}x{digits}", numbers=numbers, others=(f"+2011{digits}9",), user=f"US.P{digits}"
    )
