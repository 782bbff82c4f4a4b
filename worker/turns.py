"""Takes turns: asks the assistant about the waiting messages of a conversation and commits what comes of it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import random

from loguru import logger

from session import phrases
from session.admission import Admission, admit
from session.clock import Clock
from session.errors import BadAssistant, SearchLimitReached
from session.logs import mask
from session.messages import Message, Reply
from session.policy import Policy
from session.settlement import Render, Settlement, settle
from session.store import Committed, Stale, TurnStore, TurnTaken
from session.turn import Asked, Catalogue, SearchBudget, Turn
from worker import dead_letters
from worker.backoff import backoff
from worker.batch import work_through
from worker.deadline import within
from worker.wakeups import Waker

#: Takes a turn, returns what to say or None; may say more through the turn.
Assistant = Callable[[Turn], str | Reply | None]

#: Turns of one conversation in a row; after that others come first.
_IN_A_ROW = 10


class TurnTaker:
    """Takes the turns of conversations, one conversation after the other."""

    def __init__(
        self,
        *,
        store: TurnStore,
        assistant: Assistant,
        render: Render,
        wants_human: Callable[[str], bool],
        waker: Waker,
        clock: Clock,
        new_id: Callable[[], str],
        policy: Policy,
        catalogue: Catalogue | None = None,
        answer_within: timedelta = timedelta(seconds=10),
        chance: Callable[[], float] = random,
    ) -> None:
        self._store = store
        self._assistant = assistant
        self._render = render
        self._wants_human = wants_human
        self._waker = waker
        self._clock = clock
        self._new_id = new_id
        self._policy = policy
        self._catalogue = catalogue
        self._seconds = answer_within / timedelta(seconds=1)
        self._chance = chance

    def take(self, conversations: Sequence[str]) -> None:
        """Take the turns of these conversations; a slow assistant makes nobody else wait."""
        work_through(conversations, self.take_one, self._waker.turns, self._clock)

    def take_one(self, conversation: str) -> None:
        """Take turns of one conversation until its mailbox is empty. Two round trips for one turn."""
        first = self._store.take(conversation, holder=self._new_id(), now=self._clock.now())
        taken = first if isinstance(first, TurnTaken) else None
        for in_a_row in range(1, _IN_A_ROW + 1):
            if taken is None:
                return
            turn = self._new_id()
            with logger.contextualize(conversation=mask(conversation), turn=turn):
                result = self._take(conversation, taken, turn, go_on=in_a_row < _IN_A_ROW)
            if result is None:
                return
            if result.wake_delivery:
                self._waker.deliveries([conversation])
            if result.left and result.next_turn is None:
                self._waker.turns([conversation])
            taken = result.next_turn

    def _take(self, conversation: str, taken: TurnTaken, turn: str, *, go_on: bool) -> Committed | None:
        # What failed together is tried again one by one, so that only the message at fault is given up.
        messages = taken.messages if taken.attempt == 1 else taken.messages[:1]
        now = self._clock.now()
        try:
            settlement = self._decide(taken, messages, turn, now)
        except Exception as error:  # noqa: BLE001  (whatever an assistant raises, the messages stay)
            if taken.attempt < self._policy.turn_attempts:
                self._abandon(conversation, taken, error)
                return None
            settlement = self._give_up(taken, messages, turn, now, why=_in_words(error))
        result = self._store.commit(conversation, taken.lease, settlement, now=self._clock.now(), go_on=go_on)
        if isinstance(result, Stale):
            logger.warning("the turn took longer than its lease; somebody else has taken it")
            return None
        for message in messages:
            logger.info(
                "{} answered with {} replies", message.kind, len(settlement.deliveries), message=message.id
            )
        return result

    def _decide(self, taken: TurnTaken, messages: Sequence[Message], turn: str, now: datetime) -> Settlement:
        if taken.attempt > self._policy.turn_attempts:
            return self._give_up(taken, messages, turn, now, why="its workers died in the middle of it")
        admission = self._admit(taken, messages, now)
        asked = self._ask(admission, taken, now) if admission.answer else Asked()
        return settle(
            admission, asked, messages, turn=turn, now=now, policy=self._policy, render=self._render
        )

    def _admit(self, taken: TurnTaken, messages: Sequence[Message], now: datetime) -> Admission:
        return admit(
            taken.session,
            messages,
            taken.counters,
            now=now,
            new_id=self._new_id(),
            policy=self._policy,
            wants_human=self._wants_human,
            opted_out=taken.opted_out,
        )

    def _ask(self, admission: Admission, taken: TurnTaken, now: datetime) -> Asked:
        session = admission.session
        assert session is not None  # noqa: S101  (there is something to answer, so there is a session)
        searches = taken.counters.search_allowance(now, self._policy)
        turn = Turn(
            session=session,
            messages=admission.answer,
            now=now,
            budget=SearchBudget(left=searches.remaining, again_in=searches.ends_at - now),
            catalogue=self._catalogue,
        )
        try:
            said = within(self._seconds, lambda: self._assistant(turn))
        except SearchLimitReached as refusal:
            said = phrases.too_many_searches(turn.language, refusal.wait_for)
        match said:
            case None | "":
                pass
            case str():
                turn.reply(said)
            case Reply():
                turn.asked.replies.append(said)
            case _:
                raise BadAssistant(
                    f"the assistant returned a {type(said).__name__}, not a text, a Reply or None"
                )
        return turn.asked

    def _abandon(self, conversation: str, taken: TurnTaken, error: Exception) -> None:
        wait = backoff(
            taken.attempt,
            first=self._policy.retry_after,
            at_most=self._policy.retry_at_most,
            chance=self._chance(),
        )
        logger.opt(exception=error).error(
            "turn failed, attempt {} of {}, next in {:.1f} s",
            taken.attempt,
            self._policy.turn_attempts,
            wait / timedelta(seconds=1),
        )
        self._store.abandon(conversation, taken.lease, retry_at=self._clock.now() + wait)

    def _give_up(
        self, taken: TurnTaken, messages: Sequence[Message], turn: str, now: datetime, *, why: str
    ) -> Settlement:
        """Return a settlement that keeps the messages as dead letters and apologises to the customer."""
        logger.error("turn given up after {} attempts: {}", taken.attempt, why)
        admission = self._admit(taken, messages, now)
        language = admission.session.context.language if admission.session else None
        asked = Asked(replies=[Reply(text=phrases.apology(language))] if admission.answer else [])
        return settle(
            admission,
            asked,
            messages,
            turn=turn,
            now=now,
            policy=self._policy,
            render=self._render,
            dead=[dead_letters.of_message(message, why, now) for message in messages],
        )


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
