"""An agent at the desk, as the workers see one: agent actions as JSON in the intake."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from session.actions import Action, Deed
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

    def takes_over(self, customer: str = ALIA, *, from_whom: str = "") -> Action:
        """Takes over a conversation; `from_whom` is the agent who has it on this agent's screen."""
        return self.does(Deed.TAKE_OVER, customer, holder=from_whom)

    def answers(self, text: str, customer: str = ALIA) -> Action:
        """Answers, and hands the conversation back to the assistant."""
        return self.does(Deed.ANSWER, customer, text=text)

    def answers_and_keeps_it(self, text: str, customer: str = ALIA) -> Action:
        return self.does(Deed.ANSWER, customer, text=text, keeps=True)

    def hands_back(self, customer: str = ALIA) -> Action:
        return self.does(Deed.HAND_BACK, customer)

    def closes(self, customer: str = ALIA) -> Action:
        return self.does(Deed.CLOSE, customer)

    def forgets(self, customer: str = ALIA) -> Action:
        return self.does(Deed.FORGET, customer)

    def does(self, deed: Deed, customer: str = ALIA, **more: Any) -> Action:
        """Submits an action and does all the work that follows."""
        action = self.posts(deed, customer, **more)
        self.story.work()
        return action

    def posts(self, deed: Deed, customer: str = ALIA, **more: Any) -> Action:
        """Submits an action; no work is done yet."""
        now = to_ms(self.story.clock.now())
        fields = {"id": new_id(), "received_at": now} | more
        action = Action(deed=deed, customer=customer, agent=self.name, **fields)
        self.posts_again(action)
        return action

    def posts_again(self, action: Action) -> None:
        """The browser submits the same action again."""
        self.story.takes_in(action.to_json().encode(), source="desk", ordering_key=action.conversation)
