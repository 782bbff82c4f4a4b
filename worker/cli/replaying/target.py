"""Which deployment is meant, what its requests are signed with, and whether its replies could reach real people."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import SecretStr

from session.channels import PROVIDERS
from session.errors import InturnError
from worker.cli.replaying.fixture import Line
from worker.cli.replaying.sending import Signer
from worker.settings import WorkerSettings


class NotThere(InturnError):
    """Raised when requests may not, or cannot, be sent to a deployment."""


class ReplaySettings(WorkerSettings):
    """What the workers know, and the secret with which Meta's requests are signed."""

    meta_app_secret: SecretStr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One deployment."""

    url: str
    signer: Signer


def target_of(settings: ReplaySettings, url: str, lines: list[Line], *, really: bool) -> Target:
    """Return the deployment. Raises `NotThere` if settings are missing, or if it may be somebody's real one."""
    url = url.rstrip("/")
    if urlsplit(url).scheme not in ("http", "https"):
        raise NotThere(f"{url} is not a URL that begins with http:// or https://")
    if not really:
        _guard(url, settings)
    signer = Signer(
        meta_secret=_plain(settings.meta_app_secret),
        meta_sender=settings.meta_phone_number_id,
        twilio_token=_plain(settings.twilio_auth_token),
        twilio_account=settings.twilio_account_sid,
        twilio_sender=settings.twilio_from.removeprefix("whatsapp:"),
        public_url=settings.public_url or url,
    )
    for channel in sorted({line.channel for line in lines}):
        if missing := signer.lacks(channel):
            raise NotThere(f"the fixture has messages by {channel}: set {missing}, as the deployment has it")
    return Target(url=url, signer=signer)


def _guard(url: str, settings: ReplaySettings) -> None:
    host = urlsplit(url).hostname or ""
    if not _is_here(host):
        raise NotThere(f"{host} is not this machine. To load it all the same, add --really")
    sending = any(provider.can_send(settings) for provider in PROVIDERS.values())
    for provider in PROVIDERS.values():
        outside = urlsplit(getattr(settings, provider.api_url)).hostname or ""
        if sending and not _is_here(outside):
            raise NotThere(
                f"replies would go out through {outside}. Replay against a deployment that sends to the simulator "
                f"({provider.api_url.upper()}), or add --really"
            )


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
