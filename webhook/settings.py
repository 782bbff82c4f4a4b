"""The settings of the webhook."""

from typing import Annotated

from pydantic import Field, SecretStr

from session.channels import ChannelWebhookSettings
from session.settings import BaseSettings, Seconds

#: The largest body of a request.
BodyBytes = Annotated[int, Field(ge=1024)]


class WebhookSettings(ChannelWebhookSettings, BaseSettings):
    """The settings of the webhook; a provider without its secret is off."""

    webhook_redis_timeout_seconds: Seconds = 0.4  #: a provider gets 503 within a second
    max_body_bytes: BodyBytes = 3 * 1024 * 1024

    metrics_token: SecretStr | None = Field(None, min_length=16)  #: without it there are no metrics
