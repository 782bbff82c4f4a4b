"""The channels of all providers. Each has a folder; `protocols` says what a channel must be able to do."""

from collections.abc import Callable

from session.channels import PROVIDERS
from session.pseudonyms import Pseudonyms
from worker.channels.meta.channel import Meta
from worker.channels.protocols import Channel
from worker.channels.telegram.channel import Telegram
from worker.channels.transport import AiohttpExchange, Http
from worker.channels.twilio.channel import Twilio
from worker.settings import WorkerSettings

_OPEN: tuple[Callable[[WorkerSettings, Http, Pseudonyms | None], Channel], ...] = (
    Meta.open,
    Twilio.open,
    Telegram.open,
)

#: Connections for read marks and typing indicators, which must not keep a send waiting.
_FOR_RECEIPTS = 50


def open_channels(
    settings: WorkerSettings, http: Http | None = None, pseudonyms: Pseudonyms | None = None
) -> dict[str, Channel]:
    """Return every channel by its name; one without credentials can read bodies, but not send."""
    http = http or AiohttpExchange(
        settings.send_timeout_seconds, connections=settings.worker_sends + _FOR_RECEIPTS
    )
    channels = [open_one(settings, http, pseudonyms) for open_one in _OPEN]
    return {channel.name: channel for channel in channels}


def usable_channels(settings: WorkerSettings) -> list[str]:
    """Return the names of the channels with credentials."""
    return [name for name, provider in PROVIDERS.items() if provider.can_send(settings)]
