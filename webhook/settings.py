"""The settings of the webhook."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from session.addresses import taken_apart
from session.settings import BaseSettings, Seconds


def _public_url(value: str) -> str:
    if value and not value.startswith(("http://", "https://")):
        raise ValueError("a URL that begins with https:// (or http:// for development)")
    taken_apart(value)
    return value.rstrip("/")


#: How the world reaches the webhook, without a slash at its end; "" if nobody has said.
PublicUrl = Annotated[str, AfterValidator(_public_url)]

#: The largest body of a request.
BodyBytes = Annotated[int, Field(ge=1024)]


class WebhookSettings(BaseSettings):
    """What the webhook verifies with; a provider without its secret is switched off."""

    webhook_redis_timeout_seconds: Seconds = 0.4  #: a provider is told 503 within a second
    public_url: PublicUrl = ""  #: what Twilio signs
    max_body_bytes: BodyBytes = 3 * 1024 * 1024

    metrics_token: SecretStr | None = Field(None, min_length=16)  #: without one there are no metrics

    meta_app_secret: SecretStr | None = Field(None, min_length=1)
    meta_verify_token: SecretStr | None = Field(None, min_length=1)
    twilio_auth_token: SecretStr | None = Field(None, min_length=1)
    twilio_account_sid: str = ""  #: whose forms are taken; "" takes those of any account with the token

    @property
    def meta_on(self) -> bool:
        """Whether Meta's endpoint exists."""
        return self.meta_app_secret is not None

    @property
    def twilio_on(self) -> bool:
        """Whether Twilio's endpoints exist."""
        return self.twilio_auth_token is not None
