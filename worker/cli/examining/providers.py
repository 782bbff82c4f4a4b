"""Checks the credentials of the providers, by asking the providers."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from session.channels import PROVIDERS
from worker.cli.examining.finding import Finding, failure, ok, warning
from worker.cli.running.settings import RunSettings


class Probed(Protocol):
    """A channel that can ask its provider whether the credentials are valid."""

    async def probe(self) -> str | None:
        """Return the provider's objection; None if there is none."""

    async def close(self) -> None:
        """Close the HTTP connections."""


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
    complete = [one.name for one in begun if not one.missing(settings)]
    objections = asyncio.run(_objections({name: channels[name] for name in complete}))
    for provider in begun:
        missing = provider.missing(settings)
        if missing:
            yield failure(provider.name, "incompletely configured", f"set {', '.join(missing)}")
            continue
        against = objections[provider.name]
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


async def _objections(channels: Mapping[str, Probed]) -> dict[str, str | None]:
    """Return the objection of each provider; all are asked at once."""
    try:
        answers = await asyncio.gather(*(channel.probe() for channel in channels.values()))
        return dict(zip(channels, answers, strict=True))
    finally:
        for channel in channels.values():
            await channel.close()
