"""Checks the credentials of the providers, by asking the providers."""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from session.channels import PROVIDERS
from worker.cli.examining.finding import Finding, failure, ok, warning
from worker.cli.running.settings import RunSettings


class Probed(Protocol):
    """A channel that can ask its provider whether the credentials are valid."""

    def probe(self) -> str | None:
        """Return the provider's objection; None if there is none."""


def examine_providers(
    settings: RunSettings, open_channels: Callable[[RunSettings], Mapping[str, Probed]]
) -> Iterator[Finding]:
    """Yield for each provider whether its settings are complete and accepted."""
    begun = [one for one in PROVIDERS.values() if len(one.missing(settings)) < len(one.needs)]
    if not begun:
        names = " or ".join(f"{name.upper()}_*" for name in PROVIDERS)
        yield warning(
            "providers",
            "none is configured; make run uses a simulator instead",
            f"set {names}, see .env.example",
        )
        return
    channels = open_channels(settings)
    for provider in begun:
        missing = provider.missing(settings)
        if missing:
            yield failure(provider.name, "incompletely configured", f"set {', '.join(missing)}")
            continue
        against = channels[provider.name].probe()
        if against:
            # The address may be the problem if the provider does not answer.
            names = ", ".join(name.upper() for name in (*provider.needs, provider.api_url))
            yield failure(
                provider.name,
                against,
                f"check whether this machine reaches the provider, and correct {names}",
            )
        else:
            yield ok(provider.name, "it accepts our credentials")
