"""Agent actions: what an agent does to a conversation. They wait in the mailbox like messages and take effect in a turn.

Pure. `agent_rules` decides about their result, in the worker and nowhere before.
"""

from enum import StrEnum

from pydantic import Field

from session.conversations import conversation_of
from session.records import Kept, Ms

#: The holder of a conversation in which the business wrote from its own phone; no agent may have this name.
PHONE = "phone"
#: The beginning of a mailbox entry that is an action; any other entry is a message.
BEGINS = '{"deed":'


class AgentActionType(StrEnum):
    """What is done."""

    TAKE_OVER = "take_over"  # the assistant is silent, its unsent replies are cancelled
    ANSWER = "answer"  # a text is sent to the customer
    HAND_BACK = "hand_back"  # the assistant is active again
    CLOSE = "close"
    FORGET = "forget"
    ECHO = "echo"  # the business wrote from its own phone: the customer has the text already
    TIME_OUT = "time_out"  # no agent answered in time; done by the sweep


#: What an agent does at the desk; the rest is done by providers and by the sweep.
OF_AGENTS = frozenset(AgentActionType) - {AgentActionType.ECHO, AgentActionType.TIME_OUT}
#: These silence the assistant as soon as they are in the mailbox; an answer only if the assistant is active.
SILENCING = frozenset({AgentActionType.TAKE_OVER, AgentActionType.ANSWER, AgentActionType.ECHO})


class AgentAction(Kept):
    """One action on a conversation from outside."""

    #: the first field, "deed" in Redis, by which it is distinguished from a message in the mailbox
    type: AgentActionType = Field(alias="deed")
    id: str  #: identifies a repeated request
    customer: str
    scope: str = ""  #: scope of the sender, where several businesses share a deployment
    agent: str = ""  #: the agent; "" is the system itself
    received_at: Ms  #: ms since the epoch
    text: str = ""  #: of an answer or an echo
    keeps: bool = False  #: of an answer: the conversation stays with the agent
    #: of a takeover: the agent who had the conversation on the page, "" for none; it is declined if another agent
    #: has it by now
    holder: str = ""
    format: int | None = None  #: format of the record, see `records.FORMAT`; None is the first

    @property
    def conversation(self) -> str:
        """The conversation of the action."""
        return conversation_of(self.customer, self.scope)


class Declined(StrEnum):
    """Why an action had no effect; the event stream and the desk show it."""

    GONE = "gone"  # there is no session, or it is closed
    STATE = "state"  # it is not waiting for an agent
    HELD = "held"  # another agent has it
    WINDOW = "window"  # the customer service window is over
    OPTED_OUT = "opted_out"  # the customer has opted out
    FAILED = "failed"  # it could not be carried out, and is a dead letter
