"""The examples of the page about adapters work as they stand there."""

import re
from pathlib import Path

import pytest

from session.testing import Conversation, ask, turn
from tests.worker.assistants.llm.model_server import calls

PAGE = Path(__file__).parents[4] / "docs" / "adapters.md"
*EXAMPLES, ALLOWED = re.findall(
    r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)


def run(code, server):
    here = {"__name__": "mybot"}
    exec(compile(code.replace("http://127.0.0.1:11434/v1", server.url), "mybot.py", "exec"), here)
    return here["assistant"]


@pytest.fixture(params=EXAMPLES, ids=["pydantic-ai", "openai-agents", "langgraph"])
def example(request, server):
    return run(request.param, server)


def test_it_books_reminds_and_answers(example, server):
    server.script = [
        lambda _: calls(("visit", {"day": "Friday"})),
        lambda _: calls(text="See you on Friday."),
    ]
    answer = ask(example, turn("Friday please"))

    assert answer.text == "See you on Friday."
    assert answer.planned["visit"].text == "the visit on Friday"
    assert server.requests[-1]["messages"][-1]["content"] == "booked as number 7"
    assert server.requests[0]["messages"][0]["content"] == "You arrange visits to a showroom. Be brief."


def test_it_hands_over(example, server):
    server.script = [
        lambda _: calls(("hand_over", {"reason": "to pay"})),
        lambda _: calls(text="One moment."),
    ]

    assert ask(example, turn("I want to pay")).effects == {"replies": ["One moment."], "escalated": "to pay"}


def test_it_refunds_what_a_person_allows(server):
    talk = Conversation(run(EXAMPLES[0] + ALLOWED, server))
    server.script = [lambda _: calls(("refund", {"amount": 5})), lambda _: calls(text="I have asked.")]
    assert talk.says("refund me").text == "I have asked."
    (asked,) = talk.timers

    server.script = [lambda _: calls(text="You get it back.")]
    assert talk.decides(asked).text == "You get it back."
    assert 'it was approved, and done: "5 paid"' in server.requests[-1]["messages"][-1]["content"]
