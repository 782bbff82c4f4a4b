"""The settings of `inturn run`. The only file of this room that reads the environment.

It names the secrets of the webhook only to see whether a provider or the desk is configured; it never verifies with them.
"""

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from session.channels import PROVIDERS, ChannelWebhookSettings
from session.settings import Seconds
from worker.settings import WorkerSettings

_NOT_ABOUT_WHERE = {"redis_timeout_seconds"}

Port = Annotated[int, Field(ge=1, le=65535)]


def _address(value: str) -> str:
    if value == "localhost":
        return "127.0.0.1"
    try:
        ip_address(value)
    except ValueError:
        raise ValueError("an IP address of this machine to listen on, for example 127.0.0.1") from None
    return value


class RunSettings(ChannelWebhookSettings, WorkerSettings):
    """Which ports the stack on one machine listens on, and where it keeps its data."""

    host: Annotated[str, AfterValidator(_address)] = "127.0.0.1"
    port: Port = 8000
    simulator_port: Port = 8001
    embedded_redis_port: Port = 6390
    data_dir: Path = Path(".data")
    worker_concurrency: int = Field(8, ge=1)
    start_timeout_seconds: Seconds = 60
    no_color: str = ""  #: anything but nothing: no colours (no-color.org)

    desk_password: SecretStr | None = None
    desk_agents: SecretStr | None = None
    desk_proxies: int = 0

    @property
    def redis_is_named(self) -> bool:
        """Whether the settings say where Redis is; else `inturn run` brings its own."""
        return any(name.startswith("redis_") for name in self.model_fields_set - _NOT_ABOUT_WHERE)

    @property
    def desk_is_on(self) -> bool:
        """Whether somebody may sit at the desk."""
        return any((self.desk_password, self.desk_agents))

    @property
    def embedded_port_is_chosen(self) -> bool:
        """Whether the port of the embedded server was set, so that no other one will do."""
        return "embedded_redis_port" in self.model_fields_set

    @property
    def provider_is_configured(self) -> bool:
        """Whether there is a secret of any provider; else the simulator stands in for all of them."""
        return any(provider.is_configured(self) for provider in PROVIDERS.values())

    @property
    def typing_is_chosen(self) -> bool:
        """Whether somebody has said if customers see us typing; else they do on the simulator's phones."""
        return "meta_typing" in self.model_fields_set

    @property
    def reloads(self) -> bool:
        """Whether the assistant is loaded anew when its files are saved: it is, unless somebody has said otherwise."""
        return self.assistant_reload or "assistant_reload" not in self.model_fields_set

    @property
    def shows_both_businesses(self) -> bool:
        """Whether the simulator has two senders, one a business: nobody has said who answers on which."""
        said = {"assistant", "catalogue", "catalogue_kind", "senders_file", "access"}
        return not self.provider_is_configured and not said & self.model_fields_set


def inherited_environment() -> dict[str, str]:
    """Return the environment that the processes of the stack inherit."""
    return dict(os.environ)
