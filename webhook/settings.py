"""The settings of the webhook."""

from typing import Annotated

from pydantic import Field, SecretStr

from session.settings import BaseSettings, Seconds

#: The largest body of a request.
BodyBytes = Annotated[int, Field(ge=1024)]


class WebhookSettings(BaseSettings):
    """The settings of the webhook; a provider without its secret is off."""

    webhook_redis_timeout_seconds: Seconds = 0.4  #: a provider gets 503 within a second
    max_body_bytes: BodyBytes = 3 * 1024 * 1024

    metrics_token: SecretStr | None = Field(None, min_length=16)  #: without it there are no metrics

    meta_app_secret: SecretStr | None = Field(None, min_length=1)
    meta_verify_token: SecretStr | None = Field(None, min_length=1)
    twilio_auth_token: SecretStr | None = Field(None, min_length=1)
    twilio_account_sid: str = (
        ""  #: the account whose requests are accepted; "" accepts every account with the token
    )

    @property
    def meta_on(self) -> bool:
        """Whether Meta's endpoint exists."""
        return self.meta_app_secret is not None

    @property
    def twilio_on(self) -> bool:
        """Whether Twilio's endpoints exist."""
        return self.twilio_auth_token is not None
