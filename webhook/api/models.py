"""What requests to the API contain. Pure. Names that are not known are refused, because they are slips of the pen."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from session.api_tokens import MAIN_SENDER
from session.bounds import LONGEST_TEXT
from session.files import LONGEST_URL, FileKind

#: A text without the characters that no provider takes.
Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
#: Something that a customer taps; longer ones are cut as the provider demands.
Title = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
_Id = Annotated[Text, StringConstraints(min_length=1, max_length=256)]
Words = Annotated[Text, StringConstraints(max_length=1000)]
_Parameter = Annotated[Text, StringConstraints(min_length=1, max_length=1024)]
_Url = Annotated[Text, StringConstraints(max_length=LONGEST_URL, pattern=r"^https?://[^\s/]+\S*$")]
Scope = Annotated[
    str,
    Field(
        max_length=32,
        pattern=r"^[a-z0-9_-]*$",
        description=f"The business, as SENDERS_FILE names it; `{MAIN_SENDER}`: senders without one. Not needed by a token of one business.",
    ),
]
Customer = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=140,
        description="A phone number with + and country code, an id of WhatsApp, or `telegram:<id>`.",
        examples=["+201001234567"],
    ),
]


TemplateName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,511}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Za-z0-9]{2,8})?$", examples=["en_US"])]


class Asked(BaseModel):
    """The base of what is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NewButton(Asked):
    """A button under a message."""

    id: _Id
    title: Title


class NewRow(Asked):
    """A row of a list."""

    id: _Id
    title: Title
    description: Words | None = None


class NewMenu(Asked):
    """A list that opens from a button; the customer selects one row."""

    button: Title
    rows: list[NewRow] = Field(min_length=1, max_length=10)


class NewMedia(Asked):
    """A file at a public address, which the provider fetches. The text of the message is its caption."""

    url: _Url
    filename: Words | None = None
    kind: FileKind | None = Field(None, description="If the address does not tell it.")


class NewLink(Asked):
    """A button that opens an address."""

    title: Title
    url: _Url


class NewPlace(Asked):
    """A place on the map."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: Words | None = None
    address: Words | None = None


class NewTemplateButton(Asked):
    """What one button of a template needs: one of the three."""

    index: int | None = Field(None, ge=0, le=9, description="Its place in the template, from 0.")
    payload: Text | None = Field(None, max_length=256, description="What a tap sends back.")
    url: Text | None = Field(None, max_length=2000, description="What follows the beginning of its address.")
    code: Text | None = Field(None, max_length=20)


class NewParameters(Asked):
    """What a message template is given. Parameters have no line breaks and no five blanks in a row."""

    header: Annotated[Text, StringConstraints(max_length=60)] | NewMedia | NewPlace | None = None
    body: (
        Annotated[list[_Parameter], Field(max_length=100)]
        | Annotated[dict[str, _Parameter], Field(max_length=100)]
    ) = Field(default_factory=list, description="The values of {{1}}, {{2}}, ... in order, or by name.")
    buttons: list[NewTemplateButton] = Field(default_factory=list, max_length=10)


class NewTemplate(NewParameters):
    """A message template, which may be sent at any time."""

    name: TemplateName
    language: Language


class NewMessage(Asked):
    """A message to a customer: a text, what goes with one, or a message template."""

    to: Customer
    scope: Scope = ""
    sender: str = Field(
        "",
        max_length=200,
        pattern=r"^((meta|twilio|telegram):\S+)?$",
        description="Through which sender, `<channel>:<number or id>`. By default that to which the customer wrote last.",
        examples=["meta:106540352242922"],
    )
    text: Annotated[Text, Field(max_length=LONGEST_TEXT)] = ""
    media: NewMedia | None = None
    buttons: list[NewButton] = Field(default_factory=list, max_length=10)
    menu: NewMenu | None = None
    link: NewLink | None = None
    location: NewPlace | None = None
    template: NewTemplate | None = None
    unless_agent: bool = Field(
        default=False, description="Whether it is not sent while the conversation is with a person."
    )


class Idempotent(BaseModel):
    """The header of a request that may be repeated."""

    key: str = Field(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Made by the client for each message. The same key for the same customer is the same message, for eight days.",
    )


class MessagePath(BaseModel):
    """The address of a message."""

    message: str


class ActionPath(BaseModel):
    """The address of an action."""

    action: str


class ConversationPath(BaseModel):
    """The address of a conversation."""

    conversation: str


class TimerPath(ConversationPath):
    """The address of a timer."""

    timer: str


class ApprovalPath(ConversationPath):
    """The address of an approval."""

    approval: str


class LetterPath(BaseModel):
    """The address of a dead letter."""

    letter: str


class Page(Asked):
    """Which part of a list."""

    limit: int = Field(20, ge=1, le=100)
    cursor: str = Field("", max_length=1000, description="`next` of the page before.")


class ConversationPage(Page):
    """Which conversations."""

    list: Literal["waiting", "recent"] = Field(
        "recent",
        description="`waiting`: those that wait for a person or are with one, longest wait first. `recent`: latest event first.",
    )
    scope: Scope = ""


class Wanted(Asked):
    """Whose conversations are looked for."""

    customer: Customer
    scope: Scope = ""


class Takeover(Asked):
    """From whom a conversation is taken over."""

    holder: Words = Field(
        "", description="`held_by` as the client has read it. It is declined if another one has it by now."
    )


class Decided(Asked):
    """What somebody has decided."""

    approved: bool
    note: Words = Field("", description="For the assistant.")


class Amendment(Asked):
    """What is known of a customer from now on."""

    known: dict[Annotated[str, StringConstraints(min_length=1, max_length=100)], Any] = Field(
        min_length=1, max_length=50, description="Facts by name; null: not known any more."
    )
