"""The settings of the workers, of beat and of the command line."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, Field

from session.channels import ChannelSettings
from session.policy import Policy
from session.settings import BaseSettings, Seconds
from worker.senders import OnNewMessage

#: Time to settle a send that has just met its deadline, before its lease expires.
_SETTLED_WITHIN = timedelta(seconds=5)


def _dotted(value: str) -> str:
    module, _, name = value.partition(":")
    if value and not (module and name):
        raise ValueError("must be package.module:name, for example worker.assistants.echo:assistant")
    return value


Dotted = Annotated[str, AfterValidator(_dotted)]


class WorkerSettings(ChannelSettings, BaseSettings):
    """Assistant, providers, and sweep."""

    assistant: Dotted = "worker.assistants.concierge:assistant"
    assistant_reload: bool = False
    catalogue: Dotted = ""
    catalogue_dir: Path = Path(".data/catalogue")
    catalogue_kind: str = "properties"
    access: Literal["open", "members"] = "open"
    words_dir: Path | None = None
    senders_file: Path | None = Field(None, validation_alias=AliasChoices("senders_file", "lines_file"))
    assistant_timeout_seconds: Seconds = 60
    assistant_threads: int = Field(32, ge=1)
    on_new_message: OnNewMessage = "after"
    worker_conversations: int = Field(200, ge=1)
    worker_sends: int = Field(100, ge=1)
    shutdown_seconds: Seconds = 10
    redis_timeout_seconds: Seconds = 5

    send_timeout_seconds: Seconds = 30

    def policy(self) -> Policy:
        """Return the policy; the lease of an outbox outlives the longest send."""
        policy = super().policy()
        send = timedelta(seconds=self.send_timeout_seconds) + _SETTLED_WITHIN
        return replace(policy, send_lease_for=max(policy.lease_for, send))
