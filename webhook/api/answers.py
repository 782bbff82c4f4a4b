"""What the API answers. Pure."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from session.content_parts import Kind, Role
from session.messages import DeliveryState
from session.models import State
from session.progress import Stage
from session.template_definitions import HeaderKind
from session.templates import ButtonKind

#: What connects the answers of the API with events.
_ActionId = Annotated[
    str, Field(description="As events and hooks name it; the replies of a message are `<action_id>.<n>`.")
]


class Accepted(BaseModel):
    """It is stored, and will take its turn. That may still decline it: ask what became of it."""

    id: str = Field(description="Of the message, or of the action.")
    action_id: _ActionId
    conversation: str


class SentMessage(BaseModel):
    """What became of a message."""

    id: str
    action_id: _ActionId
    conversation: str
    state: Stage
    reason: str | None = Field(
        None, description="Why it was declined or failed, as far as the latest events tell it."
    )


class ActionOutcome(BaseModel):
    """What an action has come to."""

    id: str
    action_id: _ActionId
    conversation: str
    state: Literal[Stage.ACCEPTED, Stage.DONE, Stage.DECLINED, Stage.UNKNOWN]
    reason: str | None = Field(None, description="Why it was declined.")


class ConversationSummary(BaseModel):
    """A conversation in a list."""

    id: str
    customer: str
    scope: str
    name: str | None = None
    state: State
    sender: str | None = Field(None, description="To which the customer wrote last.")
    held_by: str | None = Field(None, description="Who has it instead of the assistant.")
    waiting_since: datetime | None = None
    escalation: str | None = Field(None, description="Why the assistant asked for a person.")
    created_at: datetime
    last_activity: datetime
    window_until: datetime | None = Field(None, description="Until when free-form messages may be sent.")


class HistoryFile(BaseModel):
    """A file of a message."""

    mime_type: str
    filename: str | None = None
    size: int | None = None
    url: str | None = Field(
        None, description="Where it can be fetched for 28 hours, if the deployment has a public address."
    )
    words: str | None = Field(None, description="What was heard or seen in it.")


class HistoryItem(BaseModel):
    """What somebody said."""

    id: str
    role: Role
    by: str | None = Field(
        None, description="The agent; `api:<name>` for a program, `phone` or `app` for others."
    )
    at: datetime
    kind: Kind
    text: str
    content: dict[str, Any] = Field(description="The same in full: place, options, form, ...")
    files: list[HistoryFile] = []
    state: DeliveryState | None = Field(None, description="How far a message to the customer has come.")
    edited_at: datetime | None = None
    deleted_at: datetime | None = None


class Conversation(ConversationSummary):
    """A conversation with its history."""

    opted_out: bool = Field(description="Nothing is sent until the customer writes START.")
    marketing: Literal["stop", "resume"] | None = Field(
        None, description="The wish about marketing messages."
    )
    language: str | None = None
    known: dict[str, Any]
    messages: int = Field(description="Of the customer, in this session.")
    history: list[HistoryItem] = Field(description="The latest, oldest first.")


class ConversationList(BaseModel):
    """A page of conversations."""

    conversations: list[ConversationSummary]
    next: str | None = Field(None, description="The cursor of the next page; null: there is none.")
    complete: bool = Field(description="Whether the pages contain all there are.")


class TimerSummary(BaseModel):
    """What an assistant has planned."""

    id: str = Field(description="A timer that replaces one of its name has another id.")
    name: str
    at: datetime = Field(description="When it rings.")
    meant: datetime = Field(
        description="When it was meant to; it rings later if the hours of the sender have put it off."
    )
    set_at: datetime
    text: str
    payload: Any = Field(None, description="What the assistant has passed with it.")
    until_takeover: bool = Field(description="Whether a takeover cancels it.")
    outlives_close: bool = Field(description="Whether the end of the session does not.")


class TimerList(BaseModel):
    """The timers of a conversation."""

    timers: list[TimerSummary]


class ApprovalSummary(BaseModel):
    """What an assistant asks a person for."""

    id: str = Field(description="What is asked anew under its name has another id.")
    name: str
    asked_at: datetime
    until: datetime = Field(description="When it is over without a decision.")
    text: str
    data: Any = Field(None, description="What the assistant has passed with it.")


class ApprovalList(BaseModel):
    """What a conversation waits for a person to allow."""

    approvals: list[ApprovalSummary]


class TemplateHeader(BaseModel):
    """The header of a message template."""

    kind: HeaderKind
    text: str = Field(description="Of a text; of a file at Twilio, its address.")


class TemplateForm(BaseModel):
    """A button of a message template."""

    title: str
    needs: ButtonKind | None = Field(None, description="What a message gives it.")
    url: str | None = None
    payload: str | None = None


class TemplateDefinition(BaseModel):
    """A message template in one language, as an account has it."""

    account: str
    name: str
    language: str
    status: str = Field(description="In the words of the provider.")
    sendable: bool = Field(description="Whether the status allows to send it.")
    why: str | None = Field(None, description="The provider's reason for the status.")
    category: str | None = None
    quality: str | None = None
    id: str | None = Field(None, description="The provider's own.")
    complete: bool = Field(
        description="False: only a change of it was reported, and its parts are not known."
    )
    header: TemplateHeader | None = None
    body: str
    footer: str | None = None
    buttons: list[TemplateForm]
    parameters: list[str] = Field(description="Of the body, in order.")


class TemplateList(BaseModel):
    """A page of message templates."""

    templates: list[TemplateDefinition]
    pulled: list[str] = Field(
        description="Accounts that were read at the provider. What is not here of one does not exist."
    )
    next: str | None = Field(None, description="The cursor of the next page; null: there is none.")


class DeadLetterSummary(BaseModel):
    """Something that was given up, without its content."""

    id: str
    kind: str
    why: str
    at: datetime
    conversation: str | None = None


class DeadLetterList(BaseModel):
    """A page of dead letters."""

    letters: list[DeadLetterSummary]
    next: str | None = Field(None, description="The cursor of the next page; null: there is none.")
