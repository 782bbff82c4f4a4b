import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis as redis_py

from session import AsyncTurn, Reply, Turn
from session.conversations import conversation_of
from session.history import HistoryEntry, Role
from session.keys import Keys
from session.messages import Message
from session.steps import MemoryKeeper
from session.store import AwaitedRunner, Runner
from session.testing import CUSTOMER, ROUTE, turn
from session.turn import Catalogue
from tests.clocks import START
from tests.values import session
from tests.worker.assistants.llm.model_server import Server, serving
from worker.assistants.catalogue import LoadedCatalogue, load_samples, open_catalogue
from worker.assistants.llm.circuit_breaker import CircuitBreaker
from worker.assistants.llm.composition import open_toolbox
from worker.assistants.llm.engine import Engine
from worker.assistants.llm.llm_assistant import LlmAssistant, ModelAccess
from worker.assistants.llm.settings import LlmSettings
from worker.assistants.llm.token_budget import DailyTokens
from worker.assistants.llm.tool_servers.toolbox import Toolbox

FALLBACK = "the concierge answers"


@pytest.fixture(scope="session")
def records(tmp_path_factory: pytest.TempPathFactory) -> LoadedCatalogue:
    """The sample catalogues."""
    directory: Path = tmp_path_factory.mktemp("catalogue")
    load_samples(directory, now=datetime.now(UTC))
    return open_catalogue(directory)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


async def answer(assistant: LlmAssistant, turn: Turn) -> str | Reply | None:
    """Have a turn answered; its effects are then those of the turn."""
    awaited = AsyncTurn.of(turn)
    said = await assistant(awaited)
    turn.effects = awaited.effects
    return said


@dataclass
class Bench:
    """An assistant on a stand-in server, and what its fallback was asked."""

    called: LlmAssistant
    engine: Engine
    tokens: DailyTokens
    settings: LlmSettings
    toolbox: Toolbox | None = None
    asked_fallback: list[Turn] = field(default_factory=list)

    def assistant(self, *turns: Turn) -> str | Reply | None:
        """Have turns answered at the same time, on a loop of their own; returns what was said to the last one."""

        async def at_once() -> str | Reply | None:
            try:
                return (await asyncio.gather(*(answer(self.called, turn) for turn in turns)))[-1]
            finally:
                await self.engine.close()
                if self.toolbox:
                    await self.toolbox.close()

        return asyncio.run(at_once())

    def used(self, customer: str = CUSTOMER) -> int:
        return asyncio.run(self.tokens.used(conversation_of(customer)))


@pytest.fixture
def bench(server: Server, fake: redis_py.Redis) -> Callable[..., Bench]:
    """Makes assistants."""

    def make(**settings: Any) -> Bench:
        own = LlmSettings(
            **{"llm_base_url": server.url, "llm_model": "stand-in", "llm_api_key": "sk-secret"} | settings
        )
        engine = Engine(own)
        tokens = DailyTokens(AwaitedRunner(Runner(fake)), Keys(own.shards), a_day=own.llm_daily_tokens)
        toolbox = open_toolbox(own)
        access = ModelAccess(client=engine, tokens=tokens, breaker=CircuitBreaker(), toolbox=toolbox)
        asked: list[Turn] = []

        def fallback(turn: Turn) -> str:
            asked.append(turn)
            return FALLBACK

        assistant = LlmAssistant(own, access=lambda: access, fallback=fallback)
        return Bench(assistant, engine, tokens, own, toolbox, asked)

    return make


@pytest.fixture
def turn_of(records: LoadedCatalogue) -> Callable[..., Turn]:
    """Makes turns."""

    def make(
        *texts: str | Message,
        customer: str = CUSTOMER,
        kind: str = "properties",
        said: tuple[tuple[str, str], ...] = (),
        known: dict[str, Any] | None = None,
        left: int = 30,
        now: datetime = START,
        catalogue: Catalogue | None = None,
        keeper: MemoryKeeper | None = None,
        **fields: Any,
    ) -> Turn:
        role = {"user": Role.USER, "assistant": Role.ASSISTANT, "agent": Role.AGENT}
        before = [
            HistoryEntry(role=role[who], content=what, timestamp=now, message_id=f"old.{n}")
            for n, (who, what) in enumerate(said)
        ]
        return turn(
            *texts,
            history=before,
            known=known,
            searches_left=left,
            customer=customer,
            now=now,
            kind=kind,
            catalogue=catalogue or records,
            keeper=keeper,
            session=session(conversation_of(customer), route=ROUTE, **fields),
        )

    return make


@pytest.fixture
def falls_back(bench, turn_of):
    """Checks that the fallback gets a turn without effects."""

    def check(here=None, turn=None):
        here = here or bench()
        turn = turn or turn_of("a villa in Maadi", left=5)
        assert here.assistant(turn) == FALLBACK
        assert here.asked_fallback[-1].messages == turn.messages
        asked = here.asked_fallback[-1].effects
        assert (asked.replies, asked.searches, asked.remembered, asked.intent) == ([], [], {}, None)
        return here

    return check
