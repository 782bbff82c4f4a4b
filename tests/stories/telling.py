"""The story teller: the whole system in one process, on fakeredis, with the simulator as WhatsApp.

What a customer says goes the real way: the simulator signs a provider's envelope and posts it to the webhook app,
the wake-ups run as Celery tasks, the replies come back to the simulator's provider API. Only the transport of the
wake-ups is a list, so that a story can say when they run.
"""

import asyncio
import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from tempfile import gettempdir
from typing import Any
from urllib.parse import urljoin, urlsplit
from weakref import finalize

import fakeredis
import httpx
from flask import Flask

from session import Session, SessionManager
from session.channels.meta import meta_signature
from session.consulting import Assistant
from session.conversations import conversation_of
from session.ids import new_id
from session.keys import Keys
from session.store import DeadStore, IntakeStore, PauseStore, Redis, TemplateStore
from session.turn import Catalogue
from tests.clocks import ManualClock
from tests.stores import at_once, scripts_by
from tests.stories.desk import ALIA, Agent
from webhook.app import create_app
from webhook.settings import WebhookSettings
from webhook.simulator.app import create_app as create_simulator
from webhook.simulator.ledger import AcceptedMessage, StatusUpdate
from webhook.simulator.registry import PROVIDERS
from webhook.simulator.settings import Settings as SimulatorSettings
from webhook.simulator.webhook_client import WebhookClient
from worker.app import build
from worker.channels.outcomes import InDoubt
from worker.channels.transport import HttpRequest, HttpResponse, NoResponse
from worker.composition import bootstrap
from worker.hooks.posting import Posting
from worker.media.downloading import Arrived, Never, NotNow, Place, Write
from worker.settings import WorkerSettings
from worker.wakeups import DELIVER, DRAIN_INTAKE, FETCH_MEDIA, SEND_CAMPAIGN, SEND_EVENTS, SWEEP, TAKE_TURN

OMAR = "+919840930854"

_SECRETS = {
    "meta_app_secret": "app-secret",
    "meta_verify_token": "verify",
    "meta_access_token": "token",
    "meta_phone_number_id": "106540352242922",
    "meta_business_account_id": "100000000000001",
    "twilio_account_sid": "AC00000000000000000000000000000001",
    "twilio_auth_token": "auth",
    "twilio_from": "+14155238886",
    "telegram_bot_token": "100000001:secret",
    "telegram_webhook_secret": "telegram-secret",
    "public_url": "http://bot.example",
}


@dataclass
class WakeUps:
    """A stand-in for the broker: it takes wake-ups as JSON, like Celery."""

    waiting: deque[tuple[str, str]] = field(default_factory=deque)
    broken: bool = False
    missed: int = 0  #: the webhook reports it; always 0 here

    def publish(self, shard: int) -> None:
        self.intake(shard)

    def check(self) -> str:
        return "ok"

    def intake(self, shard: int) -> None:
        self._add(DRAIN_INTAKE, shard)

    def turns(self, conversations: Sequence[str]) -> None:
        if conversations:
            self._add(TAKE_TURN, [self.hide(name) for name in conversations])

    def deliveries(self, conversations: Sequence[str]) -> None:
        if conversations:
            self._add(DELIVER, [self.hide(name) for name in conversations])

    def fetches(self, conversations: Sequence[str]) -> None:
        if conversations:
            self._add(FETCH_MEDIA, [self.hide(name) for name in conversations])

    def hooks(self, works: Sequence[str]) -> None:
        if works:
            self._add(SEND_EVENTS, list(works))

    def campaigns(self, names: Sequence[str]) -> None:
        if names:
            self._add(SEND_CAMPAIGN, list(names))

    def flush(self, seconds: float) -> bool:
        return True

    def hide(self, conversation: str) -> str:
        raise NotImplementedError

    def _add(self, task: str, argument: Any) -> None:
        if not self.broken:
            self.waiting.append((task, json.dumps([argument])))


@dataclass
class Simulated:
    """An HTTP client whose requests go to a Flask app; satisfies `worker.channels.transport.Http`."""

    app: Flask
    patient: bool = True  #: False: the app receives every request, but its answers come too late

    async def exchange(self, call: HttpRequest) -> HttpResponse | NoResponse:
        url = urlsplit(call.url)
        answer = self.app.test_client().open(
            url.path,
            method=call.method,
            query_string=url.query,
            headers=call.headers,
            data=call.content,
            base_url=f"{url.scheme}://{url.netloc}",
        )
        if not self.patient:
            return InDoubt(words="TimeoutError after the request may have been written")
        return HttpResponse(status_code=answer.status_code, headers=answer.headers, content=answer.data)

    async def close(self) -> None:
        pass

    async def download(self, place: Place, write: Write) -> Arrived | NotNow | Never:
        """Satisfies `worker.media.downloading.Downloads`; the app redirects nowhere else."""
        if not self.patient:
            return NotNow(why="it does not come")
        answer = await self.exchange(HttpRequest(method="GET", url=place.url, headers=place.headers))
        while isinstance(answer, HttpResponse) and "Location" in answer.headers:
            # Those of Twilio lead to a host that gets no credentials.
            where = urljoin(place.url, answer.headers["Location"])
            answer = await self.exchange(HttpRequest(method="GET", url=where, headers={}))
        if not isinstance(answer, HttpResponse) or answer.status_code != 200:
            return NotNow(why="it does not come")
        write(answer.content)
        return Arrived(mime_type=answer.headers.get("Content-Type", ""))


