"""Agent actions: what an agent or an API client does to a conversation. They wait in the mailbox like messages and take effect in a turn.

Pure. `agent_rules` decides about their result, in the worker and nowhere before.
"""

from enum import StrEnum
from typing import Any

from pydantic import Field

from session.contents import Content
from session.conversations import conversation_of
from session.files import File
from session.history import HistoryEntry
from session.marketing import Marketing
from session.records import Kept, Ms, left_out
from session.replies import Reply

#: The holder of a conversation in which the business wrote from its own phone, and of one that another app has; no agent
#: may have these names.
PHONE, APP = "phone", "app"
RESERVED = frozenset({PHONE, APP})
#: What the name of an API client begins with where an agent's name may stand; the name of its token follows.
CLIENT = "api:"
#: The same for a campaign.
CAMPAIGN = "campaign:"
#: How the ids begin of what programs send.
OF_PROGRAM = "api-"
#: The beginning of a mailbox entry that is an action; any other entry is a message.
BEGINS = '{"deed":'


class AgentActionType(StrEnum):
    """What is done."""

    TAKE_OVER = "take_over"  # the assistant is silent, its unsent replies are cancelled
    ANSWER = "answer"  # a text is sent to the customer
    HAND_BACK = "hand_back"  # the assistant is active again
    CLOSE = "close"
    FORGET = "forget"
    CANCEL_TIMER = "cancel_timer"  # what the assistant has planned is not done
    RING_TIMER = "ring_timer"  # it is done now: records were loaded for which it waits
    DECIDE = (
        "decide"  # a yes or a no to what the assistant has asked for; it carries that out in the same turn
    )
    ECHO = "echo"  # the business wrote from its own phone: the customer has the text already
    TIME_OUT = "time_out"  # no agent answered in time; done by the sweep
    CONTROL_TAKEN = "control_taken"  # another app has the conversation
    CONTROL_PASSED = "control_passed"  # it has it no more
    OVERHEARD = "overheard"  # another app wrote: the customer has the text already
    PAST = "past"  # messages from before the sender was connected
    PREFERENCE = "preference"  # what the customer wishes about marketing messages
    MERGE_OUT = "merge_out"  # the customer is known by another name: everything goes to that conversation
    MERGE = "merge"  # what comes from such a conversation becomes a part of this one
    SEND = "send"  # another program writes to the customer, through the API
    AMEND = "amend"  # it changes what is known of the customer


#: The two sides of a merge: they have one id, and no result of `agent_rules`.
OF_MERGES = frozenset({AgentActionType.MERGE_OUT, AgentActionType.MERGE})
#: What an agent does at the desk; the rest is done by providers and by the sweep.
OF_AGENTS = frozenset(
    {
        AgentActionType.TAKE_OVER,
        AgentActionType.ANSWER,
        AgentActionType.HAND_BACK,
        AgentActionType.CLOSE,
        AgentActionType.FORGET,
        AgentActionType.CANCEL_TIMER,
        AgentActionType.DECIDE,
    }
)
#: What only an API client does; of what agents do, it may do anything but answer.
OF_CLIENTS = frozenset({AgentActionType.SEND, AgentActionType.AMEND})
#: What the system does by itself.
OF_SYSTEM = frozenset({AgentActionType.TIME_OUT, AgentActionType.RING_TIMER})
#: What providers report.
OF_PROVIDERS = frozenset(AgentActionType) - OF_AGENTS - OF_CLIENTS - OF_MERGES - OF_SYSTEM
#: These silence the assistant as soon as they are in the mailbox; an answer only if the assistant is active.
SILENCING = frozenset(
    {
        AgentActionType.TAKE_OVER,
        AgentActionType.ANSWER,
        AgentActionType.ECHO,
        AgentActionType.CONTROL_TAKEN,
        AgentActionType.OVERHEARD,
    }
)
#: Those that releases of the first format do not know. Those of clients have the third one.
_OF_FORMAT_2 = (OF_PROVIDERS | OF_MERGES) - {AgentActionType.ECHO}


