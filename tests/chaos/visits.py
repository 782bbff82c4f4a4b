"""What an agent does who turns to a conversation: a list of steps, thrown with dice. Posts nothing."""

import random
from dataclasses import dataclass

from session.agent_actions import AgentActionType


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One action, and how long the agent hesitates before it."""

    type: AgentActionType
    agent: str
    pause: float = 0  #: seconds
    keeps: bool = False
    holder: str = ""  #: who has the conversation, as this agent saw it


def visit(dice: random.Random, *, agent: str, rival: str, holder: str) -> list[Step]:
    """Return what `agent` does in a conversation that `holder` seems to have; `rival` may come at the same moment."""
    chance = dice.random()
    if chance < 0.5:
        return [
            Step(type=AgentActionType.TAKE_OVER, agent=agent, holder=holder),
            *_answers(dice, agent, dice.randint(0, 3)),
            *_farewell(dice, agent),
        ]
    if chance < 0.75:
        # An answer written while the assistant has the conversation takes it over.
        return [*_answers(dice, agent, 1), *_farewell(dice, agent)]
    if chance < 0.8:
        return [Step(type=AgentActionType.HAND_BACK, agent=agent)]
    both = (agent, rival)
    return [
        *(Step(type=AgentActionType.TAKE_OVER, agent=one, holder=holder) for one in both),
        *(Step(type=AgentActionType.ANSWER, agent=one, keeps=True) for one in reversed(both)),
        *(Step(type=AgentActionType.HAND_BACK, agent=one, pause=_moment(dice)) for one in both),
    ]


def _answers(dice: random.Random, agent: str, count: int) -> list[Step]:
    return [
        Step(type=AgentActionType.ANSWER, agent=agent, pause=_moment(dice), keeps=True) for _ in range(count)
    ]


def _farewell(dice: random.Random, agent: str) -> list[Step]:
    """Return how an agent leaves: hands back, answers for the last time, closes, or just goes away."""
    action_type = dice.choice(
        [
            AgentActionType.HAND_BACK,
            AgentActionType.HAND_BACK,
            AgentActionType.ANSWER,
            AgentActionType.ANSWER,
            AgentActionType.CLOSE,
            None,
        ]
    )
    return [Step(type=action_type, agent=agent, pause=_moment(dice))] if action_type else []


def _moment(dice: random.Random) -> float:
    """Return nothing, as often as not, so that actions meet in one mailbox; else up to a second."""
    return dice.choice([0, dice.uniform(0, 1)])
