"""The settings of the server."""

from pydantic import Field

from session.settings import BaseSettings, Seconds
from webhook.settings import BodyBytes


class ServingSettings(BaseSettings):
    """The server's limits for each process."""

    #: requests that are handled at the same time, besides small bodies of providers, which take no thread
    webhook_threads: int = Field(8, ge=1, le=1000)
    #: for the head of a request, and again for its body
    body_timeout_seconds: Seconds = 10
    max_connections: int = Field(1000, ge=1, le=100_000)
    max_body_bytes: BodyBytes = 3 * 1024 * 1024
