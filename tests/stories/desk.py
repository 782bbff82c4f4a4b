"""An agent at the desk, as the workers see one: agent actions as JSON in the intake."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from session.agent_actions import AgentAction, AgentActionType
from session.ids import new_id
from session.records import to_ms

if TYPE_CHECKING:
    from tests.stories.telling import Story

ALIA = "+201001234567"


@dataclass(frozen=True)
class Agent:
    """Somebody who answers customers."""

    story: "Story"
    name: str

    def takes_over(self, customer: str = ALIA, *, from_whom: str = "") -> AgentAction:
        """Takes over a conversation; `from_whom` is the agent who has it on this agent's screen."""
        return self.does(AgentActionType.TAKE_OVER, customer, holder=from_whom)

    def answers(self, text: str, customer: str = ALIA) -> AgentAction:
        """Answers, and hands the conversation back to the assistant."""
        return self.does(AgentActionType.ANSWER, customer, text=text)

    def answers_and_keeps_it(self, text: str, customer: str = ALIA) -> AgentAction:
        return self.does(AgentActionType.ANSWER, customer, text=text, keeps=True)

    def hands_back(self, customer: str = ALIA) -> AgentAction:
        return self.does(AgentActionType.HAND_BACK, customer)

    def closes(self, customer: str = ALIA) -> AgentAction:
        return self.does(AgentActionType.CLOSE, customer)

    def forgets(self, customer: str = ALIA) -> AgentAction:
        return self.does(AgentActionType.FORGET, customer)

    def does(self, action_type: AgentActionType, customer: str = ALIA, **more: Any) -> AgentAction:
        """Submits an action and does all the work that follows."""
        action = self.posts(action_type, customer, **more)
        self.story.work()
        return action

    def posts(self, action_type: AgentActionType, customer: str = ALIA, **more: Any) -> AgentAction:
        """Submits an action; no work is done yet."""
        now = to_ms(self.story.clock.now())
        fields = {"id": new_id(), "received_at": now} | more
        action = AgentAction(type=action_type, customer=customer, agent=self.name, **fields)
        self.posts_again(action)
        return action

    def posts_again(self, action: AgentAction) -> None:
        """The browser submits the same action again."""
        self.story.takes_in(action.to_json().encode(), source="desk", ordering_key=action.conversation)
