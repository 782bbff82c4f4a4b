"""The settings of the simulator. No other module here reads the environment."""

from pydantic import Field, SecretStr, field_validator

from session.addresses import Url
from session.settings import BaseSettings

_WHATSAPP = "whatsapp:"


class Settings(BaseSettings):
    """The settings of the simulator. Most are shared with the webhook and the workers; a channel without its secret is not set up."""

    meta_app_secret: SecretStr = SecretStr("")
    meta_access_token: SecretStr = SecretStr("")
    meta_phone_number_id: str = ""
    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_from: str = ""  #: "+E164", with or without the prefix "whatsapp:"
    meta_graph_url: Url = "https://graph.facebook.com"  #: where the workers send; it must be the simulator
    twilio_api_url: Url = "https://api.twilio.com"
    public_url: Url = "http://127.0.0.1:8000"  #: what Twilio signs
    webhook_url: Url | None = None  #: where the bodies are posted to; None: `public_url`
    simulator_statuses: bool = True  #: whether the statuses sent, delivered and read are posted
    simulator_waiters: int = Field(
        default=8, ge=1
    )  #: long polls of chats that may hold a thread at the same time; of pages half as many

    @field_validator("twilio_from")
    @classmethod
    def _without_prefix(cls, number: str) -> str:
        return number.removeprefix(_WHATSAPP)

    @property
    def post_to(self) -> str:
        """The base URL that bodies are posted to."""
        return self.webhook_url or self.public_url

    def has_secret(self, channel: str) -> bool:
        """Whether there is a secret of this channel."""
        secrets = {
            "meta": (self.meta_app_secret, self.meta_access_token),
            "twilio": (self.twilio_auth_token,),
        }[channel]
        return any(secret.get_secret_value() for secret in secrets)

    def missing(self, channel: str) -> str | None:
        """Return the names of the settings that a channel still needs; None if it has all."""
        names = {
            "meta": ("meta_app_secret", "meta_access_token", "meta_phone_number_id"),
            "twilio": ("twilio_account_sid", "twilio_auth_token", "twilio_from"),
        }[channel]
        return ", ".join(name.upper() for name in names if not getattr(self, name)) or None
