"""Reads the senders of the business from `SENDERS_FILE`.

    [[sender]]
    sender = "meta:106540352242922"        # the channel, and Meta's phone number id or Twilio's number
    assistant = "worker.assistants.concierge:assistant"
    catalogue = "properties"               # the kind of records that it searches
    agent = "estate"                       # the agent id of new sessions
    access = "open"                        # or "members"
    faq = "estate-faq.toml"                # what the business answers about itself
    scope = "estate"                       # keeps its conversations apart from those of other senders
    on_new_message = "restart"             # or "after", "join"
    while_waiting = "assist"               # or "silent": whether the assistant may answer who waits for a person
    gather_seconds = 0.5                   # a turn waits so long for further messages
    join_replies = false                   # each reply of a turn is a message of its own

    [sender.after_window]                  # sent in the place of a free-form reply, once that is not allowed any more
    template = "we_have_news"
    language = "en"

    [sender.hours]                         # when it may write first, see `session.hours`
    time_zone = "Africa/Cairo"
    quiet = "21:00-09:00"
    business = { "sun-thu" = "09:00-18:00" }

    [sender.budget]                        # of a day, in UTC
    messages = 500                         # that its assistant says
    cost = "20 USD"                        # of everything that it sends

    [sender.campaigns]                     # how fast they go out
    per_second = 20
    customers_per_day = 250

What a sender leaves out is as the settings say. The former names are read as well: `LINES_FILE`, `[[line]]`, `line = `.
"""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from session.channels import PROVIDERS
from session.conversations import is_scope
from session.errors import SettingsError
from session.faq import NO_FAQ, Faq
from session.hours import Hours
from session.phones import BadNumber, e164
from session.prices import Cost
from session.spending import Budget
from worker.senders import (
    Access,
    AfterWindow,
    CampaignPace,
    CustomersPerDay,
    GatherSeconds,
    OnNewMessage,
    PerSecond,
    Sender,
    Senders,
    WhileWaiting,
)
from worker.tables import tables_in, text_in, wrong_in

#: The name of the setting in errors.
SETTING = "SENDERS_FILE (or LINES_FILE)"

#: The id of something at a provider that is no number, such as a messaging service.
_SID = re.compile(r"[A-Z]{2}[0-9A-Za-z]+")
#: Seconds for which turns wait, for assistants that are asked best with everything that a customer writes in a row. Others
#: are asked at once.
_USUAL_SECONDS = {"worker.assistants.concierge:assistant": 0.6, "worker.assistants.llm:assistant": 1.0}


def _scope(value: str) -> str:
    if value and not is_scope(value):
        raise ValueError("must be lower-case letters, digits, - and _, at most 32")
    return value


class _Hours(BaseModel):
    """When a sender may write first."""

    model_config = ConfigDict(extra="forbid")

    time_zone: str | None = None
    quiet: str | None = None
    business: Mapping[str, str] | None = None

    def of(self, usual: tuple[str, str]) -> Hours:
        """Return them; `usual` are the time zone and the quiet hours of a sender that names none."""
        zone, quiet = usual
        quiet = quiet if self.quiet is None else self.quiet
        return Hours.of(self.time_zone or zone, quiet=quiet, business=self.business)


class _Campaigns(BaseModel):
    """How fast campaigns of a sender go out."""

    model_config = ConfigDict(extra="forbid")

    per_second: PerSecond | None = None
    customers_per_day: CustomersPerDay | None = None

    def of(self, usual: CampaignPace) -> CampaignPace:
        """Return it, with what is usual in the place of what is not said."""
        return usual.model_copy(update=self.model_dump(exclude_none=True))


def _amount(value: object) -> Cost:
    return Cost.of(str(value))


class _Budget(BaseModel):
    """What a sender may spend in a day."""

    model_config = ConfigDict(extra="forbid")

    messages: int | None = Field(None, ge=0)
    cost: Annotated[Cost, BeforeValidator(_amount)] | None = None

    def of(self, usual: Budget) -> Budget:
        """Return it; `usual` is that of a sender that says nothing of it."""
        messages = usual.messages if self.messages is None else self.messages
        return Budget(messages=messages, cost=self.cost or usual.cost)


