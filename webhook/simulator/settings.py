"""The settings of the simulator. No other module here reads the environment."""

from pydantic import Field, field_validator

from session.addresses import Url
from session.channels import PROVIDERS, ChannelSettings, ChannelWebhookSettings
from session.channels.twilio import bare
from session.settings import BaseSettings


class Settings(ChannelWebhookSettings, ChannelSettings, BaseSettings):
    """The settings of the simulator. Most are shared with the webhook and the workers; a channel without its secret is not set up.

    The addresses of the APIs are those to which the workers send; they must be the simulator's.
    """

    public_url: Url = "http://127.0.0.1:8000"  #: what Twilio signs
    webhook_url: Url | None = None  #: where the bodies are posted to; None: `public_url`
    simulator_statuses: bool = True  #: whether the statuses sent, delivered and read are posted
    simulator_waiters: int = Field(
        default=8, ge=1
    )  #: long polls of chats that may hold a thread at the same time; of pages half as many

    @field_validator("twilio_from")
    @classmethod
    def _without_prefix(cls, number: str) -> str:
        return bare(number)

    @property
    def post_to(self) -> str:
        """The base URL that bodies are posted to."""
        return self.webhook_url or self.public_url

    def secret(self, name: str) -> str:
        """Return the text of a secret, "" if it is not set."""
        value = getattr(self, name)
        return value.get_secret_value() if value else ""

    def missing(self, channel: str) -> str | None:
        """Return the names of the settings that a channel still needs; None if it has all."""
        # Nobody subscribes to the simulator.
        return ", ".join(PROVIDERS[channel].missing(self, besides={"meta_verify_token"})) or None
