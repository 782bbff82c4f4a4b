"""A turn while its assistant is at work: what must not be done twice is kept at once, and further messages may join."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any, TypeVar

from session.admission import Admission
from session.agent_actions import AgentActionType
from session.async_turn import Joined
from session.clock import Clock
from session.errors import TurnLost
from session.hearing import consent_of
from session.leases import Stale, TurnTaken
from session.messages import Message, Route
from session.outgoing import TurnContext, deliveries_of
from session.pauses import sender_of
from session.replies import Reply
from session.results import NoRoom
from session.store import AsyncRunner, RunningTurnStore
from worker.preparation import Preparation, is_over
from worker.senders import OnNewMessage

_T = TypeVar("_T")

#: Adds messages to the session as it was before the turn.
Admit = Callable[[Sequence[Message]], Admission]


@dataclass(kw_only=True, eq=False, repr=False)
class RunningTurn:
    """One turn. It keeps steps and early replies for a coroutine: see `session.steps.AsyncKeeper`."""

    run: AsyncRunner
    store: RunningTurnStore
    clock: Clock
    conversation: str
    taken: TurnTaken
    wake_delivery: Callable[[str], None]
    preparation: Preparation
    messages: Sequence[Message]  #: those of the turn; they grow when more join
    admission: Admission | None = field(default=None, init=False)  #: of these messages
    on_new_message: OnNewMessage = field(default="after", init=False)
    over: bool = field(default=False, init=False)  #: nothing more is kept
    in_steps: int = field(default=0, init=False)  #: steps that have begun and are not kept yet
    step_ended: Callable[[], None] | None = field(default=None, init=False)  #: called when one is kept
    kept: dict[str, str] = field(init=False)
    said: int = field(default=0, init=False)  #: deliveries of early replies that this run has queued
    _context: TurnContext | None = field(default=None, init=False)
    _admit: Admit | None = field(default=None, init=False)
    _writing: set[asyncio.Task[Any]] = field(default_factory=set, init=False)

    @property
    def is_interruptible(self) -> bool:
        """Whether an agent or a STOP ends the assistant. Every other action is carried out, a decision too, whatever comes meanwhile."""
        action = self.taken.action
        return action is None or action.type is AgentActionType.TIME_OUT

    def __post_init__(self) -> None:
        self.kept = dict(self.taken.kept)

    def begins(self, context: TurnContext, admit: Admit, on_new_message: OnNewMessage) -> Admission:
        """Admit the messages, and note what early replies and joining messages need; the assistant is called next."""
        self._context, self._admit = context, admit
        # After a failure messages are tried one by one; a timer always has a turn of its own.
        if self.taken.attempt == 1 and not self.taken.crashes and not self.messages[0].is_timer:
            self.on_new_message = on_new_message
        self.admission = admit(self.messages)
        return self.admission

    @contextmanager
    def in_step(self) -> Iterator[None]:
        """Let the turn not begin anew while a step is in progress: its effect would happen again."""
        self._check()
        self.in_steps += 1
        try:
            yield
        finally:
            self.in_steps -= 1
            if self.step_ended:
                self.step_ended()

    async def keep(self, field: str, value: str) -> str:
        """Keep a step; return what is kept."""
        return await self._to_its_end(self._keep(field, value))

    async def say(self, field: str, reply: Reply) -> bool:
        """Queue an early reply unless it was before; False if that is possible only when the turn ends."""
        return await self._to_its_end(self._say(field, reply))

    async def ready(self, replies: Sequence[Reply], *, route: Route, late: bool) -> list[Reply]:
        """Return replies as they are queued; see `Preparation.of`."""
        return await self.preparation.of(self.conversation, replies, route=route, late=late)

    async def written(self) -> None:
        """Wait until nothing is being kept: what an assistant was cancelled in is known then."""
        if self._writing:
            await asyncio.wait(set(self._writing))

    async def _to_its_end(self, writing: Coroutine[Any, Any, _T]) -> _T:
        """Carry out a write, also if whoever waits for it is cancelled."""
        task = asyncio.create_task(writing)
        self._writing.add(task)
        task.add_done_callback(self._written)
        return await asyncio.shield(task)

    def _written(self, task: "asyncio.Task[Any]") -> None:
        self._writing.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waits for it has it as well, unless nobody waits any more

    async def _keep(self, field: str, value: str) -> str:
        self._check()
        kept = await self.run(self.store.keep(self.conversation, self.taken.lease, field, value))
        if isinstance(kept, Stale):
            raise TurnLost("the turn is another worker's by now; the step was not kept")
        self.kept[field] = kept
        return kept

    async def _say(self, field: str, reply: Reply) -> bool:
        self._check()
        if field in self.kept:
            return True
        if self.taken.action:
            return False  # the customer hears first what the turn is about
        assert self._context is not None  # noqa: S101  (an assistant has begun)
        assert self.admission is not None  # noqa: S101  (the same)
        session = self.admission.session
        assert session is not None  # noqa: S101  (there is something to answer, so there is a session)
        if self.admission.opted_out:
            return True  # like every reply of this turn
        policy = self._context.policy
        assert session.route is not None  # noqa: S101  (the customer has written)
        late = is_over(session, self.clock.now())
        (reply,) = await self.ready([reply], route=session.route, late=late)
        self._check()
        if self.taken.opted_out or any(consent_of(one, policy) == "out" for one in self.messages):
            return False  # the customer is back with this turn: until its end nothing is sent
        deliveries = deliveries_of(
            self._context,
            reply,
            route=session.route,
            conversation=self.conversation,
            window_until=session.window_until,
            came=min(message.received_at for message in self.messages),
            first=self.said,
        )
        # Counted before the answer: if it is lost, the ids are not used for others.
        self.said += len(deliveries)
        said = await self.run(
            self.store.say(self.conversation, self.taken.lease, field, reply, deliveries, at=self.clock.now())
        )
        if isinstance(said, Stale):
            raise TurnLost("the turn is another worker's by now; nothing was said")
        if isinstance(said, NoRoom):
            return False
        self.kept[field] = said.value
        if said.wake_delivery:
            self.wake_delivery(self.conversation)
        return True

    async def more(self) -> Joined | None:
        """Let what has come meanwhile join the turn; None if nothing does."""
        self._check()
        if self.on_new_message != "join" or self.admission is None:
            return None
        sender = sender_of(self.messages[-1].route)
        # A message through another sender may be for another assistant.
        new = list(takewhile(lambda one: sender_of(one.route) == sender, await self._waiting()))
        if not new:
            return None
        self._check()
        assert self._admit is not None  # noqa: S101  (an assistant has begun)
        answered = len(self.admission.answer)
        self.messages = (*self.messages, *new)
        self.admission = self._admit(self.messages)
        if len(self.admission.answer) == answered:
            return None  # none of them is for the assistant
        assert self.admission.session is not None  # noqa: S101  (there is something to answer)
        return Joined(session=self.admission.session, messages=self.admission.answer)

    async def would_grow(self) -> bool:
        """Return whether the assistant would have more messages if the turn began now."""
        # One whose medium is to be fetched too: the turn that begins anew waits for it.
        new = await self._waiting(unfetched=True)
        if not new or self._admit is None or self.admission is None:
            return False
        return len(self._admit([*self.messages, *new]).answer) > len(self.admission.answer)

    async def _waiting(self, *, unfetched: bool = False) -> Sequence[Message]:
        """Return the messages that have come meanwhile, as far as the turn has room for them; see `RunningTurnStore.more`."""
        taken = len(self.messages)
        more = await self.run(
            self.store.more(self.conversation, self.taken.lease, taken=taken, unfetched=unfetched)
        )
        if isinstance(more, Stale):
            raise TurnLost("the turn is another worker's by now; no message joins it")
        if more.replies:
            states = self.taken.states
            known = replace(states, replies={**states.replies, **more.replies})
            self.taken = replace(self.taken, states=known)
        return more.messages

    def _check(self) -> None:
        if self.over:
            raise TurnLost("the turn has ended without this assistant")


class Blocking:
    """Keeps the same for an assistant that runs in a thread: each call waits for the loop."""

    def __init__(self, running: RunningTurn, loop: asyncio.AbstractEventLoop) -> None:
        self._running = running
        self._loop = loop

    @contextmanager
    def in_step(self) -> Iterator[None]:
        """Do as `RunningTurn.in_step`."""
        step = self._running.in_step()

        async def begin() -> None:
            step.__enter__()

        self._wait(begin())
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(step.__exit__, None, None, None)

    def keep(self, field: str, value: str) -> str:
        """Keep a step; return what is kept."""
        kept: str = self._wait(self._running.keep(field, value))
        return kept

    def say(self, field: str, reply: Reply) -> bool:
        """Queue an early reply unless it was before; False if the outbox has no room."""
        said: bool = self._wait(self._running.say(field, reply))
        return said

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