class AgentAction(Kept):
    """One action on a conversation from outside."""

    #: the first field, "deed" in Redis, by which it is distinguished from a message in the mailbox
    type: AgentActionType = Field(alias="deed")
    id: str  #: identifies a repeated request
    customer: str
    also: tuple[str, ...] = left_out(())  #: of an echo: other names of the customer that its body shows
    scope: str = ""  #: scope of the sender, where several businesses share a deployment
    agent: str = ""  #: the agent; "" is the system itself
    received_at: Ms  #: ms since the epoch
    text: str = ""  #: of an answer, an echo or something overheard; of a DECIDE, a note for the assistant
    media: File | None = None  #: of an answer: a file in the media store, whose caption is the text
    content: Content | None = None  #: of an echo or something overheard, if it is more than a text
    keeps: bool = False  #: of an answer: the conversation stays with the agent
    #: of a takeover: the agent who had the conversation on the page, "" for none; it is declined if another agent
    #: has it by now
    holder: str = ""
    past: tuple[HistoryEntry, ...] = ()  #: of PAST: the messages
    marketing: Marketing | None = None  #: of a PREFERENCE
    #: of CANCEL_TIMER and RING_TIMER: the id of the message of the timer; of DECIDE: that of the approval
    timer: str = left_out("")
    approved: bool = left_out(default=False)  #: of a DECIDE
    other: str = left_out("")  #: of a merge: the customer's other name, where the data goes or comes from
    #: of a merge because a number or id has changed: the new address, in the form of `Route.address`; "" if it has not
    moved_to: str = left_out("")
    reply: Reply | None = None  #: of a SEND; of an answer that is a message template
    #: of a SEND: the sender through which it goes, "<channel>:<sender>"; "": that of the customer's latest message
    sender: str = left_out("")
    unless_agent: bool = left_out(default=False)  #: of a SEND: not while the conversation is with a person
    known: dict[str, Any] = left_out({})  #: of an AMEND: facts by name
    withdrawn: tuple[str, ...] = left_out(())  #: of an AMEND: names of facts that are not known any more
    format: int | None = None  #: format of the record, see `records.FORMAT`; None is the first

    @property
    def needs_format(self) -> int:
        """The first format that has everything that is in it."""
        if self.type in OF_CLIENTS or self.reply or self.timer:
            return 3
        more = self.content or self.media or self.type in _OF_FORMAT_2
        return 2 if more else 1

    @property
    def says(self) -> Reply:
        """What an answer or a SEND says."""
        return self.reply or Reply(text=self.text, media=self.media)

    @property
    def conversation(self) -> str:
        """The conversation of the action."""
        return conversation_of(self.customer, self.scope)


def is_reserved(name: str) -> bool:
    """Whether no agent may have a name, because it is that of another app, the phone, an API client or a campaign."""
    return name.casefold() in RESERVED or name.casefold().startswith((CLIENT, CAMPAIGN))


class Declined(StrEnum):
    """Why an action had no effect; the event stream and the desk show it."""

    GONE = "gone"  # there is no session, or it is closed; the timer has rung, the approval is decided, or another has replaced it
    TEMPLATE = "template"  # the message template cannot be sent: it is not approved any more, or has other parameters
    STATE = "state"  # it is not waiting for an agent
    HELD = "held"  # another agent has it
    WINDOW = "window"  # the customer service window is over
    OPTED_OUT = "opted_out"  # the customer has opted out
    MARKETING = "marketing"  # the template is marketing, and the customer wishes none
    TWICE = "twice"  # the customer has another row of the same campaign, under another name
    SENDER = "sender"  # it is not known through which sender, or that is not one of this business
    FULL = "full"  # more would be known of the customer than is kept
    FAILED = "failed"  # it could not be carried out, and is a dead letter
