"""The settings of the workers, of beat and of the command line."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, model_validator

from session.policy import Policy
from session.settings import BaseSettings, Seconds, Url

#: Time to settle a send that has just met its deadline, before its lease expires.
_SETTLED_WITHIN = timedelta(seconds=5)


def _dotted(value: str) -> str:
    module, _, name = value.partition(":")
    if value and not (module and name):
        raise ValueError("package.module:name, for example worker.assistants.echo:assistant")
    return value


def _sender(value: str) -> str:
    if value and not _SENDER.fullmatch(value):
        raise ValueError(
            "a number with country code and without spaces, +14155238886, or a messaging service, MG..."
        )
    return value


#: "whatsapp:" may precede a number; MG... is the sid of a messaging service at Twilio.
_SENDER = re.compile(r"(whatsapp:)?\+[1-9][0-9]{6,14}|MG[0-9a-fA-F]{32}")


Dotted = Annotated[str, AfterValidator(_dotted)]


class WorkerSettings(BaseSettings):
    """Assistant, providers, and sweep."""

    assistant: Dotted = "worker.assistants.concierge:assistant"
    assistant_reload: bool = False
    catalogue: Dotted = ""
    catalogue_dir: Path = Path(".data/catalogue")
    catalogue_kind: str = "properties"
    access: Literal["open", "members"] = "open"
    words_dir: Path | None = None
    senders_file: Path | None = Field(None, validation_alias=AliasChoices("senders_file", "lines_file"))
    assistant_timeout_seconds: Seconds = 10
    redis_timeout_seconds: Seconds = 5

    send_timeout_seconds: Seconds = 30

    meta_access_token: SecretStr | None = None
    meta_phone_number_id: str = ""
    meta_graph_url: Url = "https://graph.facebook.com"
    meta_graph_version: str = Field("v23.0", pattern=r"^v\d+\.\d+$")
    meta_typing: bool = False

    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr | None = None
    twilio_from: Annotated[str, AfterValidator(_sender)] = ""
    twilio_api_url: Url = "https://api.twilio.com"

    @model_validator(mode="after")
    def _a_lease_outlives_its_turn(self) -> Self:
        if self.lease_seconds <= self.assistant_timeout_seconds:
            raise ValueError(
                f"LEASE_SECONDS ({self.lease_seconds:g}) must be longer than ASSISTANT_TIMEOUT_SECONDS"
                f" ({self.assistant_timeout_seconds:g}); otherwise another worker begins a turn that is still in progress"
            )
        return self

    def policy(self) -> Policy:
        """Return the policy; the lease of an outbox outlives the longest send."""
        policy = super().policy()
        send = timedelta(seconds=self.send_timeout_seconds) + _SETTLED_WITHIN
        return replace(policy, send_lease_for=max(policy.lease_for, send))

    @property
    def meta_on(self) -> bool:
        """Whether replies can be sent through Meta."""
        return self.meta_access_token is not None

    @property
    def twilio_on(self) -> bool:
        """Whether replies can be sent through Twilio."""
        return bool(self.twilio_account_sid) and self.twilio_auth_token is not None
