"""A running system with an API: customers who write through the simulator, and programs with tokens."""

from typing import Any

from werkzeug.test import TestResponse

from session.api_tokens import Right
from session.conversations import conversation_of
from session.pseudonyms import Pseudonyms
from tests.fakes import CountingIds
from tests.stories.telling import ALIA, Story
from webhook.api.app import create_api
from webhook.api.settings import ApiSettings

EVERYTHING = "+".join(Right)
SECRETS = {
    name: f"secret-of-{name}-0123456789abcdefghijklmnopqrstuvwxyz" for name in ("crm", "shop", "reader")
}


def tokens(**rights: str) -> str:
    """API_TOKENS of some programs: name -> rights and scopes."""
    return ",".join(f"{name}:{SECRETS[name]}:{allowed}" for name, allowed in rights.items())


class Deployment:
    """One system and its API."""

    def __init__(
        self,
        *,
        assistant: Any = None,
        client: Any = None,
        store: Any = None,
        workers: dict[str, Any] | None = None,  # settings of the workers
        api_tokens: str = tokens(crm=EVERYTHING),
        **settings: Any,
    ) -> None:
        self.story = Story(assistant, client=client, **workers or {})
        self.app = create_api(
            ApiSettings(_env_file=None, api_tokens=api_tokens, media_dir=self.story.media_dir, **settings),
            client=self.story.redis,
            store=store,
            wake=self.story.wakeups,
            clock=self.story.clock,
            new_id=CountingIds("action-id-"),
        )
        self.keys = 0

    def program(self, name: str = "crm") -> "Program":
        return Program(self, SECRETS[name])

    def stranger(self, secret: str = "") -> "Program":
        return Program(self, secret)

    def pseudonym(self, customer: str = ALIA, scope: str = "") -> str:
        """A conversation as addresses have it."""
        return Pseudonyms(self.story.redis.get("secret")).encode(conversation_of(customer, scope))


class Program:
    """Another program, which has a token."""

    def __init__(self, deployment: Deployment, secret: str) -> None:
        self.deployment = deployment
        self.http = deployment.app.test_client()
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def asks(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = self.headers | more.pop("headers", {})
        return self.http.open(f"/api/v1{path}", method=method, headers=headers, **more)

    def gets(self, path: str, **query: Any) -> TestResponse:
        return self.asks("GET", path, query_string=query)

    def sends(self, to: str = ALIA, *, key: str = "", **body: Any) -> TestResponse:
        """Ask for a message; no work is done yet. Without a key it is another one each time."""
        self.deployment.keys += 1
        key = key or f"key-{self.deployment.keys}"
        body = {"to": to} | (body or {"text": "your viewing is at ten"})
        return self.asks("POST", "/messages", json=body, headers={"Idempotency-Key": key})

    def state(self, sent: TestResponse) -> str:
        """What became of a message."""
        assert sent.status_code == 202, sent.text
        found = self.gets(f"/messages/{sent.json['id']}")
        assert found.status_code == 200, found.text
        return ": ".join(filter(None, (found.json["state"], found.json["reason"])))
