"""The settings of `inturn run`. No other module of the command line reads the environment.

The secrets of the webhook are here only to see whether a provider, the desk or the API is configured.
"""

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from session.channels import PROVIDERS, ChannelWebhookSettings
from session.settings import Seconds
from worker.settings import WorkerSettings

_NOT_A_LOCATION = {"redis_timeout_seconds"}

Port = Annotated[int, Field(ge=1, le=65535)]


def _address(value: str) -> str:
    if value == "localhost":
        return "127.0.0.1"
    try:
        ip_address(value)
    except ValueError:
        raise ValueError(
            "must be an IP address of this machine to listen on, for example 127.0.0.1"
        ) from None
    return value


# pydantic's plugin gives each class a `model_construct` of its own.
class RunSettings(ChannelWebhookSettings, WorkerSettings):  # type: ignore[misc]
    """The ports on which the stack on one machine listens, and the folder of its data."""

    host: Annotated[str, AfterValidator(_address)] = "127.0.0.1"
    port: Port = 8000
    simulator_port: Port = 8001
    embedded_redis_port: Port = 6390
    data_dir: Path = Path(".data")
    start_timeout_seconds: Seconds = 60
    no_color: str = ""  #: if it is not empty, no colours (no-color.org)

    desk_password: SecretStr | None = None
    desk_agents: SecretStr | None = None
    desk_proxies: int = 0
    api_tokens: SecretStr | None = None

    @property
    def redis_is_named(self) -> bool:
        """Whether the settings say where Redis is; if not, `inturn run` starts a server."""
        return any(name.startswith("redis_") for name in self.model_fields_set - _NOT_A_LOCATION)

    @property
    def media_folder(self) -> Path:
        """The folder of received media: MEDIA_DIR, or one beside the other data."""
        return self.media_dir if "media_dir" in self.model_fields_set else self.data_dir / "media"

    @property
    def desk_is_on(self) -> bool:
        """Whether the desk is on."""
        return any((self.desk_password, self.desk_agents))

    @property
    def embedded_port_is_chosen(self) -> bool:
        """Whether the port of the embedded server was set, so that no other one is tried."""
        return "embedded_redis_port" in self.model_fields_set

    @property
    def provider_is_configured(self) -> bool:
        """Whether there is a secret of a provider; if not, the simulator is used."""
        return any(provider.is_configured(self) for provider in PROVIDERS.values())

    @property
    def typing_is_chosen(self) -> bool:
        """Whether a setting of the typing indicator was set; if not, it is on with the simulator."""
        return any(provider.typing in self.model_fields_set for provider in PROVIDERS.values())

    @property
    def reloads(self) -> bool:
        """Whether the assistant is loaded again when its files are saved: yes, unless ASSISTANT_RELOAD says otherwise."""
        return self.assistant_reload or "assistant_reload" not in self.model_fields_set

    @property
    def shows_both_businesses(self) -> bool:
        """Whether the simulator has two senders, one for each sample business: nothing else was configured."""
        configured = {"assistant", "catalogue", "catalogue_kind", "senders_file", "access"}
        return not self.provider_is_configured and not configured & self.model_fields_set


def inherited_environment() -> dict[str, str]:
    """Return the environment that the processes of the stack inherit."""
    return dict(os.environ)
