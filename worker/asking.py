"""Calls the assistant of a sender with the messages that are for it, and returns what it asks for."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import cast

from session.admission import Admission
from session.async_turn import AsyncTurn
from session.consulting import AsyncAssistant, consult, consult_async, is_async
from session.conversations import namespace_of
from session.limits import SEARCHES
from session.media_reading import ReadMedia
from session.messages import Message
from session.outgoing import TurnContext
from session.policy import Policy
from session.steps import Progress, beginnings
from session.turn import Catalogue, Effects, SearchBudget, Turn
from session.waiting import questions
from worker.assistant_threads import AssistantThreads, in_time
from worker.running_turns import Blocking, RunningTurn
from worker.senders import Sender

#: Shows the customer that a message is being answered, while the block lasts. Raises nothing of its own.
ShowReceipts = Callable[[Message], AbstractContextManager[None]]


@dataclass(kw_only=True, eq=False, repr=False)
class Asking:
    """Calls the assistant of a sender."""

    policy: Policy
    threads: AssistantThreads
    catalogue: Catalogue | None = None
    answer_within: timedelta = timedelta(seconds=60)
    read_media: ReadMedia | None = None
    receipts: ShowReceipts | None = None
    secret: str = ""  #: what the idempotency keys of steps are made with

    async def ask(
        self, admission: Admission, running: RunningTurn, context: TurnContext, sender: Sender
    ) -> Effects:
        """Return what an assistant asks for. Raises what it raises."""
        session, now = admission.session, context.now
        assert session is not None  # noqa: S101  (there is something to answer, so there is a session)
        searches = running.taken.usages.allowance(SEARCHES, now, self.policy)
        turn = Turn(
            session=session,
            messages=admission.answer,
            now=now,
            budget=SearchBudget(left=searches.remaining, again_in=searches.ends_at - now),
            kind=sender.kind,
            catalogue=self.catalogue,
            progress=Progress(session.conversation, admission.answer, running.kept, secret=self.secret),
            keeper=Blocking(running, asyncio.get_running_loop()),
            states=running.taken.states,
        )
        turn.read_media, turn.hours, turn.known_timers = self.read_media, sender.hours, running.taken.timers
        turn.reachable, turn.waiting = context.reachable, admission.waiting
        turn.faq, turn.rates = sender.faq, sender.rates
        turn.reaches_late = bool(sender.after_window) or namespace_of(session.customer_id).window is None
        received = {message.id for message in running.messages}
        turn.questions = questions(admission.answer, received, beginnings(running.kept))
        within = self.answer_within * len(turn.questions)
        # Only here: without an answer of the assistant, the customer sees no read mark and no typing indicator.
        # Nor one who waits for a person, whom the assistant may have nothing to tell.
        is_answered = not (admission.opted_out or turn.messages[0].is_timer or admission.waiting)
        receipts = self.receipts if is_answered else None
        with receipts(turn.messages[-1]) if receipts else nullcontext():
            if not is_async(sender.assistant):
                called = partial(consult, sender.assistant, turn)
                return await self.threads.call(called, within=within)
            awaited = AsyncTurn.of(turn, keeper=running, more=running.more)
            asked = consult_async(cast("AsyncAssistant", sender.assistant), awaited)
            return await in_time(asked, within=within)
