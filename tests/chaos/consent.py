"""STOP and START among messages: which of them the assistant is asked about, and what comes of that. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos.ledger import BACK_TITLE, START, STOP, Post


@dataclass(slots=True)
class Heeded:
    """The messages of one turn, as a customer's STOP and START have them understood."""

    out: bool  #: whether the customer wants nothing from here on
    asked: list[Post] = field(default_factory=list)  #: for the assistant, if it has the conversation
    unasked: list[Post] = field(default_factory=list)  #: STOP, START, and what is written in between
    taps: list[Post] = field(default_factory=list)  #: taps on the button that brings the assistant back
    welcomed: bool = False  #: whether the system's own first reply says that the customer is back

    @property
    def answered(self) -> list[Post]:
        """Return those that are answered: whoever has the last word with a STOP is not answered at all."""
        return [] if self.out else self.asked


def heed(posts: Sequence[Post], *, out: bool) -> Heeded:
    """Return what a turn makes of its messages; `out` says whether the customer wanted nothing before."""
    heeded = Heeded(out=out)
    for post in posts:
        if post.text in (STOP, START):
            heeded.out = post.text == STOP
        if heeded.out or post.text in (STOP, START):
            heeded.unasked.append(post)
        elif post.text == BACK_TITLE:
            heeded.taps.append(post)
        else:
            heeded.asked.append(post)
    heeded.welcomed = out and not heeded.out
    return heeded