class _Entry(BaseModel):
    """One sender in the file."""

    model_config = ConfigDict(extra="forbid")

    sender: str = Field(validation_alias=AliasChoices("sender", "line"))
    assistant: str | None = None
    catalogue: str | None = None
    agent: str | None = None
    access: Access | None = None
    faq: Path | None = None
    scope: Annotated[str, AfterValidator(_scope)] = ""
    on_new_message: OnNewMessage | None = None
    while_waiting: WhileWaiting | None = None
    hours: _Hours = Field(default_factory=_Hours)
    budget: _Budget = Field(default_factory=_Budget)
    campaigns: _Campaigns = Field(default_factory=_Campaigns)
    gather_seconds: GatherSeconds | None = None
    join_replies: bool | None = None
    after_window: AfterWindow | None = None


def gather_of(assistant: str, seconds: float | None) -> timedelta:
    """Return for how long turns wait for further messages, by the dotted name of an assistant if that is not configured."""
    return timedelta(seconds=_USUAL_SECONDS.get(assistant, 0) if seconds is None else seconds)


def named_sender(sender: str, country: str) -> str:
    """Return the name of a sender as messages contain it: a phone number in normal form, anything else unchanged."""
    channel, separator, name = sender.partition(":")
    provider = PROVIDERS.get(channel)
    if provider is None or not provider.senders_are_numbers or _SID.fullmatch(name):
        return sender
    number = name.removeprefix(f"{provider.namespace.name}:")
    return f"{channel}{separator}{e164(number, country)}"


def read_senders(
    path: Path,
    usual: Sender,
    load: Callable[[str], Any],
    *,
    open_faq: Callable[[Path], Faq] = lambda _: NO_FAQ,
    country: str = "",
    usual_hours: tuple[str, str] = ("UTC", ""),
    own: frozenset[str] = frozenset(),
    gather_seconds: float | None = None,
) -> Senders:
    """Return the senders of a file; `load` returns the assistant that a dotted path names, `open_faq` what a file
    of questions answers.

    `own` are the senders of the settings. `country` applies to numbers without a country code, `usual_hours` (time zone, quiet
    hours) to what is not said of hours, `gather_seconds` to senders without their own; None: by their assistants.

    Raises `SettingsError` that names the file, the sender and the problem.
    """
    text = text_in(path, named := f"{SETTING}={path}")
    entries = [entry for kind in ("sender", "line") for entry in tables_in(text, kind, named=named)]
    try:
        found = [_Entry.model_validate(entry) for entry in entries]
        senders = [named_sender(entry.sender, country) for entry in found]
        hours = [entry.hours.of(usual_hours) for entry in found]
    except ValidationError as error:
        raise SettingsError(": ".join((named, *wrong_in(error)))) from None
    except BadNumber as error:
        raise SettingsError(f"{named}: sender: {error}") from None
    except ValueError as error:
        raise SettingsError(f"{named}: sender.hours: {error}") from None
    return Senders(
        usual=usual,
        own=own,
        named={
            sender: Sender(
                assistant=load(entry.assistant) if entry.assistant else usual.assistant,
                assistant_name=entry.assistant or usual.assistant_name,
                kind=entry.catalogue or usual.kind,
                agent_id=entry.agent or usual.agent_id,
                access=entry.access or usual.access,
                scope=entry.scope,
                on_new_message=entry.on_new_message or usual.on_new_message,
                while_waiting=entry.while_waiting or usual.while_waiting,
                gather=usual.gather
                if entry.gather_seconds is None and entry.assistant is None
                else gather_of(
                    entry.assistant or "",
                    gather_seconds if entry.gather_seconds is None else entry.gather_seconds,
                ),
                join_replies=usual.join_replies if entry.join_replies is None else entry.join_replies,
                after_window=entry.after_window or usual.after_window,
                faq=open_faq(entry.faq) if entry.faq else usual.faq,
                rates=usual.rates,
                hours=when,
                budget=entry.budget.of(usual.budget),
                campaigns=entry.campaigns.of(usual.campaigns),
            )
            for sender, entry, when in zip(senders, found, hours, strict=True)
        },
    )
