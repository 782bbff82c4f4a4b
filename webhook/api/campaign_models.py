"""What requests about campaigns contain. Pure."""

from typing import Annotated, Final

from pydantic import BaseModel, Field

from session.campaigns import LONGEST_NAME, MOST_HELD_BACK
from webhook.api.models import Asked, Customer, Language, NewParameters, Page, Scope, TemplateName, Words

#: Recipients of one request, and rows of a page of outcomes.
MOST_AT_ONCE: Final = 1000


class CampaignPath(BaseModel):
    """The address of a campaign: its name."""

    campaign: str = Field(pattern=rf"^[a-z0-9][a-z0-9_-]{{0,{LONGEST_NAME - 1}}}$")


class NewCampaign(Asked):
    """A campaign without its recipients."""

    template: TemplateName
    language: Language
    sender: str = Field(
        max_length=200,
        pattern=r"^(meta|twilio):[\x21-\x7e]+$",
        description="Through which sender of the business it is sent.",
        examples=["meta:106540352242922"],
    )
    scope: Scope = ""
    hold_back: Annotated[int, Field(ge=0, le=MOST_HELD_BACK)] = Field(
        0, description="The share of customers who get nothing, by chance, in per cent: to compare with."
    )


class NewRecipient(NewParameters):
    """A customer, and the parameters of the template."""

    to: Customer


class NewRecipients(Asked):
    """Some recipients of a campaign; further ones may follow."""

    recipients: list[NewRecipient] = Field(min_length=1, max_length=MOST_AT_ONCE)


class Ignored(Asked):
    """What of a file is not for the template."""

    ignore: Words = Field("", description="Names of columns, with commas between them.")


class OutcomePage(Page):
    """Which part of the outcomes."""

    limit: int = Field(100, ge=1, le=MOST_AT_ONCE)
