"""Several turns in a row, as a deployment would take them."""

from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import Any

from session.admission import admit
from session.consulting import Assistant, AsyncAssistant
from session.conversations import conversation_of
from session.limits import Usages
from session.messages import Message
from session.models import Member, Session, new_session
from session.outgoing import TurnContext
from session.policy import Policy
from session.records import to_ms
from session.steps import MemoryKeeper
from session.testing.answers import Answer, answer_of, effects_of
from session.testing.messages import CUSTOMER, NOW, messages_of
from session.testing.turns import WINDOW
from session.turn import Catalogue, Effects, SearchBudget, Turn
from session.turn_result import settle


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
    ) -> None:
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

    def says(self, *said: str | Message) -> Answer:
        """Write texts or messages that arrive together; return the answer.

        While an agent has the conversation, and for kinds that need no answer, the assistant is not called.
        """
        number = next(self._turns)
        policy = Policy()
        messages = messages_of(said, self._customer, before=self.session.message_count)
        admission = admit(
            self.session,
            messages,
            Usages(),
            now=self.now,
            new_id=f"s{number}",
            policy=policy,
            wants_human=lambda _: False,
        )
        effects, keeper = Effects(), MemoryKeeper(to_ms(self.now))
        if admission.answer and admission.session:
            effects = effects_of(
                self._assistant,
                Turn(
                    session=admission.session,
                    messages=admission.answer,
                    now=self.now,
                    budget=SearchBudget(left=self.searches_left, again_in=WINDOW),
                    kind=self._kind,
                    catalogue=self.catalogue,
                    keeper=keeper,
                ),
            )
        self.searches_left -= len(effects.searches)
        settled = settle(
            admission,
            effects,
            messages,
            TurnContext(
                turn=f"t{number}",
                fence=number,
                now=self.now,
                policy=policy,
                render=lambda _, reply: (reply,),
            ),
            kept=keeper.kept,
        )
        self.session = settled.session or self.session
        return answer_of(effects, self.session)
