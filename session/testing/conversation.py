"""Several turns in a row, as a deployment would take them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from session.admission import Admission
from session.agent_actions import AgentAction, AgentActionType
from session.consulting import Assistant, AsyncAssistant
from session.conversations import conversation_of
from session.deciding import admit_decision, settle_decision
from session.faq import NO_FAQ, Faq
from session.hours import ALWAYS, Hours
from session.limits import Usages
from session.messages import Message
from session.models import Member, Session, new_session
from session.outgoing import TurnContext
from session.policy import Policy
from session.rates import NO_RATES, Rates
from session.reachable import Reachable, Waits
from session.records import from_ms, to_ms
from session.ringing import admit_turn
from session.steps import MemoryKeeper
from session.testing.answers import Answer, answer_of, effects_of
from session.testing.messages import CUSTOMER, NOW, messages_of
from session.testing.turns import WINDOW, reads
from session.timers import Planned, TimerRecord, read_timers
from session.turn import Catalogue, Effects, SearchBudget, Turn
from session.turn_result import TurnResult, settle
from session.waiting import ONLY_WAITS, WhileWaiting, questions


class Conversation:
    """A customer who writes to an assistant, turn by turn."""

    def __init__(
        self,
        assistant: Assistant | AsyncAssistant,
        *,
        known: Mapping[str, Any] | None = None,
        language: str | None = None,
        member: Member | None = None,
        kind: str = "",
        catalogue: Catalogue | None = None,
        searches_left: int = 30,
        customer: str = CUSTOMER,
        now: datetime = NOW,
        files: Mapping[str, bytes] | None = None,
        hours: Hours = ALWAYS,
        waits: Waits = Waits(),  # noqa: B008  (it is frozen)
        faq: Faq = NO_FAQ,
        rates: Rates = NO_RATES,
        meanwhile: WhileWaiting = ONLY_WAITS,
        wants_human: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """Take the assistant; `files` are what `turn.read` finds, by `medium.stored`.

        `hours` say when timers may ring and people are there, `waits` how long others waited for a person today. `faq` answers
        questions about the business, `rates` convert other currencies. `meanwhile` says what may happen while a person is
        awaited: which texts bring the assistant back, and whether it is asked; what by `wants_human` had asked for the person
        is not asked again then.
        """
        fresh = new_session(conversation_of(customer), id="s0", now=now, agent_id="default")
        self.session: Session = fresh.change(member=member).change_context(
            extracted_info=fresh.context.extracted_info.updated(dict(known or {})), language=language
        )
        self.now = now  #: may be changed between two turns
        self.searches_left = searches_left
        self._assistant = assistant
        self._kind = kind
        self.catalogue = catalogue
        self._customer = customer
        self._turns = count(1)
        self._read_media = reads(files or {})
        self._hours, self._waits, self._faq, self._meanwhile = hours, waits, faq, meanwhile
        self._rates, self._wants_human = rates, wants_human
        self._timers: dict[str, TimerRecord] = {}

    @property
    def timers(self) -> dict[str, Planned]:
        """The timers that wait and the approvals that are open, by their names."""
        return {name: Planned.of(record) for name, record in self._timers.items()}

    def passes(self, time: timedelta) -> list[Answer]:
        """Let time pass, and timers ring when they are due; return the answers to them, in order."""
        until, answers = self.now + time, list[Answer]()
        while due := [one for one in self._timers.values() if from_ms(one.at) <= until]:
            first = min(due, key=lambda record: (record.at, record.content.name))
            self.now = max(self.now, from_ms(first.at))
            rang = first.message.model_copy(update={"received_at": to_ms(self.now)})
            answers.append(self._take([rang]))
        self.now = until
        return answers

    def says(self, *said: str | Message) -> Answer:
        """Write texts or messages that arrive together; return the answer.

        While an agent has the conversation, and for kinds that need no answer, the assistant is not called.
        """
        return self._take(messages_of(said, self._customer, before=self.session.message_count))

    def decides(self, name: str, *, approved: bool = True, by: str = "mona", note: str = "") -> Answer:
        """Let somebody decide about an open approval; return what the assistant does. Raises `KeyError` if it is not open."""
        action = AgentAction(
            type=AgentActionType.DECIDE,
            id=f"decide:{name}",
            customer=self._customer,
            agent=by,
            received_at=to_ms(self.now),
            text=note,
            timer=self._timers[name].message.id,
            approved=approved,
        )
        context = self._context()
        admission = admit_decision(self.session, action, context, opted_out=False)
        if admission is None:
            raise KeyError(name)
        effects, keeper = self._asked(admission, context)
        return self._settled(settle_decision(admission, effects, action, context, kept=keeper.kept), effects)

    def _take(self, messages: Sequence[Message]) -> Answer:
        context = self._context()
        admission = admit_turn(
            self.session,
            messages,
            self._timers,
            Usages(),
            hours=self._hours,
            wants_human=self._wants_human,
            now=self.now,
            new_id=f"s{context.fence}",
            policy=context.policy,
            meanwhile=self._meanwhile,
        )
        effects, keeper = self._asked(admission, context, received=messages)
        return self._settled(settle(admission, effects, messages, context, kept=keeper.kept), effects)

    def _context(self) -> TurnContext:
        number = next(self._turns)
        return TurnContext(
            turn=f"t{number}",
            fence=number,
            now=self.now,
            policy=Policy(),
            render=lambda _, reply: (reply,),
            timers=self._timers,
            reachable=Reachable.by(self._hours, self.now, self._waits),
        )

    def _asked(
        self, admission: Admission, context: TurnContext, received: Sequence[Message] = ()
    ) -> tuple[Effects, MemoryKeeper]:
        effects, keeper = Effects(), MemoryKeeper(to_ms(self.now))
        if admission.answer and admission.session:
            turn = Turn(
                session=admission.session,
                messages=admission.answer,
                now=self.now,
                budget=SearchBudget(left=self.searches_left, again_in=WINDOW),
                kind=self._kind,
                catalogue=self.catalogue,
                keeper=keeper,
            )
            turn.read_media, turn.hours, turn.known_timers = self._read_media, self._hours, self._timers
            turn.reachable, turn.waiting = context.reachable, admission.waiting
            turn.faq, turn.rates = self._faq, self._rates
            turn.questions = questions(admission.answer, {message.id for message in received})
            effects = effects_of(self._assistant, turn)
        self.searches_left -= len(effects.searches)
        return effects, keeper

    def _settled(self, settled: TurnResult, effects: Effects) -> Answer:
        self.session = settled.session or self.session
        left = {name: record for name, record in self._timers.items() if name not in settled.timers.written}
        written = [part for change in settled.timers.written.items() if change[1] for part in change]
        self._timers = left | read_timers(written)
        own = [*effects.said, *effects.replies]
        return replace(
            answer_of(effects, self.session, ids=[delivery.id for delivery in settled.deliveries]),
            notices=tuple(sent.reply for sent in settled.deliveries if sent.reply not in own),
        )
