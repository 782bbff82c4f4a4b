"""Loading the assistant."""

import os
import subprocess
import sys

import pytest

NAMED = "worker.assistants.llm:assistant"
FALLBACK = "worker.assistants.echo:assistant"
GOOD = {"LLM_BASE_URL": "http://127.0.0.1:9/v1", "LLM_MODEL": "m", "LLM_FALLBACK": FALLBACK}
LOAD = f"from worker.loading import load_assistant\nprint(load_assistant({NAMED!r}, 'ASSISTANT'))"


def run(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


def test_loading_the_setting_starts_no_thread_and_no_connection():
    out = run(LOAD + "\nimport threading; print(threading.active_count())", **GOOD)
    assert "LlmAssistant object" in out
    assert out.split()[-1] == "1"


def test_without_the_extra_the_error_says_what_to_install():
    out = run("import sys; sys.modules['publicsuffixlist'] = None\n" + LOAD, **GOOD)
    assert "install inturn[llm]" in out


def test_the_file_of_mcp_servers_is_read_at_the_start_and_needs_its_extra(tmp_path):
    file = tmp_path / "mcp.toml"
    file.write_text('[[server]]\nname = "shop"\nurl = "http://127.0.0.1:9/mcp"\n')
    with_file = {**GOOD, "MCP_FILE": str(file)}

    assert "LlmAssistant object" in run(LOAD, **with_file)
    without = run("import sys; sys.modules['mcp'] = None\n" + LOAD, **with_file)
    assert "MCP_FILE needs the package mcp: install inturn[mcp]" in without
    file.write_text("[[server]]\n")
    assert "server 1: name: Field required" in run(LOAD, **with_file)


@pytest.mark.parametrize("missing", ["LLM_BASE_URL", "LLM_MODEL"])
def test_without_a_model_the_error_names_the_settings(missing):
    assert "needs LLM_BASE_URL and LLM_MODEL" in run(LOAD, **{**GOOD, missing: ""})


def test_a_missing_fallback_stops_the_start():
    assert "LLM_FALLBACK=no.such:thing" in run(LOAD, **GOOD | {"LLM_FALLBACK": "no.such:thing"})


def test_a_process_can_end_after_a_turn_without_warnings():
    """Its connections are closed, and nothing keeps it alive."""
    code = f"""
import asyncio
from datetime import UTC, datetime, timedelta
from session import AsyncTurn, Turn
from session.models import new_session
from session.turn import SearchBudget
from tests.values import message
from worker.loading import load_assistant
from worker.assistants.llm.engine import Engine
from worker.assistants.llm.settings import LlmSettings
from worker.assistants.llm import prompts
from worker.assistants.llm.tool_servers.calls import TurnTools
from worker.senders import Sender, Senders
assistant = load_assistant({NAMED!r})
now = datetime.now(UTC)
turn = AsyncTurn.of(Turn(session=new_session("whatsapp:+201", id="s", now=now, agent_id="a"), messages=[message()], now=now,
            budget=SearchBudget(left=1, again_in=timedelta(hours=1)), kind="properties", catalogue=lambda *a, **k: []))
class Unlimited:
    tokens = 0
    async def reserve(self, estimate):
        return True
async def main():
    await assistant(turn)
    print([reply.text for reply in turn.effects.replies])
    engine = Engine(LlmSettings.load())
    question = prompts.Question(kind="members", rules="", history=(), text="x")
    try:
        await engine.ask(question, None, TurnTools(turn, {{}}, (), at_most=0), Unlimited(), seconds=1)
    except Exception as error:
        print(type(error).__name__, error)
    await engine.close()
    await Senders(usual=Sender(assistant=assistant), named={{}}).close()
asyncio.run(main())
"""
    out = run(code, REDIS_URL="redis://127.0.0.1:9/0", **GOOD)
    said, fault, log = out.splitlines()
    assert (said, fault) == ("['hello']", "ModelServerError no answer: ClientConnectorError")
    assert log.endswith("the fallback answers: StoreUnavailable")
