"""What a customer does on the phone, independent of the provider."""

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, AliasChoices, Base64Bytes, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from session.channels import PROVIDERS
from session.content_parts import Kind, Location
from session.records import Record
from session.replies import Button, Row


def _known(channel: str) -> str:
    if channel not in PROVIDERS:
        raise ValueError(f"one of {', '.join(PROVIDERS)}")
    return channel


Channel = Annotated[str, AfterValidator(_known)]

_PHONE = re.compile(r"\+\d{5,15}")
_USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}|user\.[A-Za-z0-9]{1,128}")

#: The field that a kind of message requires.
_NEEDS = {
    Kind.BUTTON: "button",
    Kind.CHOICE: "row",
    Kind.LOCATION: "location",
    Kind.REACTION: "reply_to",
    Kind.EDIT: "reply_to",
    Kind.REVOKE: "reply_to",
}

#: Kinds that are an attachment, with the MIME type that the simulator gives them.
MIME_TYPES = {
    Kind.IMAGE: "image/jpeg",
    Kind.VIDEO: "video/mp4",
    Kind.DOCUMENT: "application/pdf",
    Kind.AUDIO: "audio/mpeg",
    Kind.VOICE: "audio/ogg; codecs=opus",
    Kind.STICKER: "image/webp",
}


class CustomerMessage(Record):
    """One message, tap or gesture of a customer."""

    model_config = ConfigDict(extra="forbid")  # a mistyped field is an error

    channel: Channel = "meta"
    kind: Kind = Kind.TEXT
    id: str | None = None  #: the provider's id; the same id again is a redelivery
    name: str = "Simulated Customer"  #: the profile name
    #: business-scoped id that Meta sends with the phone number
    user_id: str | None = None
    #: body, caption, emoji of a reaction, new text of an edit
    text: str = Field(default="", validation_alias=AliasChoices("text", "caption"))
    button: Button | None = None
    row: Row | None = None
    location: Location | None = None
    filename: str | None = None
    mime_type: str | None = None  #: of the attachment; by default the one of its kind
    #: the bytes of the attachment, as base64; by default a small file of its kind
    content: Base64Bytes | None = Field(None, exclude=True, repr=False)
    reply_to: str | None = None  #: id of the message that is quoted, reacted to, edited or revoked
    group_id: str | None = Field(None, min_length=1)  #: the group that it was written in (Meta)
    standby: bool = False  #: whether another app has the conversation, and this one only overhears it (Meta)
    referral: dict[str, Any] | None = None  #: the ad that brought the customer, Meta's own object (Meta)
    #: the provider's own object for a form, an order, contacts or a system message
    details: dict[str, Any] = Field(default_factory=dict)

    @property
    def attached_type(self) -> str:
        """The MIME type of the attachment. Raises `KeyError` for a kind without one."""
        return self.mime_type or MIME_TYPES[self.kind]

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        needed = _NEEDS.get(self.kind)
        if needed and getattr(self, needed) is None:
            raise ValueError(f"a message of kind {self.kind} needs {to_camel(needed)}")
        if self.channel != "meta" and (self.group_id or self.standby or self.referral):
            raise ValueError(f"{self.channel.title()} has no groupId, standby or referral; only Meta does")
        return self


def customer_of(address: str) -> str | None:
    """Return the customer of a provider's address ("2010…", "+20 10…", "US.123"); None if the address is invalid."""
    if _USER_ID.fullmatch(address):
        return address
    phone = "+" + re.sub(r"[\s()+-]", "", address)
    return phone if _PHONE.fullmatch(phone) else None
