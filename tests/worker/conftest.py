"""A whole worker on a real store; only the clock, the provider, the assistant and the wake-ups obey the test."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from session import Reply, Session
from session.agent_actions import AgentAction
from session.forgetting import no_media
from session.idle_timeouts import IdleTimeouts
from session.policy import Policy
from session.store import AwaitedRunner, SpendingStore
from tests.clocks import ManualClock
from tests.fakes import ManualAlarms, RecordingWaker, ScriptedAssistant, ScriptedChannel
from tests.stores import Stores
from tests.values import CONVERSATION, message
from worker.alarms import Alarms
from worker.answering import Answerer
from worker.assistant_threads import AssistantThreads
from worker.assistants.understanding.handoff import wants_human
from worker.channels.agent_actions import AgentActionParser
from worker.channels.meta.errors import class_of
from worker.channels.registry import note_failure
from worker.deliveries import Courier
from worker.engine import AtOnce, Work
from worker.forgetting import TurnOfForgetting
from worker.intake import IntakeDrainer
from worker.media.waiting import MediaWait
from worker.preparation import Preparation
from worker.provider_reports import ProviderReports
from worker.refusals import Refusals
from worker.send_places import SendPlaces
from worker.sender_health import SenderHealth
from worker.senders import Sender, Senders
from worker.spending import Spending
from worker.sweeper import Sweeper
from worker.turns import TurnTaker


class Called:
    """A service whose coroutines are carried out at once; several conversations one after the other."""

    def __init__(self, service: Any) -> None:
        self.__dict__["service"] = service

    def __getattr__(self, name: str) -> Any:
        return getattr(self.service, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.service, name, value)

    def drain(self, shard: int) -> None:
        carry_out(partial(self.service.drain, shard))

    def take(self, conversations: Sequence[str]) -> None:
        carry_out(*[partial(self.service.take, conversation) for conversation in conversations])

    def take_alone(self, conversation: str, holder: str) -> None:
        carry_out(partial(self.service.take_alone, conversation, holder))

    def deliver(self, conversations: Sequence[str]) -> None:
        carry_out(*[partial(self.service.deliver, conversation) for conversation in conversations])


async def kept_already(_conversation: str, replies: Sequence[Reply]) -> list[Reply]:
    return list(replies)


def carry_out(*works: Work) -> None:
    AtOnce().hand_over(works)


@dataclass(kw_only=True)
class Bench:
    """The four services and everything around them."""

    stores: Stores
    clock: ManualClock
    waker: RecordingWaker
    channel: ScriptedChannel
    assistant: ScriptedAssistant
    drainer: Called
    turns: Called
    courier: Called
    sweeper: Sweeper
    alarms: ManualAlarms

    def receive(self, *texts: str, conversation: str = CONVERSATION) -> None:
        """Messages lie in the mailbox; their ids are their texts."""
        customer = conversation.removeprefix("whatsapp:")
        batch = [message(text, text, customer=customer) for text in texts]
        self.stores.mailboxes.receive(batch, now=self.clock.now())

    def store(self, body: bytes, source: str = "meta") -> None:
        """A raw body lies in the intake."""
        self.stores.intake.store(body, source=source, now=self.clock.now(), ordering_key="sender")

    def does(self, *actions: AgentAction) -> None:
        """Actions lie in the mailbox."""
        self.stores.mailboxes.receive(actions, now=self.clock.now())

    def sweep(self) -> list[tuple[str, object]]:
        """Sweep once; returns what was woken."""
        self.waker.taken()
        self.sweeper.sweep()
        return self.waker.taken()

    def follow(self) -> None:
        """Follow all wake-ups until none is left."""
        while self.waker.woken:
            for kind, what in self.waker.taken():
                {
                    "intake": self.drainer.drain,
                    "turn": lambda conversation: self.turns.take([conversation]),
                    "deliver": lambda name: self.courier.deliver([name]),
                }[kind](what)

    def session(self, conversation: str = CONVERSATION) -> Session:
        record, _ = self.stores.sessions.read(conversation, now=self.clock.now())
        return Session.model_validate_json(record)

    def mailbox(self, conversation: str = CONVERSATION) -> int:
        return int(self.stores.client.llen(self.stores.keys.of(conversation).mailbox))

    def outbox(self, conversation: str = CONVERSATION) -> int:
        return int(self.stores.client.llen(self.stores.keys.of(conversation).outbox))


@pytest.fixture
def stores(valkey, policy, clock):
    return Stores.on(valkey, policy=policy, clock=clock)


@pytest.fixture
def make_bench(valkey, clock, new_id, waker):
    def make(
        policy: Policy | None = None,
        *,
        stores: Stores | None = None,
        places: SendPlaces | None = None,
        **options,
    ) -> Bench:
        policy = policy or (stores.policy if stores else Policy())
        stores = stores or Stores.on(valkey, policy=policy, clock=clock)
        channel, assistant = ScriptedChannel("meta"), ScriptedAssistant()
        common = {"waker": waker, "clock": clock, "new_id": new_id}
        alarms = ManualAlarms()
        run, senders = (
            AwaitedRunner(stores.run),
            Senders(usual=Sender(assistant=assistant, join_replies=False), named={}),
        )
        spending = Spending(run, SpendingStore(stores.keys), clock, policy, senders)
        timed = {**common, "alarms": Alarms(waker, call_later=alarms.call_later)}
        return Bench(
            stores=stores,
            clock=clock,
            waker=waker,
            channel=channel,
            assistant=assistant,
            alarms=alarms,
            drainer=Called(
                IntakeDrainer(
                    run=AwaitedRunner(stores.run),
                    store=stores.intake.bare,
                    mailboxes=stores.mailboxes.bare,
                    reports=ProviderReports(
                        run=AwaitedRunner(stores.run),
                        statuses=stores.statuses.bare,
                        pauses=stores.pauses.bare,
                        troubles=stores.troubles.bare,
                        class_of=lambda _, code: class_of(code),
                        note_failure=partial(note_failure, {"meta": channel}),
                        refusals=Refusals(
                            run=AwaitedRunner(stores.run),
                            mailboxes=stores.mailboxes.bare,
                            templates=stores.templates.bare,
                            wake_turns=waker.turns,
                        ),
                    ),
                    parsers={"meta": channel, "desk": AgentActionParser(), "api": AgentActionParser()},
                    **timed,
                )
            ),
            turns=Called(
                TurnTaker(
                    run=AwaitedRunner(stores.run),
                    store=stores.turns.bare,
                    running=stores.running.bare,
                    merges=stores.merges.bare,
                    answerer=Answerer(
                        senders=senders,
                        used_up=spending.used_up,
                        render=lambda route, reply: channel.render(reply),
                        wants_human=wants_human,
                        new_id=new_id,
                        policy=policy,
                        answer_within=timedelta(seconds=5),
                        threads=AssistantThreads(4),
                        **options,
                    ),
                    policy=policy,
                    forgetting=TurnOfForgetting(
                        run=AwaitedRunner(stores.run),
                        forgetter=stores.forgetter.bare,
                        remove_media=no_media,
                    ),
                    media=MediaWait(
                        run=AwaitedRunner(stores.run), work=stores.media.bare, waker=waker, policy=policy
                    ),
                    preparation=Preparation(keep_files=kept_already),
                    chance=lambda: 0.0,
                    **timed,
                )
            ),
            courier=Called(
                Courier(
                    places=places or SendPlaces(),
                    run=AwaitedRunner(stores.run),
                    store=stores.outbox.bare,
                    health=SenderHealth(run=AwaitedRunner(stores.run), pauses=stores.pauses.bare),
                    channels={"meta": channel},
                    policy=policy,
                    chance=lambda: 0.0,
                    **common,
                )
            ),
            sweeper=Sweeper(
                run=stores.run,
                due=stores.due.bare,
                idle_timeouts=IdleTimeouts(stores.sessions.bare, stores.mailboxes.bare, policy),
                timers=stores.timers.bare,
                waker=waker,
                clock=clock,
                shards=stores.keys.shards,
            ),
        )

    return make


@pytest.fixture
def bench(make_bench):
    return make_bench()
