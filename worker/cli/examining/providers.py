"""Checks the credentials of the providers, by asking the providers."""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from worker.cli.examining.finding import Finding, broken, doubtful, well
from worker.cli.running.settings import RunSettings

#: The settings that a channel needs to receive messages and to send replies.
_NEEDS = {
    "meta": ("meta_app_secret", "meta_verify_token", "meta_access_token", "meta_phone_number_id"),
    "twilio": ("twilio_account_sid", "twilio_auth_token", "twilio_from"),
}
#: The address of the provider: it may be the problem if the provider does not answer.
_WHERE = {"meta": "meta_graph_url", "twilio": "twilio_api_url"}


class Probed(Protocol):
    """A channel that can ask its provider whether the credentials are valid."""

    def probe(self) -> str | None:
        """Return the provider's objection; None if there is none."""


def examine_providers(
    settings: RunSettings, open_channels: Callable[[RunSettings], Mapping[str, Probed]]
) -> Iterator[Finding]:
    """Yield for each provider whether its settings are complete and accepted."""
    begun = [channel for channel in _NEEDS if len(_missing(settings, channel)) < len(_NEEDS[channel])]
    if not begun:
        yield doubtful(
            "providers",
            "none is configured; make run uses a simulator instead",
            "set META_* or TWILIO_*, see .env.example",
        )
        return
    channels = open_channels(settings)
    for channel in begun:
        missing = _missing(settings, channel)
        if missing:
            yield broken(
                channel, "incompletely configured", f"set {', '.join(name.upper() for name in missing)}"
            )
            continue
        against = channels[channel].probe()
        if against:
            names = ", ".join(name.upper() for name in (*_NEEDS[channel], _WHERE[channel]))
            yield broken(
                channel, against, f"check whether this machine reaches the provider, and correct {names}"
            )
        else:
            yield well(channel, "it accepts our credentials")


def _missing(settings: RunSettings, channel: str) -> list[str]:
    return [name for name in _NEEDS[channel] if not getattr(settings, name)]
