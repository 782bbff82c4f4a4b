"""What is sent to a hook, as types: a body, and the data of each kind of event. Pure."""

import json
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from session.models import State

#: Takes any text, also one with a lone surrogate: bytes in Redis that are no UTF-8.
_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Data(BaseModel):
    """The base of the data of all kinds."""

    model_config = ConfigDict(frozen=True)

    conversation: str | None = None
    customer: str | None = Field(None, description="The number or id, as in the API.")
    scope: str | None = Field(None, description="Of the sender, if it has one.")


class ReceivedMessage(BaseModel):
    """A message that a turn took."""

    id: str
    kind: str
    channel: str


class MessagesData(Data):
    """`messages.taken`: a turn took messages of a customer."""

    messages: tuple[ReceivedMessage, ...]
    replies: tuple[str, ...] = Field((), description="The ids of the replies that were queued.")
    session_created: bool = False
    state_before: State | None = None
    state: State | None = Field(None, description="Of the session, if it has changed.")
    escalated: bool = Field(default=False, description="The assistant asked for a person.")
    closed: bool = False
    why: str | None = Field(None, description="Why it was escalated or closed. A text.")
    consent: str | None = Field(None, description='"out" or "in", if the customer has opted out or in.')
    answers: str | None = Field(
        None, description="The row of a campaign that this is the first answer to, `<campaign>:<row>`."
    )
    approvals_asked: tuple[str, ...] = Field(
        (), description="What the assistant asks a person for, by its names."
    )


class RepliesData(Data):
    """`replies.queued`: replies were queued before their turn ended."""

    replies: tuple[str, ...]


class ReplyData(Data):
    """`reply.sent`, `reply.failed`, `reply.in_doubt`: what became of a reply."""

    reply: str
    channel: str | None = None
    template: str | None = None
    provider_id: str | None = None
    code: str | None = Field(None, description="Of the provider, or ours, if it failed.")
    why: str | None = Field(None, description="The words with the code. A text.")


class CancelledData(Data):
    """`replies.cancelled`: they are not sent, because a person took over, or the customer opted out."""

    replies: tuple[str, ...]
    channel: str | None = None


class StatusData(Data):
    """`reply.status`: a provider reported the progress of a reply."""

    reply: str
    state: str
    code: str | None = None
    why: str | None = Field(None, description="The words of the provider. A text.")
    sent_again: bool = False
    category: str | None = Field(None, description="The class of its price, as the provider names it.")
    billable: bool | None = None
    price_type: str | None = Field(
        None, description="In the words of the provider: `regular`, `free_customer_service`, ..."
    )
    counted: bool = Field(
        default=False,
        description="The first status that says that a reply with a price has arrived: once for each reply.",
    )
    cost_micros: int | None = Field(
        None, description="What it costs by the rate card, in millionths; only if it is counted."
    )
    currency: str | None = None
    country: str | None = Field(None, description="Of the customer, ISO 3166-1; only if it is counted.")
    sender: str | None = Field(None, description="Of the business; only if it is counted.")


class ActionData(Data):
    """`action.taken`: what an agent, a program or the system itself did."""

    action: str
    id: str
    by: str | None = Field(None, description="The agent; `api:<name>` for a program; none for the system.")
    declined: str | None = Field(None, description="Why it had no effect.")
    approval: str | None = Field(
        None, description="What was decided, by the name that the assistant gave it."
    )
    approved: bool | None = Field(None, description="Whether it was allowed.")
    approvals_asked: tuple[str, ...] = Field((), description="As in `messages.taken`.")
    replies: tuple[str, ...] = ()
    state_before: State | None = None
    state: State | None = None
    escalated: bool = False
    closed: bool = False
    why: str | None = Field(None, description="Why the session was escalated again, or closed. A text.")


class SessionData(Data):
    """`session.changed`: by an idle time-out, or by the session library."""

    session_created: bool = False
    state_before: State | None = None
    state: State | None = None
    escalated: bool = False
    closed: bool = False
    why: str | None = Field(None, description="Why it was escalated or closed. A text.")


class ConsentData(Data):
    """`consent.changed`: the provider says that the customer has opted out there."""

    consent: str


class TimersData(Data):
    """`timers.rang`: what an assistant had planned is due."""

    timers: tuple[str, ...]


class MergeData(Data):
    """`customer.moved`, `customer.merged`: two conversations turned out to be of one customer."""

    other: str = Field(description="The other name, masked.")


class TemplateData(Data):
    """`template.changed`: something about a message template."""

    template: str
    language: str
    account: str
    what: str
    before: str | None = None
    after: str
    by: str | None = Field(None, description="The program that has put or removed it.")
    why: str | None = Field(None, description="The reason of the provider. A text.")


class TroubleData(Data):
    """`account.trouble`: a provider warned of an account or a sender, or took that back."""

    trouble: str
    about: str
    code: str
    over: bool
    why: str | None = Field(None, description="The words of the provider. A text.")


class NoData(Data):
    """`customer.forgotten`, which names nobody, and `hook.test`."""


class HookBody(BaseModel):
    """What is sent."""

    id: str = Field(description="Of the event; the same whenever it is sent.")
    type: str
    timestamp: str = Field(description="When it happened.")
    data: dict[str, Any]

    def to_json(self) -> str:
        """Return the bytes that are signed, as a text; "?" for what is no character."""
        return _JSON.encode(self.model_dump()).encode("utf-8", "replace").decode()
