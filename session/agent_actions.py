"""What a person does to a conversation: it lies in the mailbox like a message, and takes effect in its turn.

Values only. `agent_rules` decides what they come to; who may do what is asked there, in the worker, and nowhere before.
"""

from enum import StrEnum

from pydantic import Field

from session.conversations import conversation_of
from session.records import Kept, Ms

#: Who holds a conversation in which the business wrote from its own phone; no agent of the desk may be called so.
PHONE = "phone"
#: How an entry of a mailbox begins that is an action; any other is a message.
BEGINS = '{"deed":'


class AgentActionType(StrEnum):
    """What is done."""

    TAKE_OVER = "take_over"  # the assistant is silent, what it has not sent yet is cancelled
    ANSWER = "answer"  # something is said to the customer
    HAND_BACK = "hand_back"  # the assistant talks again
    CLOSE = "close"
    FORGET = "forget"
    ECHO = "echo"  # the business wrote from its own phone: the customer has it already
    TIME_OUT = "time_out"  # no agent answered in time; done by the house itself


#: These silence the assistant as soon as they are in the mailbox; an answer only where the assistant talks.
SILENCING = frozenset({AgentActionType.TAKE_OVER, AgentActionType.ANSWER, AgentActionType.ECHO})


class AgentAction(Kept):
    """One thing that is done to a conversation from outside of it."""

    #: the first field, "deed" in Redis, by which an entry of a mailbox is told from a message
    type: AgentActionType = Field(alias="deed")
    id: str  #: what a repeated request is known by
    customer: str
    scope: str = ""  #: of the sender, where several businesses share a deployment
    agent: str = ""  #: who does it; "" is the house itself
    received_at: Ms  #: ms since the epoch
    text: str = ""  #: of an answer or an echo
    keeps: bool = False  #: of an answer: the conversation stays with the agent
    #: of a takeover: who had the conversation when the agent decided, "" for nobody; it is declined if somebody
    #: else has it by now
    holder: str = ""
    format: int | None = None  #: of the record, see `records.FORMAT`; None is the first

    @property
    def conversation(self) -> str:
        """The conversation to which it is done."""
        return conversation_of(self.customer, self.scope)


class Declined(StrEnum):
    """Why an action came to nothing; the event stream says it, and the desk shows it."""

    GONE = "gone"  # nothing is kept of the conversation, or it is closed
    STATE = "state"  # it is not waiting for an agent
    HELD = "held"  # somebody else has it
    WINDOW = "window"  # the customer wrote more than 24 hours ago
    OPTED_OUT = "opted_out"  # the customer wants nothing to be sent
    FAILED = "failed"  # it could not be carried out, and is kept as a dead letter
