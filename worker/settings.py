"""The settings of the workers, of beat and of the command line."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, Field, SecretStr

from session.channels import ChannelSettings
from session.hours import Hours
from session.policy import Policy
from session.prices import Cost
from session.rates import Rates
from session.settings import BaseSettings, Days, Seconds
from session.spending import Budget
from worker.senders import (
    CustomersPerDay,
    GatherSeconds,
    OnNewMessage,
    PerSecond,
    WhileWaiting,
    after_window_in,
)

#: Time to settle a send that has just met its deadline, before its lease expires.
_SETTLED_WITHIN = timedelta(seconds=5)


def _dotted(value: str) -> str:
    module, _, name = value.partition(":")
    if value and not (module and name):
        raise ValueError("must be package.module:name, for example worker.assistants.echo:assistant")
    return value


def _after_window(value: str) -> str:
    after_window_in(value)
    return value


def _amount(value: str) -> str:
    if value:
        Cost.of(value)
    return value


def _time_zone(value: str) -> str:
    Hours.of(value)
    return value


def _quiet(value: str) -> str:
    Hours.of("UTC", quiet=value)
    return value


def _rates(value: str) -> str:
    Rates.of(value)
    return value


Amount = Annotated[str, AfterValidator(_amount)]
Dotted = Annotated[str, AfterValidator(_dotted)]


class WorkerSettings(ChannelSettings, BaseSettings):
    """Assistant, providers, and sweep."""

    assistant: Dotted = "worker.assistants.concierge:assistant"
    assistant_reload: bool = False
    catalogue: Dotted = ""
    catalogue_dir: Path = Path(".data/catalogue")
    catalogue_kind: str = "properties"
    embedder: Dotted = ""
    access: Literal["open", "members"] = "open"
    words_dir: Path | None = None
    faq_file: Path | None = None
    exchange_rates: Annotated[str, AfterValidator(_rates)] = ""
    senders_file: Path | None = Field(None, validation_alias=AliasChoices("senders_file", "lines_file"))
    assistant_timeout_seconds: Seconds = 60
    assistant_threads: int = Field(32, ge=1)
    on_new_message: OnNewMessage = "after"
    while_waiting: WhileWaiting = "silent"
    gather_seconds: GatherSeconds | None = None
    gather_at_most_seconds: Annotated[float, Field(ge=0, le=600)] = 5
    join_replies: bool | None = None
    prices_file: Path | None = None
    budget_sender_messages: int = Field(0, ge=0)
    budget_sender_cost: Amount = ""
    budget_day_messages: int = Field(0, ge=0)
    budget_day_cost: Amount = ""
    after_window_template: Annotated[str, AfterValidator(_after_window)] = ""
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    quiet_hours: Annotated[str, AfterValidator(_quiet)] = ""
    campaign_per_second: PerSecond = 20
    campaign_customers_per_day: CustomersPerDay = 250
    worker_conversations: int = Field(200, ge=1)
    worker_sends: int = Field(100, ge=1)
    worker_fetches: int = Field(20, ge=1)
    shutdown_seconds: Seconds = 10
    redis_timeout_seconds: Seconds = 5

    send_timeout_seconds: Seconds = 30

    hooks_file: Path | None = None
    hook_url: str = ""
    hook_secret: SecretStr = SecretStr("")
    hook_events: str = ""
    hooks_allow_private: bool = False

    media_wait_seconds: Annotated[float, Field(ge=0, le=3600)] = 10
    media_timeout_seconds: Seconds = 60
    media_attempts: int = Field(8, ge=1, le=100)
    media_retention_days: Days = 30
    transcriber: Dotted = ""
    describer: Dotted = ""
    media_reading_seconds: Seconds = 20

    @property
    def hours(self) -> Hours:
        """When timers may ring, of senders that do not say it themselves."""
        return Hours.of(self.time_zone, quiet=self.quiet_hours)

    @property
    def sender_budget(self) -> Budget:
        """What each sender may spend in a day that does not say it itself."""
        return Budget.of(self.budget_sender_messages, self.budget_sender_cost)

    @property
    def day_budget(self) -> Budget:
        """What all senders together may spend in a day."""
        return Budget.of(self.budget_day_messages, self.budget_day_cost)

    def policy(self) -> Policy:
        """Return the policy; the lease of an outbox outlives the longest send, and that of media the longest fetch."""
        policy = super().policy()
        send = timedelta(seconds=self.send_timeout_seconds) + _SETTLED_WITHIN
        fetch = timedelta(seconds=self.media_timeout_seconds + self.media_reading_seconds) + _SETTLED_WITHIN
        return replace(
            policy,
            send_lease_for=max(policy.lease_for, send),
            fetch_lease_for=max(policy.lease_for, fetch),
            media_wait=timedelta(seconds=self.media_wait_seconds),
            gather_at_most=timedelta(seconds=self.gather_at_most_seconds),
            media_attempts=self.media_attempts,
        )
