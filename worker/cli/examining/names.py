"""Checks the names in `.env` and the environment: a misspelt name sets nothing, and no other program reports it."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from session.channels import PROVIDERS
from worker.cli.examining.finding import Finding, broken, doubtful, well

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
    found = [*_strange(written, known, ".env"), *_strange(inherited, known, "the environment")]
    yield from found or [well("names", "every name in .env is a setting")]


def _strange(names: Iterable[str], known: frozenset[str], where: str) -> Iterator[Finding]:
    for name in sorted({name.upper() for name in names} - known):
        meant = get_close_matches(name, known, n=1, cutoff=_ALIKE)
        if meant:
            yield broken("names", f"{name} in {where} is not a setting; {meant[0]} is", f"write {meant[0]}")
        elif name.startswith(_OURS):
            yield doubtful("names", f"{name} in {where} is not a setting", "see .env.example for the names")
