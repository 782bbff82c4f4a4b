"""The channels of all providers. Each has a folder; `protocols` says what a channel must be able to do."""

from collections.abc import Mapping

from session.channels import PROVIDERS
from session.messages import Delivery, Route
from session.pseudonyms import Pseudonyms
from session.replies import Reply
from worker.channels.error_classes import ErrorClass
from worker.channels.files import Files
from worker.channels.meta.channel import Meta
from worker.channels.protocols import Channel, Uploader
from worker.channels.telegram.channel import Telegram
from worker.channels.transport import AiohttpExchange, Http
from worker.channels.twilio.channel import Twilio
from worker.settings import WorkerSettings

#: Connections for read marks and typing indicators, which must not keep a send waiting.
_FOR_RECEIPTS = 50


def open_channels(
    settings: WorkerSettings,
    http: Http | None = None,
    pseudonyms: Pseudonyms | None = None,
    files: Files | None = None,
) -> dict[str, Channel]:
    """Return every channel by its name; one without credentials can read bodies, but not send."""
    http = http or AiohttpExchange(
        settings.send_timeout_seconds, connections=settings.worker_sends + _FOR_RECEIPTS
    )
    channels: tuple[Channel, ...] = (
        Meta.open(settings, http, files),
        Twilio.open(settings, http, files, pseudonyms),
        Telegram.open(settings, http, files),
    )
    return {channel.name: channel for channel in channels}


def usable_channels(settings: WorkerSettings) -> list[str]:
    """Return the names of the channels with credentials."""
    return [name for name, provider in PROVIDERS.items() if provider.can_send(settings)]


def render(channels: Mapping[str, Channel], route: Route, reply: Reply) -> tuple[Reply, ...]:
    """Return a reply as the channel of a route can carry it; unchanged if there is no such channel any more."""
    channel = channels.get(route.channel)
    return channel.render(reply) if channel else (reply,)


async def note_failure(channels: Mapping[str, Channel], delivery: Delivery, code: str | None) -> None:
    """Tell the channel of an accepted delivery that it has failed, if it has to know that."""
    channel = channels.get(delivery.route.channel)
    if isinstance(channel, Uploader):
        await channel.has_failed(delivery, code)


def class_of(channels: Mapping[str, Channel], name: str, code: str | None) -> ErrorClass:
    """Return the class of the code of a failed delivery; one of an unknown channel is rejected for good."""
    channel = channels.get(name)
    return channel.class_of(code) if channel else ErrorClass.REJECT
