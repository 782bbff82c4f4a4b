"""The deployment to send to: its URL, the secrets of its providers, and whether its replies could reach real people."""

from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import SecretStr

from session.channels import PROVIDERS
from session.errors import InturnError
from worker.cli.replay.fixture import FixtureMessage
from worker.cli.replay.requests import CHANNELS, CustomerText, SignedRequest
from worker.cli.replay.schedule import PlannedMessage
from worker.settings import WorkerSettings


class CannotReplay(InturnError):
    """Raised when requests cannot, or must not, be sent to a deployment."""


class ReplaySettings(WorkerSettings):
    """The settings of the workers, and the secret with which Meta signs requests."""

    meta_app_secret: SecretStr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Signs requests as the providers of a deployment do."""

    settings: ReplaySettings
    public_url: str

    def missing(self, channel: str) -> str | None:
        """Return the names of the settings that a channel still needs; None if it has all."""
        needs = CHANNELS[channel].needs
        return ", ".join(name.upper() for name in needs if not getattr(self.settings, name)) or None

    def request(self, planned: PlannedMessage, *, at: float) -> SignedRequest:
        """Return the signed request of a message; `at` is in seconds since the epoch."""
        message = CustomerText(
            id=planned.id, customer=planned.customer, text=planned.text, at=int(at), picture=planned.picture
        )
        return CHANNELS[planned.channel].request(message, self.settings, self.public_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A deployment."""

    url: str
    signer: Signer


def target_of(settings: ReplaySettings, url: str, messages: list[FixtureMessage], *, really: bool) -> Target:
    """Return the deployment. Raises `CannotReplay` if settings are missing, or if replies could reach real people."""
    url = url.rstrip("/")
    if urlsplit(url).scheme not in ("http", "https"):
        raise CannotReplay(f"{url} is not a URL that begins with http:// or https://")
    if not really:
        _guard(url, settings, {message.channel for message in messages})
    signer = Signer(settings=settings, public_url=settings.public_url or url)
    for channel in sorted({message.channel for message in messages}):
        if missing := signer.missing(channel):
            raise CannotReplay(
                f"the fixture has messages of {channel}: set {missing} to the values of the deployment"
            )
    return Target(url=url, signer=signer)


def _guard(url: str, settings: ReplaySettings, channels: Collection[str]) -> None:
    host = urlsplit(url).hostname or ""
    if not _is_here(host):
        raise CannotReplay(f"{host} is another machine. To send requests to it, add --really")
    sending = any(provider.can_send(settings) for provider in PROVIDERS.values())
    for name, provider in PROVIDERS.items():
        outside = urlsplit(getattr(settings, provider.api_url)).hostname or ""
        replies = name in channels or provider.can_send(settings)
        if sending and replies and not _is_here(outside):
            raise CannotReplay(
                f"replies would be sent through {outside}. Replay against a deployment that sends to the simulator "
                f"({provider.api_url.upper()}), or add --really"
            )


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
