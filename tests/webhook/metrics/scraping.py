"""Scrapes a system as Prometheus does, and reads what it says."""

import re

from tests.stories.telling import Story
from webhook.app import create_app
from webhook.settings import WebhookSettings

TOKEN = "a token of some length"

_LINE = re.compile(r"(?P<name>[a-z_]+)(\{(?P<labels>.*)\})? (?P<value>\S+)")
_LABEL = re.compile(r'([a-z]+)="((?:[^"\\]|\\.)*)"')

#: A metric and its labels, in the order of their names.
Figure = tuple[str, ...]


class Scraper:
    """A webhook process of its own, which has seen none of what it reports."""

    def __init__(self, story: Story, *, token: str | None = TOKEN) -> None:
        settings = WebhookSettings(_env_file=None, metrics_token=token)
        app = create_app(settings, client=story.redis, wake=story.wakeups, clock=story.clock)
        self.http = app.test_client()

    def text(self) -> str:
        answer = self.http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
        return answer.text

    def figures(self) -> dict[Figure, float]:
        """Every figure: ("inturn_messages_total", "channel=meta", "type=text") -> 3."""
        found: dict[Figure, float] = {}
        for line in self.text().splitlines():
            if line.startswith("#"):
                continue
            parts = _LINE.fullmatch(line)
            assert parts, line
            labels = sorted(f"{name}={value}" for name, value in _LABEL.findall(parts["labels"] or ""))
            key = (parts["name"], *labels)
            assert key not in found, f"twice: {line}"
            found[key] = float(parts["value"])
        return found

    def names(self) -> set[str]:
        """Every name that a query may use."""
        return {name for name, *_ in self.figures()}


def told(figures: dict[Figure, float]) -> dict[Figure, float]:
    """The figures that say something: neither 0 nor a bucket."""
    return {key: value for key, value in figures.items() if value and not key[0].endswith("_bucket")}
