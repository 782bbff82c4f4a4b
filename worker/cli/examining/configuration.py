"""Checks the settings: misspelt names, what would stop the webhook, and its public URL."""

import json
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import urlsplit

from session.addresses import without_password
from session.channels import PROVIDERS
from worker.cli.examining.finding import Finding, failure, ok, warning
from worker.cli.folder import PYTHON
from worker.cli.running.settings import RunSettings

_LOCAL = ("127.0.0.1", "localhost", "::1")
_PATIENCE = 30  #: seconds
#: Read by docker-compose.yml only.
COMPOSE = frozenset(
    {
        "APP_DIR",
        "FLOWER_PASSWORD",
        "FLOWER_USER",
        "GRAFANA_PASSWORD",
        "RABBITMQ_PASSWORD",
        "RABBITMQ_USER",
        "VALKEY_MAXMEMORY",
    }
)
#: Prefixes that no other program uses.
_OURS = (
    *(f"{name.upper()}_" for name in PROVIDERS),
    "DESK_",
    "LLM_",
    "SESSION_",
    "SIMULATOR_",
    "RATE_LIMIT_",
)
#: How similar two names must be, 0 to 1: one letter of ten may differ, or two of fifteen.
_ALIKE = 0.87


def examine_names(
    written: Iterable[str], inherited: Iterable[str], *, known: frozenset[str]
) -> Iterator[Finding]:
    """Yield each name that looks like a setting and is none; `written` are in `.env`, `inherited` in the environment."""
    found = [*_unknown(written, known, ".env"), *_unknown(inherited, known, "the environment")]
    yield from found or [ok("names", "every name in .env is a setting")]


def examine_repeated(names: Iterable[str]) -> Iterator[Finding]:
    """Yield each name that stands more than once in `.env`."""
    for name in names:
        yield warning(
            "names", f"{name} stands more than once in .env, and the last one counts", "keep one of the lines"
        )


def _unknown(names: Iterable[str], known: frozenset[str], where: str) -> Iterator[Finding]:
    for name in sorted({name.upper() for name in names} - known):
        meant = get_close_matches(name, known, n=1, cutoff=_ALIKE)
        if meant:
            yield failure("names", f"{name} in {where} is not a setting; {meant[0]} is", f"write {meant[0]}")
        elif name.startswith(_OURS):
            yield warning("names", f"{name} in {where} is not a setting", "see .env.example for the names")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReport:
    """What the webhook reports about its settings."""

    settings: frozenset[str]  #: the names of all settings that it reads
    problems: tuple[str, ...]


def ask_webhook() -> WebhookReport:
    """Ask the webhook for its settings and their problems, in a separate process."""
    done = subprocess.run(  # noqa: S603  (our own module)
        [*PYTHON, "webhook"], check=False, capture_output=True, text=True, timeout=_PATIENCE
    )
    try:
        found = json.loads(done.stdout)
    except ValueError:
        reason = (done.stderr.strip().splitlines() or ["no output"])[-1]
        return WebhookReport(settings=frozenset(), problems=(f"the webhook does not start: {reason}",))
    return WebhookReport(settings=frozenset(found["settings"]), problems=tuple(found["problems"]))


def examine_webhook(settings: RunSettings, report: WebhookReport) -> Iterator[Finding]:
    """Yield what would stop the webhook, and whether `PUBLIC_URL` can work."""
    for problem in report.problems:
        yield failure("webhook", problem, "see .env.example; the webhook does not start with this")
    if not report.problems:
        yield ok("webhook", "its settings are valid")
    signed = [one for one in PROVIDERS.values() if one.signs_public_url]
    if settings.public_url or any(one.is_configured(settings) for one in signed):
        yield _public_url(settings)
    behind_proxy = settings.public_url.startswith("https://") and not settings.desk_proxies
    if settings.api_tokens and behind_proxy:
        yield warning(
            "api",
            "PUBLIC_URL begins with https://, so there is a proxy, and to the API all programs have the same address: "
            "one that guesses tokens keeps the others out",
            "set DESK_PROXIES to the number of proxies in front of the webhook",
        )
    if settings.desk_is_on and behind_proxy:
        yield warning(
            "desk",
            "PUBLIC_URL begins with https://, so there is a proxy, and to the desk all its visitors have the same address: "
            "one person who guesses passwords slows all agents down",
            "set DESK_PROXIES to the number of proxies in front of the desk",
        )


def _public_url(settings: RunSettings) -> Finding:
    name, url = "public url", without_password(settings.public_url)
    parts = urlsplit(url)
    if parts.path.startswith("/webhook"):
        return failure(
            name,
            f"it ends in {parts.path}, which is added again, so no signature matches",
            "set PUBLIC_URL to the URL in the provider's console, without /webhook/...",
        )
    if parts.scheme == "http" and parts.hostname in _LOCAL and is_simulated(settings):
        return ok(name, f"{url}, for the simulator")
    if parts.scheme != "https":
        return failure(
            name,
            f"it is {url or 'not set'}, but providers need, and Twilio signs, a URL that begins with https://",
            "set PUBLIC_URL to the URL in Twilio's console, without /webhook/twilio",
        )
    if parts.path or parts.query or parts.fragment:
        return warning(
            name,
            f"it has a path, {parts.path or '?'}, which is right only if a proxy removes it",
            "set PUBLIC_URL to https:// and the host only",
        )
    return ok(name, url)


def is_simulated(settings: RunSettings) -> bool:
    """Whether the providers are those of the simulator, on this machine."""
    signed = [one for one in PROVIDERS.values() if one.signs_public_url]
    return all(urlsplit(getattr(settings, one.api_url)).hostname in _LOCAL for one in signed)
