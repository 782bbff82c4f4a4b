"""Works through the conversations of one wake-up, and hands on what would have to wait for a slow one."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from session.clock import Clock

#: After this time the rest of a batch goes to somebody else.
PATIENCE = timedelta(milliseconds=50)


class Batches:
    """Does the work of conversations, a batch after the other. Where the work is slow, nothing waits behind it."""

    def __init__(self, *, hand_on: Callable[[Sequence[str]], None], clock: Clock) -> None:
        self._hand_on = hand_on
        self._clock = clock
        self._slow = False  # whether the last piece of work took long; the next is likely to

    def work_through(self, conversations: Sequence[str], work: Callable[[str], None]) -> None:
        """Do the work of each conversation in turn; if it takes long, hand the rest on as new wake-ups."""
        if self._slow and len(conversations) > 1:
            self._hand_on(conversations[1:])
            conversations = conversations[:1]
        began = before = self._clock.now()
        for done, conversation in enumerate(conversations, start=1):
            work(conversation)
            now = self._clock.now()
            self._slow = now - before > PATIENCE
            before = now
            rest = conversations[done:]
            if rest and now - began > PATIENCE:
                self._hand_on(rest)
                return


class Gathered:
    """Wake-ups that are published together: at the end of a batch, or one by one once the batch takes long."""

    def __init__(self, publish: Callable[[Sequence[str]], None], clock: Clock) -> None:
        self._publish = publish
        self._clock = clock
        self._until = clock.now() + PATIENCE
        self._conversations: list[str] = []

    def add(self, conversation: str) -> None:
        """Remember one more; if the first has waited for long, publish all of them."""
        self._conversations.append(conversation)
        if self._clock.now() > self._until:
            self.publish()

    def publish(self) -> None:
        """Publish what was gathered."""
        conversations, self._conversations = self._conversations, []
        if conversations:
            self._publish(conversations)