class Story:
    """One deployment, its customers, and its clock."""

    def __init__(
        self,
        assistant: Assistant | str | None = None,  # a name is loaded as from the settings
        catalogue: Catalogue | None = None,
        client: Redis | None = None,
        *,
        provider_is_patient: bool = True,  # False: every send times out
        posting: Posting | None = None,  # how the receivers of hooks are reached
        **settings: Any,
    ) -> None:
        self.clock = ManualClock()
        self.redis: Any = client or fakeredis.FakeRedis(
            decode_responses=True, encoding_errors="surrogateescape"
        )
        self.wakeups = WakeUps()
        # Made when the first medium is kept, gone with the story.
        own_folder = Path(gettempdir()) / f"story-{new_id()}"
        finalize(self, rmtree, own_folder, ignore_errors=True)
        self.media_dir = settings.setdefault("media_dir", own_folder)
        # Whatever is written is answered at once, unless the story is about that.
        settings.setdefault("gather_seconds", 0)
        # And each reply arrives as it was written.
        settings.setdefault("join_replies", False)
        named = assistant if isinstance(assistant, str) else "worker.assistants.echo:assistant"
        own = WorkerSettings(
            **_SECRETS,
            meta_graph_url="http://sim",
            twilio_api_url="http://sim",
            telegram_api_url="http://sim",
            assistant=named,
            **settings,
        )
        shared = {"media_dir": self.media_dir, "media_key": own.media_key}
        self.webhook = create_app(
            WebhookSettings(**_SECRETS, **shared), client=self.redis, wake=self.wakeups, clock=self.clock
        )
        to_webhook = httpx.Client(transport=httpx.WSGITransport(app=self.webhook))
        self.simulated = simulated = SimulatorSettings(
            **_SECRETS, simulator_statuses=False, twilio_content_sids=own.twilio_content_sids
        )
        self.to_webhook = WebhookClient(settings=simulated, client=to_webhook)
        self.simulator = create_simulator(simulated, client=to_webhook, clock=self.clock)
        to_simulator = Simulated(self.simulator, patient=provider_is_patient)
        self.downloads = Simulated(self.simulator)
        self.phone = self.simulator.test_client()
        app = build(own, lambda _: self.services)
        self.tasks = app.tasks
        self.services = bootstrap(
            own,
            app,
            client=self.redis,
            waker=self.wakeups,
            http=to_simulator,
            assistant=None if isinstance(assistant, str) else assistant,
            catalogue=catalogue,
            clock=self.clock,
            downloads=self.downloads,
            posting=posting,
        )
        # What waits for the pace of a sender waits by the clock of the story.
        self.services.campaigns.sleep = self._sleeps
        self.wakeups.hide = self.services.pseudonyms.encode
        self.manager = SessionManager(self.redis, policy=own.policy(), clock=self.clock)
        self.pauses = at_once(self.redis, PauseStore(scripts_by(), Keys()))
        self.intake = at_once(self.redis, IntakeStore(scripts_by(), Keys(own.shards), own.policy()))
        self._heard: dict[str, int] = {}

    # -- customers, agents and providers

    def says(self, text: str, customer: str = ALIA, channel: str = "meta", **more: Any) -> None:
        """A customer writes, and all the work that follows is done."""
        assert self.posts(text, customer, channel, **more) == 200
        self.work()

    def posts(self, text: str, customer: str = ALIA, channel: str = "meta", **more: Any) -> int:
        """A customer writes; no work is done yet. Returns the status code of the webhook."""
        answer = self.phone.post(
            f"/simulator/customers/{customer}/messages", json={"text": text, "channel": channel, **more}
        )
        assert answer.json is not None
        return int(answer.json["status"])

    def posts_meta(self, *messages: Any) -> int:
        """Meta posts several messages in one signed body. Returns the status code of the webhook."""
        return self.posts_change(change(*messages))

    def posts_change(self, change: dict[str, Any], account: str = "1") -> int:
        """Meta posts one signed body. Returns the status code of the webhook."""
        envelope = {"object": "whatsapp_business_account", "entry": [{"id": account, "changes": [change]}]}
        body = json.dumps(envelope).encode()
        headers = {"X-Hub-Signature-256": meta_signature(_SECRETS["meta_app_secret"], body)}
        client = self.webhook.test_client()
        return client.post(
            "/webhook/meta", data=body, headers=headers, content_type="application/json"
        ).status_code

    def agent(self, name: str) -> Agent:
        """An agent at the desk."""
        return Agent(self, name)

    def writes_from_the_phone(self, text: str, customer: str = ALIA, id_: str = "wamid.ECHO") -> None:
        """The business answers from its own phone, and all the work that follows is done."""
        assert self.posts_change(echo(text, customer, id_)) == 200
        self.work()

    def takes_in(self, body: bytes, *, source: str, ordering_key: str) -> None:
        """A body is stored in the intake; no work is done yet."""
        stored = self.intake.store(body, source=source, now=self.clock.now(), ordering_key=ordering_key)
        if stored.wake is not None:
            self.wakeups.intake(stored.wake)

    def tells_status(self, sent: dict[str, Any], state: str, code: int | None = None) -> None:
        """The provider reports the status of a reply, and all the work that follows is done."""
        news = StatusUpdate(received=AcceptedMessage.model_validate(sent), status=state, code=code)
        report = PROVIDERS[sent["channel"]].statuses
        assert report is not None
        self.to_webhook.post(report([news], self.simulated, self.clock.now()))
        self.work()

    def forgets_what_was_sent(self, customer: str = ALIA) -> None:
        """A quarter of an hour is over: the accepted replies are not known any more (the server's own clock removes them)."""
        assert self.redis.delete(Keys().of(conversation_of(customer)).sent) == 1

    def hears(self, customer: str = ALIA) -> list[str]:
        """The texts that a customer received since the last call."""
        return [message["text"] for message in self.receives(customer)]

    def receives(self, customer: str = ALIA) -> list[dict[str, Any]]:
        """The messages that a customer received since the last call, with everything that the phone shows."""
        after = self._heard.get(customer, 0)
        answer = self.phone.get(f"/simulator/customers/{customer}/messages?after={after}")
        messages: list[dict[str, Any]] = answer.json["messages"]  # type: ignore[index]
        if messages:
            self._heard[customer] = messages[-1]["n"]
        return messages

    async def _sleeps(self, seconds: float) -> None:
        self.clock.move(seconds=seconds)

    # -- workers and beat

    def work(self) -> None:
        """Follow all wake-ups until no work is left."""
        while self.wakeups.waiting:
            self.work_once()

    def work_once(self) -> None:
        """Follow the oldest wake-up."""
        task, arguments = self.wakeups.waiting.popleft()
        self.tasks[task].apply(args=json.loads(arguments), throw=True)

    def drains_only(self) -> None:
        """Do the intake; the other work waits, in its order."""
        waiting = [*self.wakeups.waiting]
        self.wakeups.waiting = deque(one for one in waiting if one[0] != DRAIN_INTAKE)
        for task, arguments in waiting:
            if task == DRAIN_INTAKE:
                self.tasks[task].apply(args=json.loads(arguments), throw=True)

    def takes_the_turn_only(self) -> None:
        """Do the intake and the turn; the wake-up for the replies is lost."""
        self.work_once()
        self.work_once()
        self.wakeups.waiting.clear()

    def revives(self, letter: dict[str, str]) -> None:
        """An operator retries a dead letter."""
        dead = at_once(self.redis, DeadStore(scripts_by(), Keys()))
        (found,) = [one for one in dead.all() if one.fields == letter]
        assert dead.revive(found, now=self.clock.now())

    def sweep(self) -> None:
        """Run the sweep."""
        self.tasks[SWEEP].apply(throw=True)
        self.work()

    def pulls_templates(self, channel: str = "meta") -> None:
        """An operator reads the definitions of the message templates, as `inturn templates pull` does."""
        found = asyncio.run(self.services.courier.channels[channel].definitions())
        assert isinstance(found, list), found
        at_once(self.redis, TemplateStore(scripts_by(self.clock), Keys())).put(found[0].account, found)

    def waits(self, **duration: float) -> None:
        """Time passes, then the sweep runs."""
        self.clock.move(**duration)
        self.sweep()

    # -- stored state

    def session(self, customer: str = ALIA) -> Session:
        session = self.manager.get(customer)
        assert session is not None
        return session

    def events(self) -> list[dict[str, str]]:
        return [entry for _, entry in self.redis.xrange("events")]

    def dead_letters(self) -> list[dict[str, str]]:
        return [entry for _, entry in self.redis.xrange("dead")]


METADATA = {"display_phone_number": "15550001111", "phone_number_id": _SECRETS["meta_phone_number_id"]}


def change(*messages: Any) -> dict[str, Any]:
    """One change of a Meta envelope, with these messages."""
    value = {"messaging_product": "whatsapp", "metadata": METADATA, "messages": list(messages)}
    return {"field": "messages", "value": value}


def echo(text: str, customer: str, id_: str) -> dict[str, Any]:
    """One change of a Meta envelope: the business wrote this from its phone."""
    written = {"from": "15550001111", "to": customer.removeprefix("+"), "id": id_, "timestamp": "4102488000"}
    written |= {"type": "text", "text": {"body": text}}  # type: ignore[dict-item]
    value = {"messaging_product": "whatsapp", "metadata": METADATA, "message_echoes": [written]}
    return {"field": "smb_message_echoes", "value": value}


def text_from(customer: str, text: str, id_: str) -> dict[str, Any]:
    """One text message in Meta's format."""
    author = customer.removeprefix("+")
    return {"from": author, "id": id_, "timestamp": "4102488000", "type": "text", "text": {"body": text}}
